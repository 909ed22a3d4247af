import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildDist, bundleOptions } from '../../app/build.ts';
import { sharedPath } from '../support/shared.ts';

/**
 * Whole-process time of the built Action, planning a pull request that adds a whole shop repository and telling it to a GitHub on loopback,
 * against a bundle that only imports the same libraries.
 */
const RUNS = 21;
const ROOT = resolve(import.meta.dirname, '../..');
const LIMIT_MS = 400;
const LIMIT_ABOVE_MS = 150;

/** What a plan without a server loads of other people's packages, by what it uses of them. */
const LIBRARIES = `
import { error, info, notice, setOutput, setSecret, summary, warning } from '@actions/core';
import { getOctokit } from '@actions/github';
import { structuredPatch } from 'diff';
import { distance } from 'fastest-levenshtein';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { createEngine } from '@promptctl/go-template-js';
import { Composer, Parser } from 'yaml';
globalThis.loaded = [error, info, notice, setOutput, setSecret, summary, warning, getOctokit, structuredPatch, distance,
  gfmToMarkdown, toMarkdown, createEngine, Composer, Parser];
`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

interface Shop {
  readonly workspace: string;
  readonly base: string;
  readonly head: string;
}

function shopRepository(folder: string): Shop {
  const workspace = join(folder, 'shop');
  cpSync(
    sharedPath('data', 'astroshop-bindplane-labs') ?? join(ROOT, 'app/demo/repository/base'),
    workspace,
    {
      recursive: true,
    },
  );
  execFileSync('chmod', ['-R', 'u+w', workspace]);
  const identity = [
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.com',
    '-c',
    'commit.gpgsign=false',
  ];
  const git = (...args: string[]): string =>
    execFileSync('git', [...identity, ...args], { cwd: workspace, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'nothing yet');
  const base = git('rev-parse', 'HEAD');
  git('add', '-A');
  git('commit', '-q', '-m', 'the shop');
  return { workspace, base, head: git('rev-parse', 'HEAD') };
}

/** Answers what a plan of pull request 1 asks and tells. */
function gitHubStub(headSha: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const isList = request.method === 'GET' && /\/comments/.test(request.url ?? '');
    const pull = { number: 1, head: { sha: headSha }, base: { ref: 'main' }, html_url: '' };
    request.resume();
    request.on('end', () => {
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      const comment = { id: 1, html_url: 'http://localhost/1#issuecomment-1', login: 'github-actions[bot]' };
      response.end(JSON.stringify(isList ? [] : /\/pulls\/1/.test(request.url ?? '') ? pull : comment));
    });
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address
      done({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server });
    });
  });
}

function environment(folder: string, shop: Shop, gitHubUrl: string): NodeJS.ProcessEnv {
  const event = join(folder, 'event.json');
  const full = { full_name: 'shop/telemetry' };
  const pull = {
    number: 1,
    head: { sha: shop.head, repo: full },
    base: { sha: shop.base, ref: 'main', repo: full },
  };
  writeFileSync(event, JSON.stringify({ pull_request: pull, repository: { default_branch: 'main' } }));
  for (const name of ['output', 'summary']) writeFileSync(join(folder, name), '');
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    RUNNER_TEMP: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: gitHubUrl,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: event,
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_REPOSITORY: 'shop/telemetry',
    GITHUB_REF: 'refs/pull/1/merge',
    GITHUB_SHA: shop.head,
    GITHUB_WORKSPACE: shop.workspace,
    INPUT_TOKEN: 'bench',
    'INPUT_FAIL-ON': 'never',
  };
}

/** Milliseconds of one run as a child, from start to end. */
async function take(program: string, env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
  }
  const code = await new Promise<number | null>((done) => child.once('close', done));
  const tookMs = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}:\n${log}`);
  return tookMs;
}

async function importOnlyBundle(folder: string): Promise<string> {
  const out = join(folder, 'imports');
  const options = bundleOptions({}, out);
  const { entryPoints: _, ...rest } = options;
  await build({
    ...rest,
    stdin: { contents: LIBRARIES, resolveDir: ROOT, sourcefile: 'imports.js' },
    outdir: out,
  });
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  return join(out, 'stdin.mjs');
}

async function measure(folder: string): Promise<void> {
  await buildDist(join(folder, 'dist'));
  const shop = shopRepository(folder);
  const { url, server } = await gitHubStub(shop.head);
  const env = environment(folder, shop, url);
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const programs = {
    empty,
    imports: await importOnlyBundle(folder),
    action: join(folder, 'dist', 'action.mjs'),
  };
  const taken: Record<keyof typeof programs, number[]> = { empty: [], imports: [], action: [] };
  for (let run = 0; run <= RUNS; run += 1) {
    for (const name of ['empty', 'imports', 'action'] as const) {
      const one = await take(programs[name], env);
      // The first round warms the file cache.
      if (run > 0) taken[name].push(one);
    }
  }
  server.close();
  const ms = (name: keyof typeof programs): number => median(taken[name]);
  const above = ms('action') - ms('imports');
  say(`node alone                        ${ms('empty').toFixed(0)} ms`);
  say(`a bundle of the same libraries    ${ms('imports').toFixed(0)} ms`);
  say(`Action, plan of the shop          ${ms('action').toFixed(0)} ms (limit ${LIMIT_MS} ms)`);
  say(
    `above the libraries               ${above.toFixed(0)} ms (limit ${LIMIT_ABOVE_MS} ms), ratio ${(ms('action') / ms('imports')).toFixed(2)}`,
  );
  say(`medians of ${RUNS} runs each`);
  process.exitCode = ms('action') <= LIMIT_MS && above <= LIMIT_ABOVE_MS ? 0 : 1;
}

const folder = mkdtempSync(join(tmpdir(), 'collie-bench-'));
try {
  await measure(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

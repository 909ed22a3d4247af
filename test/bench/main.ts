import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildDist, bundleOptions } from '../../app/build.ts';
import manifest from '../../package.json' with { type: 'json' };
import { sharedPath } from '../support/shared.ts';

/**
 * Whole-process time of the built Action, planning a pull request and telling it to a GitHub on loopback, against a bundle that
 * only imports the same libraries: `npm run bench`. Ends with 1 when a limit is passed.
 */
const RUNS = 21;
const ROOT = resolve(import.meta.dirname, '../..');
const LIMIT_MS = 400;
const LIMIT_ABOVE_MS = 150;

/** Of these packages, what a plan without a server uses: the rest of them is not loaded by it. */
const USED = `
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

/** A program that imports, and nothing else, every package of package.json that the Action's bundle has code of. */
async function sameLibraries(): Promise<string> {
  const { metafile } = await build({
    ...bundleOptions({ action: 'src/main.ts' }, join(ROOT, 'dist')),
    metafile: true,
    write: false,
  });
  const packages = Object.keys(metafile.inputs).flatMap((path) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return name === undefined || !(name in manifest.dependencies) ? [] : [name];
  });
  const names = [...new Set(packages)].sort();
  say(`the same libraries: ${names.join(', ')}`);
  const imports = names.map((name, index) => `import * as library${index} from '${name}';`);
  return `${imports.join('\n')}\nglobalThis.loaded = [${names.map((_, index) => `library${index}`).join(', ')}];\n`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A checkout of a pull request as `actions/checkout` leaves it: on GitHub's merge of head into base. */
interface Shop {
  readonly workspace: string;
  readonly base: string;
  readonly head: string;
  readonly merge: string;
}

/** What a pull request is planned on: folders laid over each other, before it and by it. */
interface Case {
  readonly title: string;
  readonly before: readonly string[];
  readonly by: readonly string[];
}

const DEMO = join(ROOT, 'app/demo/repository');
const ASTROSHOP = sharedPath('data', 'astroshop-bindplane-labs');
const CASES: readonly Case[] = [
  { title: 'the incident (act 2) on the shop', before: [join(DEMO, 'base')], by: [join(DEMO, 'act-2')] },
  { title: 'the whole shop, new', before: [], by: [join(DEMO, 'base'), join(DEMO, 'act-2')] },
  ...(ASTROSHOP === undefined
    ? []
    : [{ title: 'a real repository (astroshop labs), new', before: [], by: [ASTROSHOP] }]),
];

function shopRepository(workspace: string, { before, by }: Case): Shop {
  mkdirSync(workspace, { recursive: true });
  const identity = { name: 'bench', email: 'bench@example.com' };
  const settings = ['-c', `user.name=${identity.name}`, '-c', `user.email=${identity.email}`];
  const git = (...args: string[]): string =>
    execFileSync('git', [...settings, '-c', 'commit.gpgsign=false', ...args], {
      cwd: workspace,
      encoding: 'utf8',
    }).trim();
  const commit = (folders: readonly string[], message: string): string => {
    for (const folder of folders) {
      cpSync(folder, workspace, { recursive: true });
      execFileSync('chmod', ['-R', 'u+w', workspace]);
    }
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q', '-b', 'main');
  const base = commit(before, 'before');
  git('checkout', '-q', '-b', 'change');
  const head = commit(by, 'the pull request');
  git('checkout', '-q', '--detach', base);
  git('merge', '-q', '--no-ff', '-m', 'merge', head);
  return { workspace, base, head, merge: git('rev-parse', 'HEAD') };
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
    GITHUB_SHA: shop.merge,
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

async function bundleOf(contents: string, out: string): Promise<string> {
  const { entryPoints: _, ...rest } = bundleOptions({}, out);
  await build({
    ...rest,
    stdin: { contents, resolveDir: ROOT, sourcefile: 'imports.js' },
    outdir: out,
  });
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  return join(out, 'stdin.mjs');
}

const PROGRAMS = ['empty', 'used', 'imports', 'action'] as const;
type Program = (typeof PROGRAMS)[number];

/** Prints the numbers of one case; whether they are within the limits. */
async function measure(
  folder: string,
  programs: Readonly<Record<Program, string>>,
  given: Case,
): Promise<boolean> {
  const shop = shopRepository(join(folder, 'shop'), given);
  const { url, server } = await gitHubStub(shop.head);
  const env = environment(folder, shop, url);
  const taken: Record<Program, number[]> = { empty: [], used: [], imports: [], action: [] };
  for (let run = 0; run <= RUNS; run += 1) {
    for (const name of PROGRAMS) {
      const one = await take(programs[name], env);
      // The first round warms the file cache.
      if (run > 0) taken[name].push(one);
    }
  }
  server.close();
  const ms = (name: Program): number => median(taken[name]);
  const line = (what: string, name: Program, limit = ''): void => {
    const [low, high] = [Math.min(...taken[name]), Math.max(...taken[name])];
    say(
      `  ${what.padEnd(32)} ${ms(name).toFixed(0).padStart(4)} ms  (${low.toFixed(0)}–${high.toFixed(0)})${limit}`,
    );
  };
  const above = ms('action') - ms('imports');
  const within = ms('action') <= LIMIT_MS && above <= LIMIT_ABOVE_MS;
  say(given.title);
  line('node alone', 'empty');
  line('what it uses of its libraries', 'used');
  line('a bundle of the same libraries', 'imports');
  line('the Action, whole process', 'action', `  limit ${LIMIT_MS} ms`);
  say(
    `  ${'above the libraries'.padEnd(32)} ${above.toFixed(0).padStart(4)} ms  limit ${LIMIT_ABOVE_MS} ms, ratio ${(ms('action') / ms('imports')).toFixed(2)}`,
  );
  return within;
}

const folder = mkdtempSync(join(tmpdir(), 'collie-bench-'));
try {
  const dist = join(folder, 'dist');
  await buildDist(dist);
  say(
    `medians of ${RUNS} runs each (lowest–highest), ${availableParallelism()} cores, Node ${process.version}`,
  );
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const programs = {
    empty,
    used: await bundleOf(USED, join(folder, 'used')),
    imports: await bundleOf(await sameLibraries(), join(folder, 'imports')),
    action: join(dist, 'action.mjs'),
  };
  let within = true;
  for (const [index, given] of CASES.entries()) {
    const own = join(folder, String(index));
    mkdirSync(own);
    const kept = await measure(own, programs, given);
    // The limits are for a pull request on the shop; the other cases show how they scale.
    if (index === 0) within = kept;
  }
  process.exitCode = within ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

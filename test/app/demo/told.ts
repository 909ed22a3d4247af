import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { demo } from '../../../app/demo/demo.ts';
import type { AgentList, RolloutList } from '../../../app/demo/control-plane.ts';
import { runningOf } from '../../../app/demo/summary.ts';
import type { Stage, StageWatcher } from '../../../app/demo/play.ts';
import { isMap, type Json } from '../../../src/core/document/node.ts';
import type { ReportableRollout } from '../../../src/ports/rollout-feed.ts';

const SOURCE = resolve(import.meta.dirname, '../../../app/demo/repository');

/** What could be seen when an act was over. */
export interface Act {
  /** Comments of the act's pull request, oldest first. */
  readonly comments: readonly { readonly author: string; readonly body: string }[];
  /** The app's checks of the merge commit. */
  readonly checks: readonly {
    readonly name: string;
    readonly conclusion: string | null;
    readonly notes: readonly string[];
  }[];
  /** Rollouts, newest first. */
  readonly rollouts: readonly ReportableRollout[];
  /** `name:version` each agent confirmed, by its name. */
  readonly running: ReadonlyMap<string, string>;
  /** How often the control plane died until then. */
  readonly restarts: number;
}

export interface ToldStory {
  readonly exitCode: number;
  /** The terminal, with times, addresses and commits that differ between runs made the same. */
  readonly terminal: readonly string[];
  readonly acts: readonly Act[];
}

export interface Telling {
  /** Paths of what is built: the Action, and the program that serves. */
  readonly action: string;
  readonly program: string;
  /** Texts of the repository's files to change, by path. */
  readonly edits?: Readonly<Record<string, (text: string) => string>>;
  /** Folders of acts to leave out. */
  readonly without?: readonly string[];
  readonly rolloutStarted?: StageWatcher['rolloutStarted'];
}

/** Plays the demo on a copy of its repository, on free ports, with simulated agents only. */
export async function tell(telling: Telling): Promise<ToldStory> {
  const folder = await mkdtemp(join(tmpdir(), 'collie-demo-'));
  const repository = join(folder, 'repository');
  const acts: Act[] = [];
  const lines: string[] = [];
  try {
    await cp(SOURCE, repository, { recursive: true });
    for (const act of telling.without ?? []) await rm(join(repository, act), { recursive: true });
    const edits = { ...telling.edits };
    const agents = edits['agents.yaml'] ?? ((text: string): string => text);
    // What a machine has of real collectors must not change what a test sees.
    edits['agents.yaml'] = (text) => agents(text).replaceAll(', real: true', '');
    for (const [path, edit] of Object.entries(edits)) {
      const file = join(repository, path);
      await writeFile(file, edit(await readFile(file, 'utf8')));
    }
    const [http, opamp] = await freePorts(2);
    const exitCode = await demo({
      once: true,
      repository,
      folder: join(folder, 'run'),
      http: `127.0.0.1:${http}`,
      opamp: `127.0.0.1:${opamp}`,
      action: telling.action,
      program: telling.program,
      say: (line) => lines.push(line),
      watcher: {
        ...(telling.rolloutStarted === undefined ? {} : { rolloutStarted: telling.rolloutStarted }),
        actEnded: async (number, stage) => void acts.push(await look(number, stage)),
      },
    });
    return { exitCode, terminal: lines.map((line) => settled(line)), acts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function look(number: number, { github, serve }: Stage): Promise<Act> {
  const { state } = github;
  const { agents } = await serve.ask<AgentList>('/v1/agents');
  const { rollouts } = await serve.ask<RolloutList>('/v1/collie/rollouts');
  const merged = state.repositories[0]?.pulls.get(number)?.mergeCommitSha;
  return {
    comments: state.comments
      .filter((comment) => comment.number === number)
      .map(({ author, body }) => ({ author: author.login, body: settled(body) })),
    checks: state.checks
      .filter(({ sha, app }) => sha === merged && app.slug === 'collie')
      .map(({ name, conclusion, annotations }) => ({
        name,
        conclusion,
        notes: annotations.map(({ path, startLine }) => `${path}:${startLine}`),
      })),
    rollouts,
    running: new Map(agents.map((agent) => [nameOf(agent), runningOf(agent)])),
    restarts: serve.restarts(),
  };
}

function nameOf(agent: Json): string {
  const name = isMap(agent) ? agent['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

/** Text without what differs between two runs: ports, temporary folders, commits, durations, times of day. */
function settled(text: string): string {
  return text
    .replaceAll(/mac=[0-9a-f]{64}/g, 'mac=f00d')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/(?:[\w.-]*\/)*collie-demo-\w+/g, 'DEMO')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'c0ffee'.padEnd(40, '0'))
    .replaceAll(/(?<=\[`|commit `|commit \[`)[0-9a-f]{7}(?=`)/g, 'c0ffee0')
    .replaceAll(/\b(?:\d+\.\d s|\d+ ms)\b/g, '0.5 s')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-01T00:00:00Z')
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, '00:00:00');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}

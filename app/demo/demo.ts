import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { OperationError } from '../../src/ports/operation-error.ts';
import {
  type AgentList,
  type ConfigurationList,
  type RolloutList,
  startServe,
  type ServeProcess,
} from './control-plane.ts';
import { type Fleet, findProgram, portFree, readFleet, startFleet } from './fleet.ts';
import { createRepository, type DemoRepository, readAct } from './git.ts';
import { createGitHubServer, type GitHubServer } from './github/server.ts';
import { type Kept, summaryLine } from './summary.ts';
import { playAct, playBase, type Stage, type StageWatcher } from './play.ts';

/** `collie demo`: the whole story on this machine. */
export interface DemoOptions {
  /** End after the last act; else stay up until Ctrl-C when there is a terminal. */
  readonly once: boolean;
  /** Folder with `base/`, `act-*` and `agents.yaml`; the one beside this file unless given. */
  readonly repository?: string;
  /** Where everything of this run is kept. */
  readonly folder?: string;
  readonly http?: string;
  readonly opamp?: string;
  /** Path of the built Action; the one of `npm run build` unless given. */
  readonly action?: string;
  /** Path of the program that runs `serve`; `app/cli.ts` unless given. */
  readonly program?: string;
  /** Prints one line. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly watcher?: StageWatcher;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const DEMO_REPOSITORY = 'shop/telemetry';
const APP_ID = 4242;
const ACTION = join(ROOT, 'dist', 'action.mjs');
const HTTP = '127.0.0.1:3001';
const OPAMP = '127.0.0.1:4320';
const CONNECT_LIMIT_MS = 20_000;

/** Plays the story; resolves with the exit code. Throws when a part of it cannot be started. */
export async function demo(options: DemoOptions): Promise<number> {
  await requireReady(options);
  const folder = resolve(options.folder ?? join('.collie', 'demo'));
  const source = resolve(options.repository ?? join(import.meta.dirname, 'repository'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  try {
    const stage = await setUp(options, folder, source, stops);
    const results = await play(options, source, stage);
    const failed = results.filter((result) => !result.asTold);
    for (const result of failed) options.say(`   ${result.why}`);
    await epilogue(options, stage);
    return failed.length === 0 ? 0 : 1;
  } finally {
    for (const stop of stops.reverse()) await stop().catch(() => undefined);
  }
}

/** Says what stands in the way before anything is started. */
async function requireReady({ action = ACTION, http = HTTP, opamp = OPAMP }: DemoOptions): Promise<void> {
  for (const address of [http, opamp]) {
    const colon = address.lastIndexOf(':');
    if (await portFree(Number(address.slice(colon + 1)), address.slice(0, colon))) continue;
    throw new OperationError({
      code: 'address-in-use',
      message: `${address} is in use by another program`,
      hint: 'Is another `npm start` or `collie serve` running? Stop it, then run this again',
    });
  }
  await access(action).catch((cause: unknown) => {
    throw new OperationError({
      code: 'not-built',
      message: `The built Action is not there (${relative(process.cwd(), action)})`,
      hint: 'Run `npm run build`; `npm start` does it by itself',
      cause,
    });
  });
}

async function setUp(
  options: DemoOptions,
  folder: string,
  source: string,
  stops: (() => Promise<void>)[],
): Promise<Stage> {
  const { http = HTTP, opamp = OPAMP } = options;
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const secrets = { api: random(), enrolment: random(), webhook: random() };
  const repository = await createRepository(folder, join(source, 'base'));
  const github = await startGitHub(folder, repository, keys.publicKey);
  stops.push(() => github.close());
  const serve = await startServe({
    program: options.program ?? join(ROOT, 'app', 'cli.ts'),
    url: `http://${http}`,
    apiKey: secrets.api,
    logFile: join(folder, 'serve.log'),
    environment: serveEnvironment({ http, opamp, folder, secrets, privateKey: keys.privateKey, github }),
    onRestart: (cause) => options.say(`   the control plane died (${cause}); started again, same store`),
  });
  stops.push(() => serve.stop());
  github.sendWebhooksTo(`http://${http}/api/github/webhooks`, secrets.webhook);
  const [collector, supervisor] = await programs();
  const fleet = await startFleet(await readFleet(join(source, 'agents.yaml')), {
    endpoint: `ws://${opamp}/v1/opamp`,
    secretKey: secrets.enrolment,
    folder,
    ...(collector === undefined ? {} : { collector }),
    ...(supervisor === undefined ? {} : { supervisor }),
  });
  stops.push(() => fleet.stop());
  const stage: Stage = {
    folder,
    repository,
    github,
    serve,
    fleet,
    action: options.action ?? ACTION,
    say: options.say,
    ...(options.watcher === undefined ? {} : { watcher: options.watcher }),
  };
  await connected(serve, fleet);
  const store = relative(process.cwd(), join(folder, 'store'));
  options.say(
    `Collie on this machine: control plane http://${http}, OpAMP ws://${opamp}/v1/opamp, store ${store}`,
  );
  options.say(fleetLine(fleet));
  return stage;
}

async function programs(): Promise<[string | undefined, string | undefined]> {
  return [
    await findProgram('COLLIE_OTELCOL', 'otelcol'),
    await findProgram('COLLIE_SUPERVISOR', 'opampsupervisor'),
  ];
}

function fleetLine(fleet: Fleet): string {
  const simulated = fleet.members.length - fleet.real.size;
  const parts = [
    ...(fleet.real.size === 0 ? [] : [`${fleet.real.size} real (opampsupervisor with otelcol)`]),
    `${simulated} simulated (keys from the changelog, text as otelcol prints it)`,
  ];
  return `${fleet.members.length} agents connected: ${parts.join(', ')}`;
}

async function startGitHub(
  folder: string,
  repository: DemoRepository,
  publicKey: string,
): Promise<GitHubServer> {
  const github = await createGitHubServer({ gitDirectory: folder, appId: APP_ID, appPublicKey: publicKey });
  await github.createRepository(DEMO_REPOSITORY, { bare: repository.bare, collaborators: { ada: 'admin' } });
  return github;
}

function serveEnvironment(given: {
  readonly http: string;
  readonly opamp: string;
  readonly folder: string;
  readonly secrets: { readonly api: string; readonly enrolment: string; readonly webhook: string };
  readonly privateKey: string;
  readonly github: GitHubServer;
}): Record<string, string> {
  const { host } = new URL(given.github.url);
  return {
    COLLIE_HTTP: given.http,
    COLLIE_OPAMP: given.opamp,
    COLLIE_STORE: join(given.folder, 'store'),
    COLLIE_SECRET_KEY: given.secrets.enrolment,
    COLLIE_API_KEY: given.secrets.api,
    // A story of seconds: what soaks ten minutes in production soaks a third of a second here.
    COLLIE_SOAK_MS: '300',
    APP_ID: String(APP_ID),
    PRIVATE_KEY: given.privateKey,
    WEBHOOK_SECRET: given.secrets.webhook,
    GHE_HOST: host,
    GHE_PROTOCOL: 'http',
  };
}

async function connected(serve: ServeProcess, fleet: Fleet): Promise<void> {
  for (let waited = 0; waited < CONNECT_LIMIT_MS; waited += 100) {
    if ((await serve.ask<AgentList>('/v1/agents')).agents.length >= fleet.members.length) return;
    await wait(100);
  }
  throw new Error(`not all ${fleet.members.length} agents connected within ${CONNECT_LIMIT_MS / 1000} s`);
}

interface Told {
  readonly asTold: boolean;
  readonly why: string;
}

async function play(options: DemoOptions, source: string, stage: Stage): Promise<Told[]> {
  await playBase(stage);
  const folders = (await readdir(source)).filter((name) => name.startsWith('act-')).sort();
  const results: Told[] = [];
  for (const [index, name] of folders.entries()) {
    options.signal?.throwIfAborted();
    const act = await readAct(join(source, name), name);
    options.say('');
    results.push(await playAct(stage, act, index + 1));
  }
  return results;
}

async function epilogue(options: DemoOptions, stage: Stage): Promise<void> {
  const stays = !options.once && process.stdout.isTTY;
  options.say('');
  options.say(summaryLine(await kept(stage)));
  const { url } = stage.serve;
  options.say(
    stays
      ? `Read the conversations: ${url}        Ctrl-C to stop`
      : `The conversations were at ${url}; \`npm start\` in a terminal keeps them up.`,
  );
  options.say('Now on yours:  npm run -s collie -- lint ~/your-repository');
  if (!stays) return;
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    options.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function kept({ serve }: Stage): Promise<Kept> {
  const [{ rollouts }, { agents }, { configurations }] = await Promise.all([
    serve.ask<RolloutList>('/v1/collie/rollouts'),
    serve.ask<AgentList>('/v1/agents'),
    serve.ask<ConfigurationList>('/v1/configurations'),
  ]);
  return { rollouts, agents, configurations };
}

function random(): string {
  return randomBytes(24).toString('hex');
}

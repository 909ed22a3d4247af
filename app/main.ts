import { readFileSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { evenClock } from '../src/io/clock.ts';
import type { Clock } from '../src/ports/clock.ts';
import { OperationError } from '../src/ports/operation-error.ts';
import { createApi } from './api/server.ts';
import { agentSide, type AgentSide } from './compose/agent-identity.ts';
import { clockKeepers } from './compose/clock-keeper.ts';
import { directory } from './compose/directory.ts';
import { levelsOf, ObservedOffers, observedRounds, telemetryFor } from './compose/observation.ts';
import { ownMetrics, type OwnMetrics } from './compose/own-metrics.ts';
import { gitHubIdentity } from './compose/github-keys.ts';
import { gitHubSide, type GitHubSide } from './compose/github-side.ts';
import { handoverWorker } from './compose/handovers.ts';
import type { HandoverWorker } from './handovers/worker.ts';
import { builtInTypes, explainer } from './compose/knowledge.ts';
import { openGuardedStore, type GuardedStore } from './compose/guarded-store.ts';
import { replicas, type Replicas } from './compose/replicas.ts';
import { watchedServer, type WatchedServer } from './compose/watched-server.ts';
import type { Address, AppConfig } from './config.ts';
import { readConfig } from './config.ts';
import { holdsSecrets } from './engine/assigned.ts';
import { RolloutControl } from './engine/control.ts';
import { AgentStates } from './engine/agent-state.ts';
import { Engine } from './engine/engine.ts';
import type { GateSources } from './engine/gatekeeper.ts';
import { RolloutHistory } from './engine/rollout-history.ts';
import { EngineFeed } from './engine/feed.ts';
import { ownSecrets, redactedLines } from './compose/redacted-log.ts';
import { Redaction } from './identity/redaction.ts';
import { close, httpServer, listen, onlyOpamp, type RequestHandler } from './http.ts';
import { OpampServer } from './opamp/server.ts';
import { probes } from './probes.ts';
import { isLoopback } from './setting.ts';
import { joinFeeds } from './reporter/joined-feeds.ts';
import { shownLocation } from './store/postgres.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { readTls, TlsReload } from './tls.ts';
import type { Store } from './store/store.ts';
import { pageAccess } from './web/access.ts';

/** What `collie serve` takes. Everything has a default; tests hand in a clock and an environment. */
export interface ServeOptions {
  /** The file of `--config`. */
  readonly config?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Takes the lines of the log, without secrets; standard error where it is left out. */
  readonly line?: (line: string) => void;
  /** Lines for whoever started it: addresses, and keys that were made. */
  readonly say?: (line: string) => void;
}

export interface RunningApp {
  readonly http: Address;
  readonly opamp: Address;
  readonly config: AppConfig;
  readonly store: Store;
  /** Lets go of agents and clients; resolves when everything acknowledged is on disk. */
  close(): Promise<void>;
}

/** Runs the app until it is told to stop by SIGTERM or SIGINT; a second signal ends it at once. */
export async function serve(options: ServeOptions): Promise<void> {
  const app = await startApp(options);
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      process.once('SIGTERM', () => process.exit(1));
      process.once('SIGINT', () => process.exit(1));
      resolve();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  await app.close();
}

/** Starts the app. Rejects with OperationError when it cannot; nothing is left running then. */
export async function startApp(options: ServeOptions): Promise<RunningApp> {
  const config = readConfig({
    environment: options.environment ?? process.env,
    readFile: readText,
    ...(options.config === undefined ? {} : { file: configFile(options.config) }),
  });
  const clock = options.clock ?? evenClock();
  const redaction = new Redaction(ownSecrets(config));
  const log = options.log ?? pino({ name: 'collie' }, redactedLines(redaction, options.line));
  const guarded = await openGuardedStore({ store: config.store, ...config.identity }, clock, redaction);
  try {
    const telemetry = await telemetryFor(config.telemetry, VERSION);
    return await compose({ options, config, ...guarded, redaction, telemetry, clock, log });
  } catch (error) {
    await guarded.store.close();
    throw error;
  }
}

interface Surroundings extends GuardedStore {
  readonly options: ServeOptions;
  readonly config: AppConfig;
  readonly redaction: Redaction;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything of the app, joined and not yet running. */
interface Assembly {
  readonly engine: Engine;
  readonly opamp: OpampServer;
  readonly agents: AgentSide;
  readonly metrics: OwnMetrics;
  readonly github: GitHubSide;
  readonly watched: WatchedServer | undefined;
  readonly handovers: HandoverWorker | undefined;
  readonly httpListener: Server;
  readonly opampListener: Server;
  readonly api: ReturnType<typeof createApi>;
  readonly shared: Replicas;
  /** What readiness says besides the store's own answer. */
  readonly state: { takesAgents: boolean };
}

async function assemble(surroundings: Surroundings): Promise<Assembly> {
  const { options, config, store, audit, redaction, clock, log } = surroundings;
  const { limits, timings, apiKey, username, password } = config;
  const warn = (message: string, error: unknown): void => log.warn({ err: error }, message);
  const failed = (error: unknown): void => log.error({ err: error }, 'a request failed');
  const shared: Replicas = replicas(store, config, {
    clock,
    warn,
    giveUp: (uids) => engine.giveUp(uids),
    ownerOf: (uid) => engine.agents.get(uid)?.owner,
  });
  const guard = config.identity.agents.trustClaimedLabels ? {} : { guards: holdsSecrets };
  const observed = observedRounds(surroundings.telemetry);
  const signalsOf: GateSources['signalsOf'] = (uid) => metrics.signalsOf(uid);
  const gateSources = { signalsOf, windowMs: config.metrics.windowMs };
  const loop = { duty: shared.duty, observed, gateSources, actor: () => audit.request?.actor.name, ...guard };
  const engine: Engine = new Engine({ store, clock, limits, timings, warn, ...loop });
  const explain = await explainer();
  const feed = new EngineFeed(store, engine, explain);
  const watched = watchedServer(config, { store, clock, explain, warn });
  const members = directory(engine, store, config.agentPolicy, () => opamp);
  const agents = await agentSide(config, { store, audit, clock, engine, warn, link: () => opamp });
  const opamp: OpampServer = new OpampServer({ admission: agents.admission, limits, clock }, engine.agents);
  const metrics: OwnMetrics = await ownMetrics(surroundings, { engine, shared, admission: agents.admission });
  const mayRead = pageAccess(isLoopback(config.http.host), { apiKey, username, password });
  const feeds = joinFeeds(watched === undefined ? [feed] : [feed, watched.feed]);
  const parts = { store: shared.store, clock, limits, log, feed: feeds, watched, mayRead, redaction, warn };
  const github = await gitHubSide(config.github, options.environment ?? process.env, parts);
  const handovers = await handoverWorker({ ...parts, store, github, duty: shared.duty, api: () => api });
  shared.onHeard((change) => {
    for (const part of [engine, redaction, agents]) part.heard(change);
    github.look();
    handovers?.wake();
  });
  const handlers = [...shared.handlers, ...github.handlers];
  const { httpListener, opampListener, answerWith, state } = listeners(
    surroundings,
    { opamp, metrics, handlers },
    failed,
  );
  const api: Assembly['api'] = createApi(
    {
      ...surroundings,
      handovers,
      gitHub: gitHubIdentity(config.identity.github, clock),
      limits,
      control: new RolloutControl(engine, store, clock, guard.guards),
      feed,
      history: new RolloutHistory(store),
      timings,
      reports: (repository) => github.reports(repository),
      types: await builtInTypes(),
      offered: metrics.offered,
      credentials: { apiKey, username, password },
      trustedProxies: config.identity.trustedProxies,
      version: { tag: VERSION, commit: 'collie' },
      agents: members,
      states: new AgentStates(engine, store, explain, metrics.signalsOf, guard.guards),
      agentKeys: agents.keys,
      exclusively: (work) => engine.exclusively(work),
      advance: () => engine.settle(),
      enrolmentKey: config.secretKeys[0] ?? '',
      failed,
    },
    answerWith,
  );
  const sides = { engine, opamp, agents, metrics, github, watched, handovers, shared };
  return { ...sides, httpListener, opampListener, api, state };
}

/** Both listeners: the one for people and clients answers with what is put there last. Readiness says no until `takesAgents`. */
function listeners(
  { config, store }: Surroundings,
  { opamp, metrics, handlers }: Pick<Assembly, 'opamp' | 'metrics'> & { handlers: readonly RequestHandler[] },
  failed: (error: unknown) => void,
): Pick<Assembly, 'httpListener' | 'opampListener' | 'state'> & {
  readonly answerWith: (last: RequestListener) => Server;
} {
  const { limits, identity } = config;
  const state = { takesAgents: false };
  const probing = probes({
    storeAnswers: () => store.configs.statuses(),
    takesAgents: () => state.takesAgents,
    timeoutMs: limits.readyMs,
  });
  const tls = identity.tls === undefined ? undefined : readTls(identity.tls);
  let answer: RequestListener = onlyOpamp;
  const upgrade: OpampServer['upgrade'] = (request, socket, head) => opamp.upgrade(request, socket, head);
  const speakOpamp: OpampServer['request'] = (request, response) => opamp.request(request, response);
  const httpListener = httpServer(
    limits,
    [probing, speakOpamp, metrics.handler, ...handlers],
    (request, response) => answer(request, response),
    upgrade,
    failed,
    tls,
  );
  const opampListener = httpServer(
    limits,
    [probing, speakOpamp, metrics.handler],
    onlyOpamp,
    upgrade,
    failed,
    tls,
  );
  // Far too many connections end before a handshake costs anything (SEC-70).
  for (const listener of [httpListener, opampListener]) {
    listener.maxConnections = Math.ceil(limits.connections * 1.1);
  }
  return {
    httpListener,
    opampListener,
    state,
    answerWith: (last) => {
      answer = last;
      return httpListener;
    },
  };
}

async function compose(surroundings: Surroundings): Promise<RunningApp> {
  const { options, config, store, telemetry, clock } = surroundings;
  const { limits } = config;
  const assembly = await assemble(surroundings);
  const { engine, opamp, github, watched, httpListener, opampListener, api, shared, state } = assembly;
  const side = assembly.agents;
  await api.ready();
  shared.onHeard((change) => void endRevoked(change, store, api));
  await shared.join();
  const offers = new ObservedOffers(telemetry);
  engine.agents.watch((record, fact) => offers.heard(record, fact));
  telemetry.levels(levelsOf(engine, store));
  await engine.start(offers.over(opamp));
  const probing = new AbortController();
  const keepers = clockKeepers(clock, { rollouts: () => engine.openRollouts(), log: surroundings.log });
  void lookAfter([opamp, side, assembly.metrics, ...keepers], clock, probing.signal);
  keepCertificates(surroundings, [httpListener, opampListener], probing.signal);
  const stop = async (): Promise<void> => {
    state.takesAgents = false;
    await shared.resign();
    probing.abort();
    await assembly.handovers?.stop();
    await opamp.drain(limits.drainMs);
    opamp.terminate();
    await Promise.all([httpListener, opampListener].map(close));
    await Promise.all([github.stop(), watched?.feed.stop()]);
    await side.settled();
    await engine.stop();
    await shared.leave();
    await api.close();
    await telemetry.stop();
    await store.close();
  };
  try {
    const http = await listen(httpListener, config.http, 'COLLIE_HTTP');
    const agents = await listen(opampListener, config.opamp, 'COLLIE_OPAMP');
    side.listensAt(agents);
    assembly.metrics.listensAt(agents);
    await shared.answersAt(http);
    state.takesAgents = true;
    github.start();
    assembly.handovers?.wake();
    watched?.feed.start();
    const say = options.say ?? ((line: string): void => void process.stderr.write(`${line}\n`));
    if (surroundings.said !== '') say(surroundings.said);
    announce(say, config, http, agents);
    return { http, opamp: agents, config, store, close: stop };
  } catch (error) {
    probing.abort();
    await Promise.all([httpListener, opampListener].filter(({ listening }) => listening).map(close));
    await engine.stop();
    await shared.leave();
    throw error;
  }
}

const VERSION = 'v1.0.0-collie';

function announce(say: (line: string) => void, config: AppConfig, http: Address, opamp: Address): void {
  const s = config.identity.tls === undefined ? '' : 's';
  for (const [name, value] of config.made) say(`${name}=${value}   (made for this run; set it to keep it)`);
  say(
    `Control plane http${s}://${addressText(http)}   OpAMP ws${s}://${addressText(opamp)}/v1/opamp   store ${shownLocation(config.store)}`,
  );
  const { bindplane, github } = config;
  if (bindplane !== undefined && github !== undefined) {
    say(`Rollouts of the BindPlane server ${bindplane.url} are watched and told as well`);
  }
  if (github === undefined) {
    say('No GitHub App is set up (APP_ID, PRIVATE_KEY, WEBHOOK_SECRET): control plane only.');
    if (bindplane !== undefined) {
      say('BINDPLANE_REMOTE_URL is not watched: without the app nobody knows what its rollouts come from.');
    }
  }
}

function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Answers that are still being given to a token which another process revoked end here too. */
async function endRevoked(change: string, store: Store, api: Assembly['api']): Promise<void> {
  if (!change.startsWith('tokens')) return;
  const tokens = await store.tokens.list().catch(() => []);
  for (const { id, revokedAt } of tokens) if (revokedAt !== undefined) api.endAnswers(id);
}

/** Reads certificates again when their files change, without letting anybody go. */
function keepCertificates(
  { config, clock, log }: Surroundings,
  servers: readonly Server[],
  signal: AbortSignal,
): void {
  const { tls } = config.identity;
  const secure = servers.filter((server) => server instanceof HttpsServer);
  if (tls === undefined) return;
  const reload = new TlsReload(tls, secure, (message, error) => {
    if (error === undefined) log.info(message);
    else log.warn({ err: error }, message);
  });
  void reload.run(clock, signal);
}

/** Pings, silence, polls that stay away, and credentials that wait for their moment: once a second. */
async function lookAfter(
  parts: readonly { tick(): void }[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.wait(1000, signal).catch(() => undefined);
    if (!signal.aborted) for (const part of parts) part.tick();
  }
}

function configFile(name: string): { readonly name: string; readonly text: string } {
  const text = readText(name);
  if (text === undefined) {
    throw new OperationError({ code: 'bad-settings', message: `${name} cannot be read`, hint: '' });
  }
  return { name, text };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

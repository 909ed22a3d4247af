import { withoutHeader } from '../../src/core/diff/configs.ts';
import { sha256 } from '../../src/core/document/digest.ts';
import type { Finding } from '../../src/core/document/finding.ts';
import type { Json } from '../../src/core/document/node.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { isOver } from '../../src/core/rollout/server-rollout/counts.ts';
import { assessed } from '../../src/core/rollout/server-rollout/assessed.ts';
import type { ServerRolloutRun } from '../../src/core/rollout/server-rollout/run.ts';
import { undoneBy } from '../../src/core/rollout/server-rollout/undo.ts';
import {
  serverRolloutView,
  type AssessedRollout,
  type Observation,
} from '../../src/core/rollout/server-rollout/view.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AgentError, ControlPlane, ServerRollout } from '../../src/ports/control-plane.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { ReportableRollout, RolloutFeed } from '../../src/ports/rollout-feed.ts';
import type { AppLimits } from '../limits.ts';
import type { OriginTable, StoredOrigin } from '../store/store.ts';

export interface BindplaneFeedOptions {
  readonly controlPlane: ControlPlane;
  /** Where renders came from; a configuration without an origin is not watched. */
  readonly origins: Pick<OriginTable, 'of'>;
  readonly clock: Clock;
  readonly limits: Pick<AppLimits, 'watchPollMs' | 'watchIdleMs' | 'drainMs'>;
  /** An agent's error text and the source map of what was rolled out → findings with places. */
  readonly explain: (text: string, configuration: string, sourceMaps: readonly Json[]) => readonly Finding[];
  /** Whose server it is; a Collie server restores agents itself. */
  readonly engine?: RolloutView['engine'];
  readonly warn: (message: string, error: unknown) => void;
}

/** A version of a configuration whose rollout is followed. */
interface Watched {
  readonly configuration: string;
  readonly version: number;
  readonly fromVersion?: number;
  readonly origin?: StoredOrigin;
  readonly observations: Observation[];
  errors: readonly AgentError[];
  run?: ServerRolloutRun;
  assessed?: AssessedRollout;
}

/** A version that was given up: another one, which is an earlier one again, takes its place. */
interface Undone {
  readonly watched: Watched;
  readonly version: number;
  readonly of: number;
  rollout?: ServerRollout;
}

/**
 * Rollouts of a BindPlane server, told like those of our own engine: the server is asked about each configuration that has an origin,
 * often while its rollout goes on and seldom otherwise. What is told are the server's own counts and the agents' own words. Nothing
 * is decided here: a rollout is driven by whoever applied it (src/flows/drive.ts), and two drivers would work against each other.
 */
export class BindplaneFeed implements RolloutFeed {
  readonly #options: BindplaneFeedOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #undone = new Map<string, Undone>();
  readonly #listeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  #listedAt = Number.NEGATIVE_INFINITY;
  #names: readonly string[] = [];
  #loop: Promise<void> | undefined;

  constructor(options: BindplaneFeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends after the present look, or without it where the server takes its time. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'));
    const { clock, limits } = this.#options;
    const idle = new AbortController();
    const late = clock.wait(limits.drainMs, idle.signal).catch(() => undefined);
    await Promise.race([this.#loop, late]);
    idle.abort(new Error('idle'));
  }

  isComplete(): boolean {
    return this.#listedAt !== Number.NEGATIVE_INFINITY;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rejects until the server was asked once: nothing known is not the same as nothing there. */
  async rollouts(): Promise<readonly ReportableRollout[]> {
    if (!this.isComplete()) {
      throw new OperationError({
        code: 'not-asked-yet',
        message: `${this.#options.controlPlane.url} has not answered yet`,
        hint: 'Rollouts are reported as soon as it does',
        retryable: true,
      });
    }
    const undone = [...this.#undone.values()].flatMap((one) =>
      this.#reportable(one.watched, undoneView(one)),
    );
    return [...undone, ...[...this.#watched.values()].flatMap((watched) => this.#reportable(watched))];
  }

  /** Asks the server once; tells the listeners when anything changed. Rejects with OperationError. */
  async poll(): Promise<void> {
    const { clock, limits, controlPlane } = this.#options;
    const now = clock.now();
    const all = now - this.#listedAt >= limits.watchIdleMs;
    if (all) {
      const configurations = await controlPlane.list('Configuration');
      this.#names = configurations.map(({ name }) => name);
      for (const name of this.#watched.keys()) if (!this.#names.includes(name)) this.#watched.delete(name);
    }
    let changed = false;
    for (const name of this.#names) {
      const watched = this.#watched.get(name);
      const idle = watched === undefined || isOver(watched.observations.at(-1)?.rollout ?? NOTHING);
      if (all || !idle) changed = (await this.#look(name)) || changed;
    }
    if (all) this.#listedAt = now;
    if (changed || all) for (const listener of this.#listeners) listener();
  }

  async #run(): Promise<void> {
    const { clock, limits, warn } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.poll().catch((error: unknown) => warn('the BindPlane server could not be asked', error));
      await clock.wait(limits.watchPollMs, signal).catch(() => undefined);
    }
  }

  /** Looks at one configuration; true when there is something new. */
  async #look(name: string): Promise<boolean> {
    const { controlPlane, clock, origins } = this.#options;
    const known = await origins.of(name);
    if (known.length === 0) return false;
    const rollout = await controlPlane.rollout(name);
    if (rollout === undefined || rollout.version === 0) return false;
    let watched = this.#watched.get(name);
    // An origin may arrive after its rollout was first seen.
    if (watched?.version !== rollout.version || watched.origin === undefined) {
      watched = await this.#watch(name, rollout.version, known, watched);
    }
    const told = this.#tookPlace(name, rollout);
    const last = watched.observations.at(-1)?.rollout;
    if (last !== undefined && sameRollout(last, rollout)) return told;
    if (rollout.errors > 0 && rollout.errors !== last?.errors) {
      watched.errors = await controlPlane.rolloutErrors(name, rollout.version);
    }
    const observation = { at: clock.now(), rollout };
    Object.assign(watched, assessed(watched.run, observation));
    watched.observations.push(observation);
    return true;
  }

  /** Keeps the counts of a version that takes the place of one that was given up; true when they are new. */
  #tookPlace(name: string, rollout: ServerRollout): boolean {
    const undone = this.#undone.get(name);
    if (undone?.version !== rollout.version) return false;
    const isNew = undone.rollout === undefined || !sameRollout(undone.rollout, rollout);
    undone.rollout = rollout;
    return isNew;
  }

  async #watch(
    name: string,
    version: number,
    origins: readonly StoredOrigin[],
    before: Watched | undefined,
  ): Promise<Watched> {
    const { controlPlane } = this.#options;
    const server = await controlPlane.configuration(name, version);
    const current = await controlPlane.configuration(name, 'current');
    const hashes = server === undefined ? [] : [server.raw, withoutHeader(server.raw)].map(sha256);
    const origin = origins.find(({ renderHash }) => hashes.includes(renderHash));
    const same = before?.version === version ? before : undefined;
    const undo = server === undefined ? undefined : undoneBy(server.resource);
    if (undo !== undefined && before?.origin !== undefined && before.version === undo.undoes) {
      this.#undone.set(name, { watched: before, version, of: undo.restores });
    }
    const watched: Watched = {
      configuration: name,
      version,
      ...(current === undefined || current.version >= version ? {} : { fromVersion: current.version }),
      ...(origin === undefined ? {} : { origin }),
      observations: same?.observations ?? [],
      errors: same?.errors ?? [],
      ...(same?.run === undefined ? {} : { run: same.run }),
      ...(same?.assessed === undefined ? {} : { assessed: same.assessed }),
    };
    this.#watched.set(name, watched);
    return watched;
  }

  #reportable(watched: Watched, undo: Partial<AssessedRollout> = {}): ReportableRollout[] {
    const { configuration, version, fromVersion, origin, observations, errors } = watched;
    const [first] = observations;
    if (origin === undefined || first === undefined) return [];
    const { engine = 'bindplane', explain } = this.#options;
    const view = serverRolloutView({
      configuration,
      version,
      ...(fromVersion === undefined ? {} : { fromVersion }),
      startedAt: first.at,
      observations,
      errors,
      explain: (text) => explain(text, configuration, [origin.sourceMap]),
      timeText: (at) => new Date(at).toISOString(),
      engine,
      assessed: { gates: [], ...watched.assessed, ...undo },
    });
    const { repository, commit, pullRequest } = origin;
    return [
      {
        id: `${configuration}:${version}@${commit}`,
        view,
        origin: { repository, commit, ...(pullRequest === undefined ? {} : { pullRequest }) },
      },
    ];
  }
}

/** A version that was given up, as far as the counts of the one that takes its place tell. */
function undoneView({ watched, version, of, rollout }: Undone): Partial<AssessedRollout> {
  const { completed = 0, errors = 0, pending = 0, waiting = 0 } = rollout ?? {};
  const agents = completed + errors + pending + waiting;
  const offered = watched.assessed?.offered ?? 0;
  const ended = rollout !== undefined && isOver(rollout);
  return {
    state: !ended ? 'rolling-back' : errors > 0 ? 'failed' : 'rolled-back',
    undo: { of, version, agents, applied: completed, refused: errors, missing: [] },
    restored: ended && completed === agents ? offered : Math.min(offered, completed),
  };
}

const NOTHING: ServerRollout = {
  configuration: '',
  version: 0,
  status: 'pending',
  phase: 0,
  completed: 0,
  errors: 0,
  pending: 0,
  waiting: 0,
};

function sameRollout(a: ServerRollout, b: ServerRollout): boolean {
  return (['status', 'phase', 'completed', 'errors', 'pending', 'waiting'] as const).every(
    (field) => a[field] === b[field],
  );
}

import type { Finding } from '../../src/core/document/finding.ts';
import type { Json } from '../../src/core/document/node.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { viewOf } from '../../src/core/rollout/view-of.ts';
import type { ReportableRollout, RolloutFeed } from '../../src/ports/rollout-feed.ts';
import { KnownRollouts } from '../store/tables/known-rollouts.ts';
import type { Store, StoredConfig, StoredOrigin } from '../store/store.ts';
import type { Engine } from './engine.ts';
import { renderHashes } from './origins.ts';

/** An agent's error text and the source maps of what it was offered → findings with places (core/explain, handed in). */
export type ExplainText = (
  text: string,
  configuration: string,
  sourceMaps: readonly Json[],
) => readonly Finding[];

/** Rollouts told at once; older ones are history. */
const TOLD = 50;

/** The engine's rollouts as people see them, each with the origin that was sent for its render. */
export class EngineFeed implements RolloutFeed {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #explain: ExplainText;
  readonly #known = new KnownRollouts();
  /** What was made of each value of a rollout; it is the same as long as the rollout and its origin are. */
  readonly #views = new WeakMap<Rollout, { readonly of: string; readonly view: RolloutView }>();

  constructor(store: Store, engine: Engine, explain: ExplainText) {
    this.#store = store;
    this.#engine = engine;
    this.#explain = explain;
  }

  async rollouts(): Promise<readonly ReportableRollout[]> {
    const found: ReportableRollout[] = [];
    const newest = await this.#store.rollouts.recentRevisions(TOLD);
    for (const rollout of await this.#known.of(this.#store.rollouts, newest)) {
      found.push(await this.#reportable(rollout));
    }
    return found;
  }

  subscribe(listener: () => void): () => void {
    return this.#engine.subscribe(listener);
  }

  async #reportable(rollout: Rollout): Promise<ReportableRollout> {
    const config = await this.#store.configs.byVersion(rollout.configuration, rollout.version);
    const origin = originOf(await this.#store.origins.of(rollout.configuration), config, rollout.startedAt);
    const maps = origin === undefined ? [] : [origin.sourceMap];
    const explain = (text: string): readonly Finding[] => this.#explain(text, rollout.configuration, maps);
    const of = origin === undefined ? '' : `${origin.renderHash} ${origin.commit} ${origin.receivedAt}`;
    const known = this.#views.get(rollout);
    const view =
      known?.of === of
        ? known.view
        : viewOf(rollout, explain, (milliseconds) => new Date(milliseconds).toISOString());
    this.#views.set(rollout, { of, view });
    return { id: rollout.id, view, ...(origin === undefined ? {} : { origin: publicOrigin(origin) }) };
  }
}

/**
 * The origin of a render: the newest one sent for exactly these bytes, and before the rollout started if there is one
 * (the same bytes may come back with a later commit).
 */
export function originOf(
  origins: readonly StoredOrigin[],
  config: StoredConfig | undefined,
  startedAt: number,
): StoredOrigin | undefined {
  if (config === undefined) return undefined;
  const hashes = renderHashes(config);
  const same = origins.filter(({ renderHash }) => hashes.has(renderHash));
  return same.find(({ receivedAt }) => receivedAt <= startedAt) ?? same[0];
}

function publicOrigin({
  repository,
  pullRequest,
  commit,
}: StoredOrigin): NonNullable<ReportableRollout['origin']> {
  return { repository, commit, ...(pullRequest === undefined ? {} : { pullRequest }) };
}

import type {
  AgentErrorGroup,
  RolloutState,
  RolloutTotals,
  RolloutView,
} from '../../../src/core/rollout/view.ts';
import type { ReportableRollout, RolloutFeed, RolloutOrigin } from '../../../src/ports/rollout-feed.ts';

/** A feed that a test holds in its hand. */
export class HandFeed implements RolloutFeed {
  told: ReportableRollout[] = [];
  complete = true;
  readonly #listeners = new Set<() => void>();

  rollouts(): Promise<readonly ReportableRollout[]> {
    return Promise.resolve(this.told);
  }

  isComplete(): boolean {
    return this.complete;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What there is now, newest first, and a hint to whoever listens. */
  tell(...rollouts: ReportableRollout[]): void {
    this.told = rollouts;
    for (const listener of this.#listeners) listener();
  }
}

export const REFUSAL: AgentErrorGroup = {
  message: "'metrics' has invalid keys: k8s.pod.volume.usage @shop/everybody",
  agents: [{ name: 'node-a', version: '1.80.1' }],
  findings: [
    {
      rule: 'agent-refused',
      severity: 'error',
      message: 'k8s.pod.volume.usage is unknown to agent 1.80.1',
      at: { file: 'bindplane/sources.yaml', line: 2, column: 1, endLine: 2, endColumn: 4 },
    },
  ],
};

export function view(
  state: RolloutState,
  totals: Partial<RolloutTotals> = {},
  over: Partial<RolloutView> = {},
): RolloutView {
  const all: RolloutTotals = {
    agents: 3,
    offered: 0,
    applied: 0,
    refused: 0,
    restored: 0,
    neverSaw: 3,
    ...totals,
  };
  return {
    configuration: 'shop-node',
    fromVersion: 3,
    toVersion: 4,
    state,
    waves: [
      {
        name: 'canary',
        agents: 1,
        applied: all.applied,
        refused: all.refused,
        restored: all.restored,
        pending: 0,
        note: '',
      },
    ],
    totals: all,
    errors: all.refused > 0 ? [REFUSAL] : [],
    timeline: [],
    startedAt: '2026-01-02T03:04:00Z',
    engine: 'collie',
    ...over,
  };
}

export function rollout(view: RolloutView, origin?: RolloutOrigin): ReportableRollout {
  return { id: `${view.configuration}:${view.toVersion}`, view, ...(origin === undefined ? {} : { origin }) };
}

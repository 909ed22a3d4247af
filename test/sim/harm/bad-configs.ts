import type { Random } from '../random.ts';

/** What a bad config does to the agents that cannot run it well. */
export type Harm = 'refused' | 'crash-loop' | 'unhealthy' | 'drops-all' | 'backend-401' | 'dead-backend';

/** One bad config: whom it harms, and after how long it shows. */
export interface BadConfig {
  readonly name: string;
  readonly harm: Harm;
  /** It harms agents of this version alone; absent: whoever is hit by chance. */
  readonly version?: string;
  /** Share of the agents (of that version) that it harms. */
  readonly share: number;
  readonly showsAfterMs: number;
}

export const VERSIONS = ['1.80.1', '1.84.0', '1.90.2'] as const;

const HARMS: readonly {
  readonly harm: Harm;
  readonly weight: number;
  readonly afterMs: readonly [number, number];
}[] = [
  { harm: 'refused', weight: 30, afterMs: [5, 60] },
  { harm: 'crash-loop', weight: 15, afterMs: [10_000, 40_000] },
  { harm: 'unhealthy', weight: 10, afterMs: [5000, 90_000] },
  { harm: 'drops-all', weight: 20, afterMs: [0, 0] },
  { harm: 'backend-401', weight: 15, afterMs: [0, 0] },
  { harm: 'dead-backend', weight: 10, afterMs: [0, 0] },
];

/** Bad configs out of one seed: most harm everybody, some one version, some a small part of the fleet by chance. */
export function badConfigs(random: Random, count: number): readonly BadConfig[] {
  return Array.from({ length: count }, (_, index): BadConfig => {
    const { harm, afterMs } = weighted(random);
    const [from, to] = afterMs;
    const showsAfterMs = from + Math.floor(random.unit() * (to - from + 1));
    const reach = random.unit();
    const version = VERSIONS[Math.floor(random.unit() * VERSIONS.length)];
    const scope =
      reach < 0.5 || version === undefined
        ? { share: 1 }
        : reach < 0.8
          ? { share: 1, version }
          : { share: 0.02 + random.unit() * 0.28 };
    return { name: `bad-${index + 1}`, harm, showsAfterMs, ...scope };
  });
}

function weighted(random: Random): (typeof HARMS)[number] {
  const all = HARMS.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.unit() * all;
  for (const candidate of HARMS) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return HARMS[0] ?? { harm: 'refused', weight: 1, afterMs: [0, 0] };
}

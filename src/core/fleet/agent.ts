import type { Distribution } from '../collector/distribution.ts';

/** A collector as a control plane knows it. What `collie agents list --format json` prints and `--agents FILE` reads. */
export interface Agent {
  readonly id: string;
  readonly name: string;
  /** Version of the distribution (`1.80.1` for a BindPlane agent, `0.158.0` for otelcol), without a leading `v`. */
  readonly version: string;
  readonly distribution: Distribution;
  readonly platform: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly connected?: boolean;
  /** Component types the agent reported, by class (`receivers` …); absent when it did not report. */
  readonly components?: Readonly<Record<string, readonly string[]>>;
}

/** Equality selector, all labels must match. */
export type MatchLabels = Readonly<Record<string, string>>;

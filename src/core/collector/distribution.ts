/** Collector builds whose content the catalogue knows; anything else is `unknown` and is not judged. */
export const DISTRIBUTIONS = [
  'bindplane-agent',
  'otelcol',
  'otelcol-contrib',
  'otelcol-k8s',
  'unknown',
] as const;

export type Distribution = (typeof DISTRIBUTIONS)[number];

import type { EffectiveConfig } from '../collector/effective-config.ts';

/**
 * What explaining needs of a configuration: an effective config, or what a source map kept of one. In the latter, values of the tree that
 * no error can speak of are empty, and there is no text.
 */
export type Explainable = Pick<
  EffectiveConfig,
  'configuration' | 'name' | 'tree' | 'provenance' | 'textStart'
> & {
  readonly text?: string;
};

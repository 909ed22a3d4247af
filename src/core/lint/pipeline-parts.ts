import { componentType } from '../collector/component-id.ts';
import { isPushReceiver } from '../collector/listeners.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import type { Pipeline } from '../collector/pipelines.ts';
import { isMap } from '../document/node.ts';
import type { JsonMap } from '../document/node.ts';
import { mapAt } from './config-finding.ts';
import type { RunningConfig } from './running.ts';

/** A processor, receiver or exporter where a pipeline names it, with its current type name. */
export interface Member {
  readonly id: string;
  readonly type: string;
  readonly index: number;
}

/** A pipeline with its members by their current type names. */
export interface TypedPipeline {
  readonly pipeline: Pipeline;
  readonly receivers: readonly Member[];
  readonly processors: readonly Member[];
  readonly exporters: readonly Member[];
}

/** The pipelines of a config, in the order of the file. */
export function typedPipelines({
  config,
  canonical,
}: Pick<RunningConfig, 'config' | 'canonical'>): readonly TypedPipeline[] {
  return pipelinesOf(config.tree).map((pipeline) => {
    const members = (list: 'receivers' | 'processors' | 'exporters'): readonly Member[] =>
      pipeline[list].map((id, index) => ({ id, type: canonical(list, componentType(id)), index }));
    return {
      pipeline,
      receivers: members('receivers'),
      processors: members('processors'),
      exporters: members('exporters'),
    };
  });
}

/** Whether a pipeline takes what other programs send to it, directly. */
export function isPushed(
  { receivers }: TypedPipeline,
  { canonical }: Pick<RunningConfig, 'canonical'>,
): boolean {
  return receivers.some(({ id }) => isPushReceiver(id, canonical));
}

/** The body of a component; empty for `batch:`. */
export function bodyOf({ config }: Pick<RunningConfig, 'config'>, section: string, id: string): JsonMap {
  const body = mapAt(config.tree, section)[id];
  return isMap(body) ? body : {};
}

/** `a`, `b` and `c`, each in code. */
export function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

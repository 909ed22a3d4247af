import { componentType } from '../collector/component-id.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import { canonicalJson, sha256 } from '../document/digest.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import { bodiesOf } from './config-model.ts';
import type { ConfigModel } from './config-model.ts';

/** What one sampling processor that runs keeps. */
export interface Sampling {
  readonly id: string;
  /** In words: `10 %`, `policies errors, slow`. */
  readonly keeps: string;
  /** Of a sampler that keeps a fixed part. */
  readonly percent?: number;
  /** Equal for samplers that keep the same. */
  readonly digest: string;
}

/** The sampling of a config, by the processors that do it. */
export function samplingOf(model: ConfigModel): readonly Sampling[] {
  const running = new Set(pipelinesOf(model.tree).flatMap(({ processors }) => processors));
  return [...bodiesOf(model, 'processors')].flatMap(([id, body]) => {
    const keeps = running.has(id) ? keepsOf(componentType(id), body) : undefined;
    return keeps === undefined ? [] : [{ id, ...keeps, digest: sha256(canonicalJson(body)) }];
  });
}

function keepsOf(type: string, body: Json): Pick<Sampling, 'keeps' | 'percent'> | undefined {
  const map = isMap(body) ? body : {};
  switch (type) {
    case 'probabilistic_sampler':
      return share(map['sampling_percentage'], 1);
    // A processor of the BindPlane agent: the part it drops.
    case 'sampling': {
      const dropped = map['drop_ratio'];
      return typeof dropped === 'number'
        ? share(Math.round((1 - dropped) * 1e6) / 1e6, 100)
        : share(dropped, 1);
    }
    case 'tail_sampling': {
      const policies = map['policies'];
      const names = (isList(policies) ? policies : []).map((policy) =>
        isMap(policy) && typeof policy['name'] === 'string' ? policy['name'] : '?',
      );
      return { keeps: names.length === 0 ? 'no policy' : `policies ${names.join(', ')}` };
    }
    default:
      return undefined;
  }
}

function share(value: Json | undefined, factor: number): Pick<Sampling, 'keeps' | 'percent'> {
  if (typeof value !== 'number') return { keeps: typeof value === 'string' ? value : 'an unknown part' };
  return { keeps: `${value * factor} %`, percent: value * factor };
}

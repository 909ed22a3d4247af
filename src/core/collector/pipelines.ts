import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import { COMPONENT_CLASSES, componentType } from './component-id.ts';
import type { ComponentClass } from './component-id.ts';

const SIGNALS = ['traces', 'metrics', 'logs', 'profiles'] as const;

type Signal = (typeof SIGNALS)[number];

/** One declared component of a config; `body` is null for `batch:`. */
export interface Component {
  readonly class: ComponentClass;
  readonly id: string;
  readonly type: string;
  readonly body: Json;
}

/** One pipeline of a config. Lists keep the order of the file; entries that are no strings are left out. */
export interface Pipeline {
  readonly id: string;
  /** Undefined when the part before the slash is no signal the collector knows. */
  readonly signal?: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** Nearly every reader of a config asks for these, most of them several times: made once for a tree. */
const components = new WeakMap<JsonMap, readonly Component[]>();
const pipelines = new WeakMap<JsonMap, readonly Pipeline[]>();

/** Components of a config tree in the order of the sections and of the file. Sections that are no maps have none. */
export function componentsOf(tree: JsonMap): readonly Component[] {
  const known = components.get(tree);
  if (known !== undefined) return known;
  const read = readComponents(tree);
  components.set(tree, read);
  return read;
}

function readComponents(tree: JsonMap): readonly Component[] {
  return COMPONENT_CLASSES.flatMap((componentClass) => {
    const section = tree[componentClass];
    if (!isMap(section)) return [];
    return Object.entries(section).map(([id, body]) => ({
      class: componentClass,
      id,
      type: componentType(id),
      body,
    }));
  });
}

/** Pipelines of a config tree in the order of the file. Never throws; a body that is no map gives an empty pipeline. */
export function pipelinesOf(tree: JsonMap): readonly Pipeline[] {
  const known = pipelines.get(tree);
  if (known !== undefined) return known;
  const read = readPipelines(tree);
  pipelines.set(tree, read);
  return read;
}

function readPipelines(tree: JsonMap): readonly Pipeline[] {
  const service = tree['service'];
  const section = isMap(service) ? service['pipelines'] : undefined;
  if (!isMap(section)) return [];
  return Object.entries(section).map(([id, body]) => {
    const signal = SIGNALS.find((candidate) => candidate === componentType(id));
    const map: JsonMap = isMap(body) ? body : {};
    return {
      id,
      ...(signal === undefined ? {} : { signal }),
      receivers: ids(map['receivers']),
      processors: ids(map['processors']),
      exporters: ids(map['exporters']),
    };
  });
}

/** Ids listed under `service.extensions`. */
export function serviceExtensions(tree: JsonMap): readonly string[] {
  const service = tree['service'];
  return isMap(service) ? ids(service['extensions']) : [];
}

/** Whether any pipeline or `service.extensions` names the component. Connectors count as exporter or receiver. */
export function isUsed(tree: JsonMap, componentClass: ComponentClass, id: string): boolean {
  if (componentClass === 'extensions') return serviceExtensions(tree).includes(id);
  return pipelinesOf(tree).some((pipeline) =>
    componentClass === 'connectors'
      ? pipeline.receivers.includes(id) || pipeline.exporters.includes(id)
      : pipeline[componentClass].includes(id),
  );
}

function ids(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

import type { SourceRange } from '../document/finding.ts';
import { at, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import { stringsAt } from './references.ts';
import type { ReadObject } from './objects.ts';

/** One port of a Service; `targetPort` is a number or the name of a container port. */
interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol?: string;
  readonly at: SourceRange;
}

/** A Service: an address that other configurations send to. */
export interface ServiceObject {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly headless: boolean;
  readonly ports: readonly ServicePort[];
  readonly selector: Readonly<Record<string, string>>;
  readonly selectorAt?: SourceRange;
  /** ClusterIP where it is absent. */
  readonly type?: string;
  readonly internalTrafficPolicy?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly at: SourceRange;
}

/** The Service an object is, or undefined for other kinds. */
export function serviceOf({ object, node }: ReadObject): ServiceObject | undefined {
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return undefined;
  const type = textAt(node, 'spec', 'type');
  const policy = textAt(node, 'spec', 'internalTrafficPolicy');
  const selector = entry(at(node, 'spec'), 'selector');
  return {
    key: object.key,
    namespace: object.namespace ?? 'default',
    name: object.name,
    headless: textAt(node, 'spec', 'clusterIP') === 'None',
    ports: itemsAt(node, 'spec', 'ports').flatMap(portOf),
    selector: stringsAt(node, 'spec', 'selector'),
    ...(selector && { selectorAt: selector.keyAt }),
    ...(type !== undefined && { type }),
    ...(policy !== undefined && { internalTrafficPolicy: policy }),
    annotations: stringsAt(node, 'metadata', 'annotations'),
    at: object.at,
  };
}

function portOf(node: Node): readonly ServicePort[] {
  const port = scalarAt(node, 'port');
  if (typeof port !== 'number') return [];
  const name = textAt(node, 'name');
  const target = scalarAt(node, 'targetPort');
  const protocol = textAt(node, 'protocol');
  return [
    {
      ...(name === undefined ? {} : { name }),
      port,
      targetPort: typeof target === 'number' || typeof target === 'string' ? target : port,
      ...(protocol !== undefined && { protocol }),
      at: node.at,
    },
  ];
}

function scalarAt(node: Node, key: string): unknown {
  const found = at(node, key);
  return found?.kind === 'scalar' ? found.value : undefined;
}

/**
 * The Service a host name means, seen from `fromNamespace` where it is known: `name`, `name.namespace`, `name.namespace.svc`
 * and `name.namespace.svc.<cluster domain>`. A bare name matches in that namespace, or the only Service of the name.
 */
export function serviceAt(
  host: string,
  services: readonly ServiceObject[],
  fromNamespace?: string,
): ServiceObject | undefined {
  const [name, namespace, svc] = host.toLowerCase().replace(/\.$/, '').split('.');
  if (svc !== undefined && svc !== 'svc') return undefined;
  const named = services.filter((service) => service.name === name);
  const wanted = namespace ?? fromNamespace;
  return wanted === undefined && named.length === 1
    ? named[0]
    : named.find((service) => service.namespace === wanted);
}

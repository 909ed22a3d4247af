import type { ConfigKey } from '../../fleet/config-key.ts';
import type { TypeNames } from '../../diff/config-model.ts';
import { configModel } from '../../diff/config-model.ts';
import { destinationsOf } from '../../diff/derived-changes.ts';
import { at, isMap, itemsAt, plain, textAt } from '../../document/node.ts';
import type { Json, Node } from '../../document/node.ts';
import { serviceAt } from '../../kubernetes/services.ts';
import type { ServiceObject } from '../../kubernetes/services.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { LoadedView } from '../../resources/view.ts';
import { isInFrontOf, ownersOfServices } from '../senders.ts';

/** One configuration's exporter sending to the agents of another, through a Service of the repository. */
export interface Connection {
  readonly sender: ConfigKey;
  /** The exporter's id in the model of the sender's config. */
  readonly exporter: string;
  /** As the exporter writes it. */
  readonly address: string;
  readonly gateway: ConfigKey;
  /** Port of the gateway's pods; undefined where it is not known. */
  readonly port?: string;
}

/** Who sends to whom in one revision; each configuration is looked at when somebody asks for it. */
export interface Connections {
  from(sender: ConfigKey): readonly Connection[];
  to(gateway: ConfigKey): readonly Connection[];
}

/** Finds the connections of a revision. All configurations are rendered for `to`, and only where the gateway stands behind a Service. */
export function connectionsOf(view: LoadedView, names: TypeNames): Connections {
  const owners = ownersOfServices(view);
  const services = [...view.repository.manifests.services, ...owners.keys()];
  const owned = new Set(owners.values());
  const known = new Map<ConfigKey, readonly Connection[]>();
  const from = (sender: ConfigKey): readonly Connection[] => {
    const found = known.get(sender) ?? connectionsFrom(sender, { view, services, owners }, names);
    known.set(sender, found);
    return found;
  };
  return {
    from,
    to: (gateway) =>
      owned.has(gateway) || services.some((service) => stands(service, gateway, view))
        ? [...view.effective.keys()].flatMap((sender) =>
            from(sender).filter((connection) => connection.gateway === gateway),
          )
        : [],
  };
}

/** The Services of a revision, and whose those are that an operator or a chart makes. */
interface Fronts {
  readonly view: LoadedView;
  readonly services: readonly ServiceObject[];
  readonly owners: ReadonlyMap<ServiceObject, ConfigKey>;
}

function connectionsFrom(sender: ConfigKey, fronts: Fronts, names: TypeNames): readonly Connection[] {
  const { view, services, owners } = fronts;
  const config = services.length === 0 ? undefined : view.effective.get(sender)?.config;
  if (config === undefined) return [];
  return [...destinationsOf(configModel(config.tree, names))].flatMap(([exporter, addresses]) =>
    addresses.flatMap((address) => {
      const { host, port } = readAddress(address);
      const service = host === undefined ? undefined : serviceAt(host, services);
      if (service === undefined) return [];
      const owner = owners.get(service);
      if (owner !== undefined) {
        return owner === sender
          ? []
          : [toOwner(service, { sender, exporter, address, gateway: owner }, port)];
      }
      return gatewaysBehind(service, view)
        .filter(({ gateway }) => gateway !== sender)
        .map(({ gateway, workload }): Connection => {
          const target = targetPort(service, port, workload, view);
          return { sender, exporter, address, gateway, ...(target !== undefined && { port: target }) };
        });
    }),
  );
}

/** Such a Service has the ports of its collector's receivers: a port that it has not is one where nobody listens. */
function toOwner(
  { ports }: ServiceObject,
  connection: Omit<Connection, 'port'>,
  port: string | undefined,
): Connection {
  const found = ports.find((one) => String(one.port) === port)?.targetPort;
  const target = typeof found === 'number' ? String(found) : port;
  return { ...connection, ...(target !== undefined && { port: target }) };
}

function gatewaysBehind(
  service: ServiceObject,
  view: LoadedView,
): readonly { readonly gateway: ConfigKey; readonly workload: Workload }[] {
  return [...view.targets.values()].flatMap(({ configuration, workloads }) => {
    const behind = workloads.find(({ workload }) => isInFrontOf(service, workload, view.repository));
    return behind === undefined ? [] : [{ gateway: configuration, workload: behind.workload }];
  });
}

function stands(service: ServiceObject, gateway: ConfigKey, view: LoadedView): boolean {
  const workloads = view.targets.get(gateway)?.workloads ?? [];
  return workloads.some(({ workload }) => isInFrontOf(service, workload, view.repository));
}

/** Host and port of an exporter's address; a scheme's own port where none is written. */
function readAddress(address: string): { readonly host?: string; readonly port?: string } {
  const [, scheme, host, port] =
    /^(?:service=)?(?:([a-z][a-z0-9+.-]*):\/\/\/?)?([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d+))?(?:\/|$)/.exec(
      address,
    ) ?? [];
  const own = port ?? (scheme === 'https' ? '443' : scheme === 'http' ? '80' : undefined);
  return { ...(host !== undefined && { host }), ...(own !== undefined && { port: own }) };
}

/** The port of the pods that a Service's port leads to; without a port in the address that of the only one it has. */
function targetPort(
  service: ServiceObject,
  port: string | undefined,
  workload: Workload,
  view: LoadedView,
): string | undefined {
  if (service.headless) return port;
  const [only, ...others] = service.ports;
  const found =
    port === undefined
      ? others.length === 0
        ? only
        : undefined
      : service.ports.find((candidate) => String(candidate.port) === port);
  if (found === undefined) return undefined;
  return typeof found.targetPort === 'number'
    ? String(found.targetPort)
    : namedPort(workload, found.targetPort, view);
}

/** The number of a container port that the pods of a workload call by a name. */
function namedPort(workload: Workload, name: string, view: LoadedView): string | undefined {
  const document = view.repository.manifestDocuments.find(
    ({ root, at: place }) =>
      place.file === workload.at.file &&
      textAt(root, 'kind') === workload.kind &&
      textAt(root, 'metadata', 'name') === workload.name,
  );
  const containers = itemsAt(at(document?.root, 'spec', 'template', 'spec'), 'containers');
  const ports = containers
    .flatMap((container: Node) => itemsAt(container, 'ports'))
    .map((port): Json => plain(port));
  const found = ports.find((port) => isMap(port) && port['name'] === name);
  const number = isMap(found) ? found['containerPort'] : undefined;
  return typeof number === 'number' ? String(number) : undefined;
}

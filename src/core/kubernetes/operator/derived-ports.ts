import type { SourceRange } from '../../document/finding.ts';
import { compareText } from '../../document/finding.ts';
import type { RenderedServicePort } from '../rendered-collector.ts';
import { entriesOf, isEmpty, itemsOf, pick, plainOf, textOf } from '../traced.ts';
import type { Traced } from '../traced.ts';
import { enabledComponents } from './enabled-components.ts';
import type { EnabledComponent } from './enabled-components.ts';
import {
  HEALTH_CHECK,
  JAEGER_QUERY,
  portOfEndpoint,
  PROMETHEUS_EXPORTER,
  PROTOCOL_ENDPOINTS,
  SINGLE_ENDPOINTS,
  WITHOUT_PORTS,
} from './known-ports.ts';
import type { KnownPort } from './known-ports.ts';
import { portName } from './names.ts';

/** Ports that the operator finds in a config, by class of the component that listens; each list by name. */
export interface DerivedPorts {
  readonly receivers: readonly RenderedServicePort[];
  readonly exporters: readonly RenderedServicePort[];
  readonly extensions: readonly RenderedServicePort[];
}

/** The ports that enabled components open (operator `internal/otelconfig`, getPortsForComponentKinds). `at` stands for what nobody wrote. */
export function derivedPorts(config: Traced, at: SourceRange): DerivedPorts {
  const sorted = (ports: readonly RenderedServicePort[]): readonly RenderedServicePort[] =>
    [...ports].sort((a, b) => compareText(a.name, b.name));
  return {
    receivers: sorted(enabledComponents(config, 'receivers').flatMap((one) => receiverPorts(one, at))),
    exporters: sorted(
      enabledComponents(config, 'exporters').flatMap((one) =>
        one.type === 'prometheus' ? singlePort(one, PROMETHEUS_EXPORTER, at) : [],
      ),
    ),
    extensions: sorted(enabledComponents(config, 'extensions').flatMap((one) => extensionPorts(one, at))),
  };
}

function receiverPorts(receiver: EnabledComponent, at: SourceRange): readonly RenderedServicePort[] {
  const { id, type, body } = receiver;
  const protocols = PROTOCOL_ENDPOINTS.get(type);
  if (protocols !== undefined) {
    return entriesOf(body, 'protocols').flatMap(([protocol, settings]) => {
      const known = protocols.get(protocol);
      return known === undefined ? [] : [port(`${id}-${protocol}`, known, settings, at)];
    });
  }
  if (type === 'prometheus') {
    const server = pick(body, 'api_server');
    const settings = pick(server, 'server_config');
    return isEmpty(pick(server, 'enabled')) || endpointPort(settings) === undefined
      ? []
      : [port(id, { port: 0 }, settings, at)];
  }
  if (WITHOUT_PORTS.has(type)) return [];
  return singlePort(receiver, SINGLE_ENDPOINTS.get(type) ?? { port: 0 }, at);
}

/** One endpoint; without a number in it and without a default there is no port. A body of null opens none. */
function singlePort(
  { id, body }: EnabledComponent,
  known: KnownPort,
  at: SourceRange,
): readonly RenderedServicePort[] {
  if (body?.kind !== 'map') return [];
  return known.port === 0 && endpointPort(body) === undefined ? [] : [port(id, known, body, at)];
}

function extensionPorts(extension: EnabledComponent, at: SourceRange): readonly RenderedServicePort[] {
  const { id, type, body } = extension;
  if (type === 'health_check') return [port(id, HEALTH_CHECK, body, at)];
  if (type !== 'jaeger_query' || body?.kind !== 'map') return [];
  const http = port(id, JAEGER_QUERY, pick(body, 'http'), at);
  const grpc = portOfEndpoint(textOf(body, 'grpc', 'endpoint') ?? '');
  return grpc === undefined || grpc === http.port
    ? [http]
    : [http, port(`${id}-2`, { port: grpc }, undefined, at)];
}

function port(
  component: string,
  known: KnownPort,
  settings: Traced | undefined,
  at: SourceRange,
): RenderedServicePort {
  const number = endpointPort(settings) ?? known.port;
  const place = pick(settings, 'endpoint')?.origin.at ?? settings?.origin.at ?? at;
  return {
    name: portName(component, number),
    port: number,
    targetPort: number,
    protocol: known.protocol ?? 'TCP',
    ...(known.appProtocol !== undefined && { appProtocol: known.appProtocol }),
    at: place,
  };
}

function endpointPort(settings: Traced | undefined): number | undefined {
  return portOfEndpoint(textOf(settings, 'endpoint') || textOf(settings, 'listen_address') || '');
}

/** A port that the resource itself lists (`spec.ports`). */
export interface OwnPort extends RenderedServicePort {
  readonly hostPort?: number;
}

/** The ports that the resource lists. */
export function ownPorts(spec: Traced, at: SourceRange): readonly OwnPort[] {
  return itemsOf(spec, 'ports').flatMap((item) => {
    const number = numberOf(item, 'port');
    if (number === undefined) return [];
    const target = pick(item, 'targetPort');
    const plain = target === undefined ? number : plainOf(target);
    const appProtocol = textOf(item, 'appProtocol');
    const nodePort = numberOf(item, 'nodePort');
    const hostPort = numberOf(item, 'hostPort');
    return [
      {
        name: textOf(item, 'name') ?? '',
        port: number,
        targetPort: typeof plain === 'number' || typeof plain === 'string' ? plain : number,
        protocol: textOf(item, 'protocol') ?? 'TCP',
        ...(appProtocol === undefined ? {} : { appProtocol }),
        ...(nodePort === undefined ? {} : { nodePort }),
        ...(hostPort === undefined ? {} : { hostPort }),
        at: item.origin.at ?? at,
      },
    ];
  });
}

function numberOf(item: Traced, key: string): number | undefined {
  const found = pick(item, key);
  const value = found === undefined ? undefined : plainOf(found);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Listed ports first, then derived ones: a number that is listed is not derived again, a name that is taken becomes `port-<number>`, and if that
 * is taken too the port is left out (operator `service.go` and `container.go`, filterPort).
 */
export function joinedPorts<
  T extends { readonly name: string; readonly port: number; readonly protocol: string },
>(listed: readonly T[], derived: readonly T[]): readonly T[] {
  const numbers = new Set(listed.map((one) => `${one.port}/${one.protocol}`));
  const names = new Set(listed.map((one) => one.name));
  return [
    ...listed,
    ...derived.flatMap((one) => {
      if (numbers.has(`${one.port}/${one.protocol}`)) return [];
      if (!names.has(one.name)) return [one];
      const name = `port-${one.port}`;
      return names.has(name) ? [] : [{ ...one, name }];
    }),
  ];
}

import type { Distribution } from '../collector/distribution.ts';
import { LIMITS } from '../document/limits.ts';
import type { AnyValue, KeyValue } from './gen/anyvalue_pb.ts';
import type { AgentDescription } from './gen/opamp_pb.ts';
import type { AgentRecord, ClientKind } from './record.ts';
import { clientKind } from './client-kind.ts';

type Described = Pick<
  AgentRecord,
  | 'client'
  | 'sdk'
  | 'name'
  | 'type'
  | 'version'
  | 'distribution'
  | 'hostname'
  | 'os'
  | 'osDetails'
  | 'arch'
  | 'macAddress'
  | 'platform'
  | 'labels'
>;

/** Attribute namespaces that describe the machine and the process; everything else non-identifying is a label of the user. */
const MACHINE = /^(os|host|process|service|telemetry|cloud|container|device)\./;
/** Kubernetes label syntax (reference/bindplane.md §1.1). */
const LABEL_KEY = /^([a-z0-9A-Z.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * What an AgentDescription says, flattened. Labels come from `service.labels` ("a=b,c=d", BindPlane agent), from the
 * header of the upgrade (`headerLabels`, same form) and from attributes of the user's own; identifying attributes win.
 * Labels that break Kubernetes' rules are left out, as BindPlane does.
 */
export function readDescription(
  description: AgentDescription,
  capabilities: number,
  headerLabels: string,
): Described {
  const identifying = attributes(description.identifyingAttributes);
  const other = attributes(description.nonIdentifyingAttributes);
  const text = (...names: string[]): string => {
    for (const name of names) {
      const found = identifying.get(name) ?? other.get(name);
      if (found !== undefined && found !== '') return found;
    }
    return '';
  };
  const type = text('service.name');
  const sdk = text('telemetry.sdk.language', 'telemetry.sdk.name', 'telemetry.distro.name') !== '';
  const client = clientKind({ type, capabilities, sdk });
  const own = [...other].filter(([key]) => !MACHINE.test(key));
  const labels = validLabels([...own, ...labelPairs(headerLabels), ...labelPairs(text('service.labels'))]);
  return {
    client,
    sdk,
    name: text('service.instance.name', 'host.name', 'service.instance.id'),
    type,
    version: text('service.version').replace(/^v/, ''),
    distribution: distributionOf(type, client),
    hostname: text('host.name'),
    os: text('os.family', 'os.type'),
    osDetails: text('os.details', 'os.description'),
    arch: text('os.arch', 'host.arch'),
    macAddress: text('host.mac_address'),
    platform: labels['container-platform'] ?? text('os.family', 'os.type'),
    labels,
  };
}

function distributionOf(serviceName: string, client: ClientKind): Distribution {
  if (client === 'bindplane-agent') return 'bindplane-agent';
  const known: readonly Distribution[] = ['otelcol', 'otelcol-contrib', 'otelcol-k8s'];
  return known.find((name) => name === serviceName) ?? 'unknown';
}

/** Labels written as "a=b,c=d". */
function labelPairs(text: string): [string, string][] {
  return text
    .split(',')
    .map((part): [string, string] => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part.trim(), ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    })
    .filter(([key]) => key !== '');
}

function validLabels(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const valid = pairs.filter(([key, value]) => isLabel(key, value));
  return Object.fromEntries(valid.slice(-LIMITS.opamp.attributes));
}

/** Whether a pair is a label by Kubernetes' rules. */
export function isLabel(key: string, value: string): boolean {
  return LABEL_KEY.test(key) && LABEL_VALUE.test(value);
}

function attributes(list: readonly KeyValue[]): Map<string, string> {
  const known = list.slice(0, LIMITS.opamp.attributes);
  return new Map(
    known.map(({ key, value }) => [key, valueText(value).slice(0, LIMITS.opamp.attributeCharacters)]),
  );
}

function valueText(value: AnyValue | undefined): string {
  const held = value?.value.value;
  const isScalar = typeof held === 'string' || typeof held === 'bigint' || typeof held === 'number';
  return isScalar || typeof held === 'boolean' ? String(held) : '';
}

import type { SourceRange } from '../document/finding.ts';
import { at, entriesAt, entry, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import { commandWords } from './pods/config-arguments.ts';
import { stringsAt } from './references.ts';
import { placedFlag, placedNumber, placedWord } from './scalars.ts';
import type { ContainerSpec, Pod, PodPort, Probe, Quantities, Security, Volume } from './workload.ts';

/**
 * What the template of a workload says of its pods (Kubernetes API reference 1.34, PodTemplateSpec). What is absent in the manifest is
 * absent here: defaults belong to whoever asks.
 * @param node the whole object
 */
export function podOf(node: Node): Pod {
  const template = at(node, 'spec', 'template');
  const spec = at(template, 'spec');
  const account = placedWord(spec, 'serviceAccountName') ?? placedWord(spec, 'serviceAccount');
  const deprecated = entry(spec, 'serviceAccount')?.keyAt;
  const grace = placedNumber(spec, 'terminationGracePeriodSeconds');
  const labels = entry(at(template, 'metadata'), 'labels');
  const selector = entry(at(node, 'spec'), 'selector');
  const flags = (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((name) => {
    const flag = placedFlag(spec, name);
    return flag?.value === true ? [{ value: name, at: flag.at }] : [];
  });
  return {
    labels: labels === undefined ? {} : stringsAt(labels.value),
    ...(labels && { labelsAt: labels.keyAt }),
    annotations: template === undefined ? {} : stringsAt(template, 'metadata', 'annotations'),
    matchLabels: stringsAt(node, 'spec', 'selector', 'matchLabels'),
    ...(selector && { selectorAt: selector.keyAt }),
    ...(account && { serviceAccount: account }),
    ...(deprecated && { deprecatedAccountAt: deprecated }),
    host: flags,
    security: securityOf(at(spec, 'securityContext')),
    spread: itemsAt(spec, 'topologySpreadConstraints').map((constraint) => ({
      topologyKey: textAt(constraint, 'topologyKey') ?? '',
      matchLabels: stringsAt(constraint, 'labelSelector', 'matchLabels'),
      at: constraint.at,
    })),
    antiAffinity: antiAffinityOf(spec),
    tolerates: itemsAt(spec, 'tolerations').length > 0,
    chosenNodes: at(spec, 'nodeSelector') !== undefined || at(spec, 'affinity', 'nodeAffinity') !== undefined,
    ...(grace && { gracePeriodSeconds: grace }),
    volumes: [...itemsAt(spec, 'volumes').flatMap(volumeOf), ...claimsOf(node)],
    at: (entry(at(node, 'spec'), 'template')?.keyAt ?? node.at) satisfies SourceRange,
  };
}

function antiAffinityOf(spec: Node | undefined): readonly string[] {
  const affinity = at(spec, 'affinity', 'podAntiAffinity');
  return [
    ...itemsAt(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'),
    ...itemsAt(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').flatMap(
      (term) => at(term, 'podAffinityTerm') ?? [],
    ),
  ].flatMap((term) => textAt(term, 'topologyKey') ?? []);
}

function volumeOf(node: Node): readonly Volume[] {
  const name = textAt(node, 'name');
  if (name === undefined) return [];
  const source = entriesAt(node).find(({ key }) => key !== 'name');
  const path = placedWord(source?.value, 'path');
  const type = textAt(source?.value, 'type');
  const of =
    textAt(source?.value, 'name') ??
    textAt(source?.value, 'claimName') ??
    textAt(source?.value, 'secretName');
  return [
    {
      name,
      kind: source?.key ?? 'emptyDir',
      ...(of !== undefined && { of }),
      ...(source?.key === 'hostPath' && path && { path }),
      ...(source?.key === 'hostPath' && type !== undefined && { type }),
      at: node.at,
    },
  ];
}

/** Each pod of a StatefulSet has a claim of its own for every template. */
function claimsOf(node: Node): readonly Volume[] {
  return itemsAt(node, 'spec', 'volumeClaimTemplates').flatMap((claim) => {
    const name = textAt(claim, 'metadata', 'name');
    return name === undefined ? [] : [{ name, kind: 'volumeClaimTemplate', at: claim.at }];
  });
}

/** What a container's entry says beside name, image and environment. */
export function containerSpecOf(node: Node): ContainerSpec {
  const words = commandWords(node);
  return {
    command: words.map(({ value }) => value),
    commandAt: words.map(({ at: place }) => place),
    requests: quantitiesAt(node, 'requests'),
    limits: quantitiesAt(node, 'limits'),
    ports: itemsAt(node, 'ports').flatMap(portOf),
    probes: (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((kind) =>
      probeOf(node, kind),
    ),
    mounts: itemsAt(node, 'volumeMounts').flatMap((mount) => {
      const volume = textAt(mount, 'name');
      const path = textAt(mount, 'mountPath')?.replace(/(?<=.)\/+$/, '');
      if (volume === undefined || path === undefined) return [];
      const readOnly = placedFlag(mount, 'readOnly')?.value === true;
      return [{ volume, path, subPath: textAt(mount, 'subPath') !== undefined, readOnly, at: mount.at }];
    }),
    security: securityOf(at(node, 'securityContext')),
    at: entry(node, 'name')?.value.at ?? node.at,
  };
}

function quantitiesAt(node: Node, field: 'requests' | 'limits'): Quantities {
  const quantity = (name: 'cpu' | 'memory'): Quantities => {
    const found = at(node, 'resources', field, name);
    if (found?.kind !== 'scalar' || found.value === null) return {};
    return { [name]: { value: String(found.value), at: found.at } };
  };
  return { ...quantity('cpu'), ...quantity('memory') };
}

function portOf(node: Node): readonly PodPort[] {
  const port = placedNumber(node, 'containerPort');
  if (port === undefined) return [];
  const name = textAt(node, 'name');
  const hostPort = placedNumber(node, 'hostPort');
  return [
    {
      ...(name !== undefined && { name }),
      port: port.value,
      protocol: textAt(node, 'protocol') ?? 'TCP',
      ...(hostPort && { hostPort }),
      at: port.at,
    },
  ];
}

function probeOf(container: Node, kind: Probe['kind']): readonly Probe[] {
  const probe = entry(container, kind);
  if (probe === undefined) return [];
  const action = ['httpGet', 'tcpSocket', 'grpc', 'exec'].find(
    (name) => entry(probe.value, name) !== undefined,
  );
  const port = at(probe.value, action ?? '', 'port');
  const path = textAt(probe.value, action ?? '', 'path');
  return [
    {
      kind,
      action: action ?? '',
      ...(path !== undefined && { path }),
      ...(port?.kind === 'scalar' &&
        (typeof port.value === 'number' || typeof port.value === 'string') && { port: port.value }),
      at: port?.at ?? probe.keyAt,
    },
  ];
}

function securityOf(node: Node | undefined): Security {
  const flag = (name: string): object => {
    const found = placedFlag(node, name);
    return found === undefined ? {} : { [name]: found };
  };
  const number = (name: string): object => {
    const found = placedNumber(node, name);
    return found === undefined ? {} : { [name]: found };
  };
  const words = (...path: readonly string[]): readonly string[] =>
    itemsAt(node, ...path).flatMap((item) => (item.kind === 'scalar' ? [String(item.value)] : []));
  return {
    ...flag('privileged'),
    ...flag('runAsNonRoot'),
    ...flag('readOnlyRootFilesystem'),
    ...flag('allowPrivilegeEscalation'),
    ...number('runAsUser'),
    ...number('runAsGroup'),
    ...number('fsGroup'),
    groups: words('supplementalGroups'),
    added: words('capabilities', 'add'),
    dropped: words('capabilities', 'drop'),
    seccomp: at(node, 'seccompProfile') !== undefined,
  };
}

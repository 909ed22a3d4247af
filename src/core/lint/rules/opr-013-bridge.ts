import { COMPONENT_CLASSES, componentType } from '../../collector/component-id.ts';
import type { ComponentClass } from '../../collector/component-id.ts';
import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import { at, entriesAt, entry, itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { LintInput, Rule } from '../rule.ts';

export const bridgeRule: Rule = {
  id: 'OPR-013',
  severity: 'error',
  summary: 'An OpAMP bridge without an endpoint that it can use, with an unknown capability or component',
  docs: 'The operator refuses a bridge without `endpoint` or `capabilities`, and the cluster one with more than one replica (errors). The bridge speaks WebSocket (`ws`, `wss`) or HTTP (`http`, `https`). A capability that OpAMP does not have is never told to the server, and a component type in `componentsAllowed` that no collector has allows nothing (warnings). A bridge that takes remote configs for all components lets the server use any of them: a notice.',
  check: (input) =>
    objectsOfKind(input, ['OpAMPBridge'])
      .filter(({ apiVersion }) => apiVersion.startsWith('opentelemetry.io/'))
      .flatMap((bridge) => [
        ...endpointFindings(bridge),
        ...capabilityFindings(bridge),
        ...componentFindings(bridge, input),
        ...replicaFindings(bridge),
      ]),
};

const SCHEMES: readonly string[] = ['ws', 'wss', 'http', 'https'];

/** Bits of AgentCapabilities (OpAMP 0.20), without their prefix. */
const CAPABILITIES: readonly string[] = [
  'ReportsStatus',
  'AcceptsRemoteConfig',
  'ReportsEffectiveConfig',
  'AcceptsPackages',
  'ReportsPackageStatuses',
  'ReportsOwnTraces',
  'ReportsOwnMetrics',
  'ReportsOwnLogs',
  'AcceptsOpAMPConnectionSettings',
  'AcceptsOtherConnectionSettings',
  'AcceptsRestartCommand',
  'ReportsHealth',
  'ReportsRemoteConfig',
  'ReportsHeartbeat',
  'ReportsAvailableComponents',
  'ReportsConnectionSettingsStatus',
];

function tell(
  bridge: ManifestNode,
  severity: Finding['severity'],
  said: string,
  place: Node | undefined,
  operator?: string,
): Finding {
  return {
    rule: bridgeRule.id,
    severity,
    message: `OpAMPBridge \`${bridge.name}\` ${said}`,
    at: place?.at ?? bridge.at,
    ...(operator !== undefined && { otelcolMessage: operator }),
  };
}

function endpointFindings(bridge: ManifestNode): readonly Finding[] {
  const node = at(bridge.node, 'spec', 'endpoint');
  const text = textAt(bridge.node, 'spec', 'endpoint') ?? '';
  if (text.trim() === '') {
    const said = 'names no `endpoint`: the operator refuses it';
    return [tell(bridge, 'error', said, node, 'the OpAMP server endpoint is not specified')];
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && SCHEMES.includes(scheme)) return [];
  const how = scheme === undefined ? 'has no scheme' : `has the scheme \`${scheme}\``;
  return [
    tell(bridge, 'error', `cannot connect: its endpoint ${how}, and it speaks ws, wss, http or https`, node),
  ];
}

function capabilityFindings(bridge: ManifestNode): readonly Finding[] {
  const entries = entriesAt(bridge.node, 'spec', 'capabilities');
  const node = at(bridge.node, 'spec', 'capabilities');
  if (entries.length === 0) {
    const said = 'names no `capabilities`: the operator refuses it';
    return [
      tell(bridge, 'error', said, node, 'the capabilities supported by OpAMP Bridge are not specified'),
    ];
  }
  return entries.flatMap(({ key, keyAt }): readonly Finding[] => {
    if (CAPABILITIES.includes(key)) return [];
    const meant = closest(key, CAPABILITIES);
    const hint = meant === undefined ? '' : `, did you mean \`${meant}\`?`;
    return [
      {
        ...tell(bridge, 'warning', `names the capability \`${key}\`, which OpAMP does not have${hint}`, node),
        at: keyAt,
      },
    ];
  });
}

function componentFindings(bridge: ManifestNode, { catalogue }: LintInput): readonly Finding[] {
  const allowed = entry(at(bridge.node, 'spec'), 'componentsAllowed');
  if (allowed === undefined) {
    const takes = entriesAt(bridge.node, 'spec', 'capabilities').find(
      ({ key, value }) => key === 'AcceptsRemoteConfig' && value.kind === 'scalar' && value.value === true,
    );
    if (takes === undefined) return [];
    const said =
      'takes remote configs with every component: no `componentsAllowed` limits what a server may start';
    return [{ ...tell(bridge, 'notice', said, undefined), at: takes.keyAt }];
  }
  return entriesAt(bridge.node, 'spec', 'componentsAllowed').flatMap(({ key, keyAt, value }) => {
    const section = COMPONENT_CLASSES.find((known) => known === key);
    if (section === undefined) {
      const said = `allows \`${key}\`, which is no section of a collector config`;
      return [{ ...tell(bridge, 'warning', said, value), at: keyAt }];
    }
    return itemsAt(value).flatMap((item) => unknownType(bridge, section, item, catalogue));
  });
}

/** The newest version that the catalogue knows stands for all. */
const NEWEST = '0.158.0';

/** Only what is spelt almost like a component is told: a bridge may belong to collectors of somebody's own. */
function unknownType(
  bridge: ManifestNode,
  section: ComponentClass,
  item: Node,
  catalogue: LintInput['catalogue'],
): readonly Finding[] {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
  const type = componentType(item.value);
  if (catalogue.component('otelcol-contrib', NEWEST, section, type).verdict === 'present') return [];
  const verdict = catalogue.component('otelcol-k8s', NEWEST, section, type);
  const meant =
    verdict.verdict === 'absent' && verdict.reason === 'not-included' ? verdict.suggestion : undefined;
  if (meant === undefined) return [];
  const said = `allows ${section.slice(0, -1)} \`${item.value}\`, which no collector known here has, did you mean \`${meant}\`?`;
  return [tell(bridge, 'warning', said, item)];
}

function replicaFindings(bridge: ManifestNode): readonly Finding[] {
  const node = at(bridge.node, 'spec', 'replicas');
  if (node?.kind !== 'scalar' || typeof node.value !== 'number' || node.value <= 1) return [];
  return [
    tell(
      bridge,
      'error',
      `wants ${node.value} replicas, and a bridge can only be one: the cluster refuses it`,
      node,
    ),
  ];
}

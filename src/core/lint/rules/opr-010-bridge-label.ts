import type { Finding } from '../../document/finding.ts';
import { entriesAt } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { WrittenCollector } from '../collector-resources.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const bridgeLabelRule: Rule = {
  id: 'OPR-010',
  severity: 'notice',
  summary:
    'A collector resource beside an OpAMP bridge that the bridge does not see, or a label that it does not understand',
  docs: 'The bridge reports resources with the label `opentelemetry.io/opamp-reporting: "true"`, and lets the server change those with `opentelemetry.io/opamp-managed`, which is `"true"` for any bridge or the name of one. A resource without either is invisible to the server.',
  check: (input) => {
    const bridges = objectsOfKind(input, ['OpAMPBridge']).filter(({ apiVersion }) =>
      apiVersion.startsWith('opentelemetry.io/'),
    );
    if (bridges.length === 0) return [];
    return writtenCollectors(input).flatMap((collector) => [
      ...unseen(collector, bridges),
      ...misunderstood(collector, bridges),
    ]);
  },
};

const REPORTING = 'opentelemetry.io/opamp-reporting';
const MANAGED = 'opentelemetry.io/opamp-managed';

function folder(file: string): string {
  return file.replace(/[^/]*$/, '');
}

/** Only what stands in the folder of a bridge: other resources may be meant to stay out. */
function unseen(collector: WrittenCollector, bridges: readonly ManifestNode[]): readonly Finding[] {
  const labels = entriesAt(collector.node, 'metadata', 'labels').map(({ key }) => key);
  const beside = bridges.find(
    ({ at, namespace }) => namespace === collector.namespace && folder(at.file) === folder(collector.at.file),
  );
  if (beside === undefined || labels.includes(REPORTING) || labels.includes(MANAGED)) return [];
  return [
    {
      rule: bridgeLabelRule.id,
      severity: 'notice',
      message: `OpAMPBridge \`${beside.name}\` neither reports nor manages OpenTelemetryCollector \`${collector.name}\`: it has no label \`${REPORTING}\` or \`${MANAGED}\``,
      at: collector.at,
      related: [{ message: `OpAMPBridge ${beside.name}`, at: beside.at }],
    },
  ];
}

function misunderstood(
  { node, name }: WrittenCollector,
  bridges: readonly ManifestNode[],
): readonly Finding[] {
  return entriesAt(node, 'metadata', 'labels').flatMap(({ key, value }): readonly Finding[] => {
    if (key !== REPORTING && key !== MANAGED) return [];
    const text = value.kind === 'scalar' && typeof value.value === 'string' ? value.value : '';
    const known = ['true', 'false', ...(key === MANAGED ? bridges.map((bridge) => bridge.name) : [])];
    if (known.includes(text)) return [];
    const wanted = key === MANAGED ? '`"true"` or the name of a bridge' : '`"true"`';
    return [
      {
        rule: bridgeLabelRule.id,
        severity: 'notice',
        message: `the label \`${key}\` of OpenTelemetryCollector \`${name}\` must be ${wanted}${text === '' ? '' : `; no bridge of these files is called \`${text}\``}`,
        at: value.at,
      },
    ];
  });
}

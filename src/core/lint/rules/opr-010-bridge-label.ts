import type { Finding } from '../../document/finding.ts';
import { entriesAt } from '../../document/node.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { WrittenCollector } from '../collector-resources.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { ManifestNode } from '../manifest-nodes.ts';
import { codes } from '../pipeline-parts.ts';
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
    const collectors = writtenCollectors(input);
    return [
      ...unseen(collectors, bridges),
      ...collectors.flatMap((collector) => misunderstood(collector, bridges)),
    ];
  },
};

const REPORTING = 'opentelemetry.io/opamp-reporting';
const MANAGED = 'opentelemetry.io/opamp-managed';

function folder(file: string): string {
  return file.replace(/[^/]*$/, '');
}

/** Only what stands in the folder of a bridge: other resources may be meant to stay out. A bridge is told once. */
function unseen(
  collectors: readonly WrittenCollector[],
  bridges: readonly ManifestNode[],
): readonly Finding[] {
  const invisible = collectors.flatMap((collector) => {
    const labels = entriesAt(collector.node, 'metadata', 'labels').map(({ key }) => key);
    if (labels.includes(REPORTING) || labels.includes(MANAGED)) return [];
    const beside = bridges.find(
      ({ at, namespace }) =>
        namespace === collector.namespace && folder(at.file) === folder(collector.at.file),
    );
    return beside === undefined ? [] : [{ collector, bridge: beside }];
  });
  return [...Map.groupBy(invisible, ({ bridge }) => bridge)].flatMap(([bridge, all]): readonly Finding[] => {
    const [first, ...others] = all.map(({ collector }) => collector);
    if (first === undefined) return [];
    const words = names([...new Set([first, ...others].map(({ name }) => name))]);
    const they = others.length === 0 ? 'it has' : 'they have';
    return [
      {
        rule: bridgeLabelRule.id,
        severity: 'notice',
        message: `OpAMPBridge \`${bridge.name}\` neither reports nor manages OpenTelemetryCollector ${words}: ${they} no label \`${REPORTING}\` or \`${MANAGED}\``,
        at: first.at,
        related: [
          { message: `OpAMPBridge ${bridge.name}`, at: bridge.at },
          ...others.map(({ name, at }) => ({ message: name, at })),
        ],
      },
    ];
  });
}

/** How many resources one sentence names. */
const NAMED = 3;

function names(all: readonly string[]): string {
  const more = all.length - NAMED;
  return `${codes(all.slice(0, NAMED))}${more > 0 ? ` and ${more} more` : ''}`;
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

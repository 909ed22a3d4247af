import { compareText } from '../document/finding.ts';
import type { Finding } from '../document/finding.ts';
import { entry } from '../document/node.ts';
import type { CollectorKey } from '../fleet/config-key.ts';
import { renderRelease } from '../kubernetes/helm/render-release.ts';
import type { RenderedCollector } from '../kubernetes/rendered-collector.ts';
import type { DeliveredCollector } from './collectors.ts';
import { NEWEST_KUBE_STACK } from './helm-installations.ts';
import type { HelmInstallation } from './helm-installations.ts';

/**
 * The collectors that releases bring. Without a version of the chart the newest rules known here apply, and the collector says so. Two
 * collectors of one release with one name are a finding `HLM-011`.
 */
export function helmCollectors(installations: readonly HelmInstallation[]): readonly DeliveredCollector[] {
  return installations.flatMap((one): readonly DeliveredCollector[] => {
    const { collectors, unrendered, assumed } = renderRelease({
      files: one.files,
      release: one.release,
      chart: one.chart,
      ...(one.ownValues && { ownValues: one.ownValues }),
    });
    // A chart of which nothing is rendered is still there, with the reason.
    const shown = collectors.length > 0 ? collectors : unrendered.length > 0 ? [blank(one)] : [];
    const twice = sameNames(shown);
    return shown.map((collector, index): DeliveredCollector => {
      const part = shown.length > 1 ? `#${collector.workload?.name ?? index}` : '';
      const again = twice.has(collector) ? `-${index}` : '';
      const key: CollectorKey = `HelmValues/${one.id}${part}${again}`;
      const told = {
        ...collector,
        findings: [...collector.findings, ...(twice.get(collector) ?? [])],
        unrendered: [...one.unread, ...unrendered, ...collector.unrendered],
        ...(assumed !== undefined && { assumed: [...assumed, ...(collector.assumed ?? [])] }),
      };
      return { key, by: 'helm', collector: lessSure(withDoubts(told, one)) };
    });
  });
}

/** What is refused by a version of a chart that was only taken for granted may be taken by the one that is installed. */
function lessSure(collector: RenderedCollector): RenderedCollector {
  if ((collector.assumed?.length ?? 0) === 0) return collector;
  const findings = collector.findings.map((finding) =>
    finding.severity === 'error'
      ? { ...finding, severity: 'warning' as const, certainty: 'likely' as const }
      : finding,
  );
  return { ...collector, findings };
}

/** Collectors of one release whose objects would have the names of those of another one before them. */
function sameNames(
  collectors: readonly RenderedCollector[],
): ReadonlyMap<RenderedCollector, readonly Finding[]> {
  const seen = new Map<string, RenderedCollector>();
  const found = new Map<RenderedCollector, readonly Finding[]>();
  for (const collector of collectors.toSorted((a, b) => compareText(a.title, b.title))) {
    const { workload } = collector;
    const id = workload && `${workload.kind}/${workload.namespace}/${workload.name}`;
    const first = id === undefined ? undefined : seen.get(id);
    if (id !== undefined && first === undefined) seen.set(id, collector);
    if (workload === undefined || first === undefined) continue;
    found.set(collector, [
      {
        rule: 'HLM-011',
        severity: 'error',
        message: `Two collectors of this release are both called ${workload.kind} \`${workload.name}\`: give one of them another \`fullnameOverride\` (or \`suffix\`)`,
        at: collector.at,
        related: [{ message: first.title, at: first.at }],
      },
    ]);
  }
  return found;
}

function blank({ id, at, release }: HelmInstallation): RenderedCollector {
  return {
    title: `Helm release with ${id}`,
    namespace: release.namespace,
    args: [],
    distribution: 'unknown',
    ports: [],
    services: [],
    findings: [],
    unrendered: [],
    at,
  };
}

/** What is not sure where no Chart.yaml says what is installed. A chart above the collector's may well set what its values lack. */
function withDoubts(
  collector: RenderedCollector,
  { kind, files, isChartKnown, unread }: HelmInstallation,
): RenderedCollector {
  // What is missing may stand in values that are not read.
  const known = unread.length === 0 ? collector : without(collector, 'HLM-002');
  if (isChartKnown) return known;
  if (kind === 'kube-stack') {
    const sentence = `The version of the kube-stack chart is not known; rendered as ${NEWEST_KUBE_STACK}.`;
    return { ...known, assumed: [sentence, ...(known.assumed ?? [])] };
  }
  const isDemo = files.some((root) => entry(root, 'components') !== undefined);
  if (kind !== 'parent' || isDemo) return known;
  return {
    ...without(known, 'HLM-002'),
    unrendered: [
      'No file says which chart these values are for, so what that chart sets itself is not in it.',
      ...known.unrendered,
    ],
  };
}

function without(collector: RenderedCollector, rule: string): RenderedCollector {
  return { ...collector, findings: collector.findings.filter((finding) => finding.rule !== rule) };
}

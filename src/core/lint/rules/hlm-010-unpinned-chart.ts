import type { Finding, SourceRange } from '../../document/finding.ts';
import { COLLECTOR_CHART } from '../../kubernetes/helm/collector-chart.ts';
import { isExactVersion } from '../../kubernetes/helm/chart-use.ts';
import type { HelmChart } from '../../resources/formats/format.ts';
import type { HelmInstallation } from '../../resources/helm-installations.ts';
import type { Rule } from '../rule.ts';

export const unpinnedChartRule: Rule = {
  id: 'HLM-010',
  severity: 'warning',
  summary: 'A chart whose version no file pins',
  docs: 'Charts rename components and change defaults with every few releases (the demo chart 0.41 renamed the exporters that overrides name), so the same values install something else tomorrow, and no review shows it. Write the version: `--version`, `targetRevision`, `spec.chart.spec.version`; for a dependency with a range commit Chart.lock. Values without any word about their chart get a notice: they are checked against the newest chart known here.',
  check: ({ head }) => [
    ...head.repository.helmInstallations.flatMap(unpinned),
    ...unnamed(head.repository.helmInstallations),
    ...head.repository.helmCharts.flatMap(ranges),
  ],
};

function unpinned({ use, chart }: HelmInstallation): readonly Finding[] {
  if (use === undefined || use.isPinned) return [];
  const flag = {
    command: '`--version`',
    argo: '`targetRevision`',
    flux: '`version`',
    kustomize: '`version`',
  }[use.by];
  const now =
    use.chart.version === undefined ? 'names no version' : `takes any version of \`${use.chart.version}\``;
  return [
    {
      rule: unpinnedChartRule.id,
      severity: 'warning',
      message: `${use.title} ${now} of chart \`${chart.name}\`: each run may install another one; set ${flag} to one version`,
      at: use.versionAt,
    },
  ];
}

/** Values that nobody installs as far as the files say: told once for each chart. */
function unnamed(installations: readonly HelmInstallation[]): readonly Finding[] {
  const values = installations.filter(({ use, isChartKnown }) => use === undefined && !isChartKnown);
  const charts = Map.groupBy(values, ({ kind, chart }) =>
    kind === 'parent' && chart.name === 'CHART' ? 'the chart' : `chart \`${chart.name}\``,
  );
  return [...charts].flatMap(([name, [first, ...others]]): readonly Finding[] => {
    if (first === undefined) return [];
    const and =
      others.length === 0
        ? ''
        : `, nor those in ${others.length} other ${others.length === 1 ? 'file' : 'files'}`;
    return [
      {
        rule: unpinnedChartRule.id,
        severity: 'notice',
        message: `no file says which version of ${name} these values are for${and}`,
        at: start(first.at),
        ...(others.length > 0 && {
          related: others.map(({ id, at }) => ({ message: id, at: start(at) })),
        }),
      },
    ];
  });
}

function start(at: SourceRange): SourceRange {
  return { ...at, endLine: at.line, endColumn: at.column + 1 };
}

function ranges({ chart, at }: HelmChart): readonly Finding[] {
  return chart.dependencies
    .filter(({ name, version }) => name === COLLECTOR_CHART && !isExactVersion(version))
    .map(({ name, version }) => ({
      rule: unpinnedChartRule.id,
      severity: 'notice',
      message: `chart \`${chart.name}\` takes ${version === undefined ? 'any version' : `any version in \`${version}\``} of \`${name}\`; unless Chart.lock is committed each build may take another`,
      at: { ...at, endLine: at.line, endColumn: at.column + 1 },
    }));
}

import type { YamlDocument } from '../document/yaml.ts';
import { argoCharts } from '../kubernetes/helm/argo-application.ts';
import type { ChartUse } from '../kubernetes/helm/chart-use.ts';
import { fluxCharts } from '../kubernetes/helm/flux-release.ts';
import { helmCommand } from '../kubernetes/helm/helm-command.ts';
import type { Kustomization } from '../kubernetes/kustomization.ts';
import type { Script } from './script.ts';

/**
 * Every installation of a chart that the repository asks for: by Argo CD, by Flux, by a kustomization, by a command in a script. Several scripts may install
 * the same release; it is there once, as the one that names a version says it.
 */
export function chartUses(
  manifestDocuments: readonly YamlDocument[],
  scripts: readonly Script[],
  kustomizations: readonly Kustomization[],
): readonly ChartUse[] {
  const roots = manifestDocuments.map(({ root }) => root);
  return [
    ...roots.flatMap(argoCharts),
    ...fluxCharts(roots),
    ...kustomizations.flatMap(({ charts }) => charts),
    ...distinct(
      scripts.flatMap(({ commands, place }) =>
        commands.flatMap((command) => helmCommand(command, place)?.use ?? []),
      ),
    ),
  ];
}

function distinct(uses: readonly ChartUse[]): readonly ChartUse[] {
  const groups = Map.groupBy(uses, ({ chart, release, namespace, files }) =>
    JSON.stringify([chart.name, release, namespace, files]),
  );
  return [...groups.values()].flatMap(
    (same) => same.find(({ chart }) => chart.version !== undefined) ?? same[0] ?? [],
  );
}

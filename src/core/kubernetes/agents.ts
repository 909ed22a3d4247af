import { imageContent } from './image.ts';
import type { AgentWorkload, Container, Placed, Workload } from './workload.ts';

/**
 * The agents a workload runs: containers (not init containers) with a BindPlane agent's image, or told where an OpAMP server is.
 * Environment: OPAMP_ENDPOINT, OPAMP_LABELS, CONFIG_YAML_PATH, MANAGER_YAML_PATH (BindPlane agent `cmd/collector/main.go`).
 */
export function agentsOf(workload: Workload): readonly AgentWorkload[] {
  return workload.containers.flatMap((container) => {
    if (container.init) return [];
    const content = imageContent(container.image?.value ?? '');
    const endpoint = variable(container, 'OPAMP_ENDPOINT');
    const labels = variable(container, 'OPAMP_LABELS');
    const told = container.env.some(({ name }) => name === 'OPAMP_ENDPOINT' || name === 'OPAMP_LABELS');
    if (content.distribution !== 'bindplane-agent' && !told) return [];
    const configPath = variable(container, 'CONFIG_YAML_PATH');
    const managerPath = variable(container, 'MANAGER_YAML_PATH');
    return [
      {
        workload,
        container,
        distribution: content.distribution,
        ...(content.version === undefined ? {} : { version: content.version }),
        labels: parseLabels(labels?.value ?? ''),
        ...(labels === undefined ? {} : { labelsAt: labels.at }),
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(configPath === undefined ? {} : { configPath }),
        ...(managerPath === undefined ? {} : { managerPath }),
      },
    ];
  });
}

/** `a=b,c=d` as a map. Spaces around names and values do not count; a part without `=` or without a name is left out. */
function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').flatMap((part) => {
      const equals = part.indexOf('=');
      const name = part.slice(0, Math.max(equals, 0)).trim();
      return name === '' ? [] : [[name, part.slice(equals + 1).trim()]];
    }),
  );
}

/** The parts of a label text that {@link parseLabels} leaves out; an empty text has none. */
export function malformedLabelParts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part.indexOf('=') <= 0);
}

/** The literal value of a variable; the last one wins, as in a pod. */
function variable(container: Container, name: string): Placed<string> | undefined {
  return container.env.findLast((candidate) => candidate.name === name)?.value;
}

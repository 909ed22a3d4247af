import type { ComponentCatalogue } from '../collector/catalogue.ts';
import { COMPONENT_CLASSES, componentType } from '../collector/component-id.ts';
import type { CollectorError } from '../collector/errors/collector-error.ts';
import type { Fix } from '../document/finding.ts';

/** What the catalogue adds to an error: a clause for the message, and ways out. */
export interface Knowledge {
  readonly clause: string;
  readonly fixes: readonly Fix[];
}

/**
 * Version knowledge about the key or component of an error. `path` is where the error stands in the config (else the error's own path).
 * Undefined when the catalogue knows nothing about it.
 */
export function knowledgeOf(
  error: CollectorError,
  path: readonly string[],
  catalogue: ComponentCatalogue,
): Knowledge | undefined {
  const section = COMPONENT_CLASSES.find((name) => name === path[0]);
  const type = section === undefined ? undefined : componentType(path[1] ?? '');
  if (
    error.family === 'invalid-keys' &&
    error.key !== undefined &&
    error.path.at(-2)?.split('.').at(-1) === 'metrics'
  ) {
    return metricKnowledge(error.key, section === 'receivers' ? type : undefined, catalogue);
  }
  if (error.family === 'invalid-keys' && error.key === path.at(-1)) return fieldClause(path, catalogue);
  if (error.family !== 'unknown-type' || section === undefined || type === undefined) return undefined;
  const known = catalogue.componentKnowledge(section, type);
  if (known === undefined) return undefined;
  if ('oldName' in known) {
    const clause = `the name is known since ${versions(known.since, known.agentSince)}; before, it is \`${known.oldName}\``;
    return { clause, fixes: [{ title: `write \`${known.oldName}\`` }, raise(known.since, known.agentSince)] };
  }
  const clause = `removed after collector ${known.last}${known.instead === undefined ? '' : `; ${known.instead}`}`;
  return { clause, fixes: known.instead === undefined ? [] : [{ title: known.instead }] };
}

function metricKnowledge(
  metric: string,
  type: string | undefined,
  catalogue: ComponentCatalogue,
): Knowledge | undefined {
  const known = catalogue.metricKnowledge(metric, type)[0];
  if (known?.since !== undefined) {
    return {
      clause: `known since ${versions(known.since, known.agentSince)}`,
      fixes: [{ title: 'switch the metric off' }, raise(known.since, known.agentSince)],
    };
  }
  if (known?.last === undefined) return undefined;
  const instead = known.instead === undefined ? '' : `; use \`${known.instead}\``;
  return { clause: `gone after collector ${known.last}${instead}`, fixes: [{ title: 'remove the metric' }] };
}

function fieldClause(path: readonly string[], catalogue: ComponentCatalogue): Knowledge | undefined {
  const known = catalogue.fieldKnowledge(path);
  if (known === undefined) return undefined;
  if (known.suggestion !== undefined) {
    return {
      clause: `did you mean \`${known.suggestion}\`?`,
      fixes: [{ title: `write \`${known.suggestion}\`` }],
    };
  }
  if (known.last !== undefined) {
    const instead = known.instead === undefined ? '' : `; ${known.instead}`;
    return {
      clause: `gone after collector ${known.last}${instead}`,
      fixes: [{ title: known.instead ?? 'remove the key' }],
    };
  }
  if (known.since === undefined) return undefined;
  const roughly = known.latest === true ? ' at the latest' : '';
  return {
    clause: `known since ${versions(known.since, known.agentSince)}${roughly}`,
    fixes: [{ title: 'remove the key' }, raise(known.since, known.agentSince)],
  };
}

function versions(collector: string, agent: string | undefined): string {
  return `collector ${collector}${agent === undefined ? '' : ` (BindPlane agent ${agent})`}`;
}

function raise(collector: string, agent: string | undefined): Fix {
  return { title: `run a newer agent: at least ${versions(collector, agent)}` };
}

import { emitYaml } from '../document/emit.ts';
import { goKeyOrder } from '../document/go-key-order.ts';
import { isMap, type JsonMap } from '../document/node.ts';
import type { Assembly } from './assemble.ts';
import { SECTION_CLASSES } from './types.ts';

/** What the header says, and what is missing from the text. */
export interface HeaderFacts {
  readonly name: string;
  readonly version: number;
  readonly product: string;
  readonly unrendered: readonly string[];
}

/** The config as a server writes it: header, sections in the server's order, everything else sorted, 4 spaces a level. */
export function configText(assembly: Assembly, facts: HeaderFacts): string {
  const header = [
    `# This configuration is managed by ${facts.product}.`,
    `# Configuration: ${facts.name}:${facts.version}`,
    ...facts.unrendered.map((sentence) => `# Not in this text: ${sentence.replaceAll(/[\r\n]+/g, ' ')}`),
  ];
  const { service, ...components } = assembly.tree;
  const sections =
    Object.keys(components).length === 0 ? '' : emitYaml(components, { topLevelOrder: SECTION_CLASSES });
  return `${header.join('\n')}\n${sections}${isMap(service) ? serviceText(service) : ''}`;
}

/** `service`, whose pipelines and telemetry keep the order of a Go struct: receivers, processors, exporters; readers, level. */
function serviceText(service: JsonMap): string {
  const { extensions, pipelines, telemetry } = service;
  const lines = ['service:'];
  if (extensions !== undefined) lines.push(...indented(emitYaml({ extensions }), 4));
  lines.push('    pipelines:');
  const byId = isMap(pipelines) ? pipelines : {};
  for (const id of Object.keys(byId).sort(goKeyOrder)) {
    const pipeline = byId[id];
    if (!isMap(pipeline)) continue;
    lines.push(...indented(emitYaml({ [id]: null }).replace(/ null\n$/, '\n'), 8));
    for (const part of ['receivers', 'processors', 'exporters']) {
      lines.push(...indented(emitYaml({ [part]: pipeline[part] ?? null }), 12));
    }
  }
  const metrics = isMap(telemetry) ? telemetry['metrics'] : undefined;
  if (metrics !== undefined) {
    lines.push('    telemetry:', '        metrics:');
    lines.push(...indented(emitYaml(metrics, { topLevelOrder: ['readers', 'level'] }), 12));
  }
  return `${lines.join('\n')}\n`;
}

function indented(text: string, spaces: number): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line);
}

/**
 * What a server sends when no source and destination share a signal: fixed text, no header (recorded from bindplane 1.35.0). It is not
 * our choice of words; agents get exactly this.
 */
export const NO_OP_TEXT = `# This minimal configuration is applied when a configuration
# results in a partial configuration with no pipelines.
#
# This can occur if there are only sources or only destinations
# or if there are sources and destinations but no pipelines can
# be formed because they support different types of telemetry.
#
# This configuration is designed to put a minimal load on the
# collector until a time when a new configuration is available.
# Currently the collector will refuse to run with an empty
# configuration, so instead this configuration is used.

receivers:
  hostmetrics:
    collection_interval: 1h
    scrapers:
      load:
      memory:

processors:
  batch:

exporters:
  logging:
    loglevel: info

service:
  pipelines:
    metrics:
      receivers: [hostmetrics]
      processors: [batch]
      exporters: [logging]
`;

import { isMap, type Json, type JsonMap, plain } from '../../../src/core/document/node.ts';
import { parseYaml } from '../../../src/core/document/yaml.ts';
import { ACCEPTED, type Accepted } from './accepts.ts';

/** The sentence that every line of a simulated agent carries. */
export const SIMULATED_NOTE = 'simulated; keys from the changelog, text as otelcol prints it';

const DECODE = 'decoding failed due to the following error(s):';
const WRAPPER =
  'Failed to apply config changes: failed to reload config: collector.yaml: collector failed to restart: ';

/**
 * What a BindPlane agent of this version would answer to a config: undefined when it takes it, else its error text in the
 * shape that collector 0.121 and later print (one quoted line an error under the sentence "decoding failed …").
 */
export function judge(config: string, version: string): string | undefined {
  const accepted = ACCEPTED[version];
  if (accepted === undefined) return undefined;
  const parsed = parseYaml('collector.yaml', config);
  const tree = plain(parsed.documents[0]?.root);
  if (parsed.findings.some((finding) => finding.severity === 'error') || !isMap(tree)) {
    return `${WRAPPER}failed to get config: cannot resolve the configuration: retrieved value (type=string) cannot be used as a Conf`;
  }
  const errors = [...unknownTypes(tree, accepted), ...unknownMetrics(tree, accepted)];
  if (errors.length === 0) return undefined;
  return `${WRAPPER}failed to get config: cannot unmarshal the configuration: ${DECODE}\n\n${errors.join('\n')}`;
}

function unknownTypes(tree: JsonMap, accepted: Accepted): string[] {
  return Object.entries(accepted.types).flatMap(([section, types]) =>
    Object.keys(sectionOf(tree, section))
      .filter((id) => !types.includes(typeOf(id)))
      .map(
        (id) =>
          `'${section}' unknown type: "${typeOf(id)}" for id: "${id}" (valid values: [${types.join(' ')}])`,
      ),
  );
}

function unknownMetrics(tree: JsonMap, accepted: Accepted): string[] {
  return Object.entries(sectionOf(tree, 'receivers')).flatMap(([id, body]) => {
    const known = accepted.metrics[typeOf(id)];
    const metrics = isMap(body) ? body['metrics'] : undefined;
    if (known === undefined || !isMap(metrics)) return [];
    const unknown = Object.keys(metrics).filter((name) => !known.includes(name));
    if (unknown.length === 0) return [];
    return [
      `'receivers' error reading configuration for "${id}": ${DECODE}\n\n'' ${DECODE}\n\n'metrics' has invalid keys: ${unknown.sort().join(', ')}`,
    ];
  });
}

function sectionOf(tree: JsonMap, name: string): Readonly<Record<string, Json>> {
  const section = tree[name];
  return isMap(section) ? section : {};
}

function typeOf(id: string): string {
  return id.split('/')[0] ?? id;
}

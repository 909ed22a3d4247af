import { plain } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { parseYaml } from '../../document/yaml.ts';
import { configDrift } from './drift.ts';
import type { Drift } from './drift.ts';

/**
 * `configDrift` of two texts: the config an agent was given, and the one it says it runs. Undefined where one of them is no YAML that can be
 * read, or is not whole: of that nothing can be said. Never throws; the limits of YAML hold for what agents send as well (SEC-79).
 */
export function textDrift(given: string, reported: string): readonly Drift[] | undefined {
  const [ours, theirs] = [read(given), read(reported)];
  return ours === undefined || theirs === undefined ? undefined : configDrift(ours, theirs);
}

function read(text: string): Json | undefined {
  const { documents, findings } = parseYaml('config.yaml', text);
  if (findings.some(({ severity }) => severity === 'error') || documents.length > 1) return undefined;
  return plain(documents[0]?.root);
}

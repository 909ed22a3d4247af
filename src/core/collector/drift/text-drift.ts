import { isMap, plain } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { parseYaml } from '../../document/yaml.ts';
import { COMPONENT_CLASSES } from '../component-id.ts';
import { INJECTED, configDrift } from './drift.ts';
import type { Drift } from './drift.ts';

/** What can be said of an effective config; `unknown` says in words why nothing can. */
export type Judged = { readonly drift: readonly Drift[] } | { readonly unknown: string };

/**
 * `configDrift` of two texts: the config an agent was given, and the one it says it runs. Nothing is said where one of them is no YAML that can
 * be read, or is not whole, and while a supervisor reports no more than what it injects: so it does until its collector has started, also when
 * it says already that the config is applied (opampsupervisor 0.158 after a restart). Never throws; the limits of YAML hold for what agents
 * send as well (SEC-79).
 */
export function textDrift(given: string, reported: string): Judged {
  const [ours, theirs] = [read(given), read(reported)];
  if (ours === undefined) return { unknown: 'the config it was given cannot be read' };
  if (theirs === undefined) return { unknown: 'its effective config cannot be read' };
  if (isBare(theirs) && !isBare(ours)) return { unknown: 'its collector has not started yet' };
  return { drift: configDrift(ours, theirs) };
}

function read(text: string): Json | undefined {
  const { documents, findings } = parseYaml('config.yaml', text);
  if (findings.some(({ severity }) => severity === 'error') || documents.length > 1) return undefined;
  return plain(documents[0]?.root);
}

/** No component but the injected extension. */
function isBare(config: Json): boolean {
  const ids = COMPONENT_CLASSES.flatMap((section) => {
    const components = isMap(config) ? config[section] : undefined;
    return isMap(components) ? Object.keys(components) : [];
  });
  return ids.every((id) => id === INJECTED);
}

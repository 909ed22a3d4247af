import { LIMITS } from '../../document/limits.ts';
import { ambiguousId } from './ambiguous-id.ts';
import { badId } from './bad-id.ts';
import { build } from './build.ts';
import type { CollectorError, ErrorFamily, ErrorLine } from './collector-error.ts';
import { connectorWiring } from './connector-wiring.ts';
import { duration } from './duration.ts';
import { emptyPipelines } from './empty-pipelines.ts';
import { environment } from './environment.ts';
import { invalidKeys } from './invalid-keys.ts';
import { invalidValue } from './invalid-value.ts';
import { errorLines } from './lines.ts';
import { kubeagent } from './kubeagent.ts';
import { ottl } from './ottl.ts';
import { provider } from './provider.ts';
import { references } from './references.ts';
import { removedExporter } from './removed-exporter.ts';
import { start } from './start.ts';
import { supervisor } from './supervisor.ts';
import { unknownType } from './unknown-type.ts';
import { usefulTexts } from './unwrap.ts';
import { validation } from './validation.ts';
import { wrongType } from './wrong-type.ts';
import { yamlText } from './yaml-text.ts';

/** All families, the more particular before the more general: the first that reads a line has it. */
export const FAMILIES: readonly ErrorFamily<never>[] = [
  supervisor,
  kubeagent,
  invalidKeys,
  unknownType,
  removedExporter,
  wrongType,
  duration,
  badId,
  references,
  emptyPipelines,
  ambiguousId,
  environment,
  provider,
  yamlText,
  connectorWiring,
  build,
  start,
  ottl,
  validation,
  invalidValue,
];

/**
 * The mistakes that an agent's text tells of, each once, in the order of the text; empty when no family knows any of it.
 * Takes a collector's stderr, an OpAMP status message of a BindPlane agent or a supervisor, or a stretch of log. Never throws.
 */
export function parseErrors(text: string): readonly CollectorError[] {
  for (const useful of usefulTexts(text)) {
    const errors = distinct(errorLines(useful).flatMap(parseLine));
    if (errors.length > 0) return errors.slice(0, LIMITS.collectorErrors.errors);
  }
  return [];
}

function parseLine(line: ErrorLine): readonly CollectorError[] {
  for (const family of FAMILIES) {
    const parsed = family.parse(line);
    if (parsed.length > 0) {
      return parsed.map((error) => ({
        ...error,
        family: family.name,
        clues: { keys: [], values: [], ...error.clues },
      }));
    }
  }
  return [];
}

function distinct(errors: readonly CollectorError[]): readonly CollectorError[] {
  const seen = new Map(errors.map((error) => [`${error.line}\n${error.path.join('\n')}`, error]));
  return [...seen.values()];
}

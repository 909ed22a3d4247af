import { COMPONENT_CLASSES } from '../collector/component-id.ts';
import type { CollectorError } from '../collector/errors/collector-error.ts';
import { provenanceOf } from '../collector/provenance.ts';
import { parseYaml } from '../document/yaml.ts';
import { componentsOf } from '../collector/pipelines.ts';
import type { ProvenanceEntry } from '../collector/effective-config.ts';
import { searchClues } from './clue-search.ts';
import type { Explainable } from './explainable.ts';
import { pathAtLine } from './text-line.ts';
import { walk } from './walk.ts';

/** Where an error may stand in one configuration. */
export interface FoundPlace {
  readonly config: Explainable;
  /** Path in the config tree; empty for the config as a whole. */
  readonly path: readonly string[];
  /** Whether all that the text says was found there. */
  readonly complete: boolean;
  readonly entry?: ProvenanceEntry;
}

/**
 * Places of an error in a configuration, best first; none where the configuration does not have the component that the text names.
 * A text that only gives the end of a path is looked for in every component.
 */
export function findPlaces(error: CollectorError, config: Explainable): readonly FoundPlace[] {
  const { textLine } = error.clues;
  if (textLine !== undefined) {
    const path = config.text === undefined ? [] : pathAtLine(config.text, textLine);
    const line = textEntry(config, ownLine(config) ?? textLine);
    if (line !== undefined) return [{ config, path, complete: true, entry: line }];
    return config.text === undefined ? [] : [place(config, path, true)];
  }
  if (error.anchored) return anchored(error, config);
  if (error.path.length > 0) return unanchored(error, config);
  const found = searchClues(error.clues, config.tree, []);
  if (found !== undefined && found.length > 0) return [place(config, found, true)];
  return textPlace(error, config);
}

function anchored(error: CollectorError, config: Explainable): readonly FoundPlace[] {
  const inComponent = COMPONENT_CLASSES.some((name) => name === error.path[0]);
  const walked = walk(config.tree, error.path, inComponent ? Math.min(2, error.path.length) : 1);
  if (inComponent && walked.path.length < Math.min(2, error.path.length)) return [];
  if (error.path.length > 0 && walked.path.length === 0) {
    // A config without `service` lacks it as a whole.
    return error.path[0] === 'service' && config.textStart !== undefined ? [place(config, [], false)] : [];
  }
  const found = searchClues(error.clues, walked.value, walked.path);
  return [
    place(config, found ?? walked.path, found !== undefined || walked.complete || error.path.length === 0),
  ];
}

function unanchored(error: CollectorError, config: Explainable): readonly FoundPlace[] {
  const inComponents = componentsOf(config.tree).flatMap((component) => {
    const walked = walk(component.body, error.path);
    return walked.complete && walked.path.length >= Math.min(2, error.path.length)
      ? [place(config, [component.class, component.id, ...walked.path], true)]
      : [];
  });
  if (inComponents.length > 0) return inComponents;
  const walked = walk(config.tree, error.path);
  return walked.complete && walked.path.length > 0 ? [place(config, walked.path, true)] : [];
}

/** A text that stands in no value of the tree, as in a config that is no YAML. */
function textPlace(error: CollectorError, config: Explainable): readonly FoundPlace[] {
  const lines = config.text?.split('\n') ?? [];
  const index = lines.findIndex((line) => error.clues.values.some((value) => line.includes(value)));
  return index < 0 || config.text === undefined
    ? []
    : [place(config, pathAtLine(config.text, index + 1), true)];
}

/** Where our own reader stops in a text that is no YAML: Go's line is often that of the map around the mistake. */
function ownLine({ text }: Explainable): number | undefined {
  if (text === undefined) return undefined;
  return parseYaml('', text).findings.find(({ severity }) => severity === 'error')?.at?.line;
}

/** A line of a text that stands in a file as it is. */
function textEntry({ textStart }: Explainable, textLine: number): ProvenanceEntry | undefined {
  if (textStart === undefined) return undefined;
  const line = textStart.line + textLine - 1;
  return { path: [], at: { file: textStart.file, line, column: 1, endLine: line, endColumn: 1 } };
}

function place(config: Explainable, path: readonly string[], complete: boolean): FoundPlace {
  // What is said of the whole stands where the whole begins.
  const entry = provenanceOf(config, path) ?? (path.length === 0 ? textEntry(config, 1) : undefined);
  return { config, path, complete, ...(entry === undefined ? {} : { entry }) };
}

import { COMPONENT_CLASSES } from '../component-id.ts';
import type { ErrorLine } from './collector-error.ts';

/** A leaf of a decode error: `'path' what is wrong`. */
export interface DecodeLeaf {
  /** The quoted text as it stands; may be empty or a Go type's name. */
  readonly quoted: string;
  readonly rest: string;
  readonly path: readonly string[];
  readonly anchored: boolean;
}

/** Go's name for the struct (`batchprocessor.Config`, `otelcol.configSettings`): no path. */
const GO_TYPE = /^\w+\.(?:[A-Z]\w*|configSettings)$/;

const TOP_LEVEL: readonly string[] = [...COMPONENT_CLASSES, 'service'];

/** Steps of `service.pipelines[traces].receivers`; dots inside a step stay, brackets part. Empty for Go type names. */
export function quotedSteps(quoted: string): readonly string[] {
  if (quoted === '' || GO_TYPE.test(quoted)) return [];
  return quoted
    .split(/[[\]]/)
    .map((part) => part.replace(/^\.|\.$/g, ''))
    .filter((part) => part !== '');
}

/** Whether the steps start at the config's root. */
export function isTopLevel(steps: readonly string[]): boolean {
  return TOP_LEVEL.includes(steps[0]?.split('.', 1)[0] ?? '');
}

/** Reads `'path' rest`, with the path put together from the enclosing lines and the quoted one. */
export function decodeLeaf(line: ErrorLine): DecodeLeaf | undefined {
  const match = /^'([^']*)' (.+)$/s.exec(line.text);
  if (match === null) return undefined;
  const quoted = match[1] ?? '';
  const steps = quotedSteps(quoted);
  const own = isTopLevel(steps);
  return {
    quoted,
    rest: match[2] ?? '',
    path: own ? steps : [...line.context, ...steps],
    anchored: own || line.context.length > 0 || quoted === 'otelcol.configSettings',
  };
}

/** The quoted text where it is a path: what a person calls the place of a key. */
export function placeName(leaf: DecodeLeaf): string | undefined {
  return quotedSteps(leaf.quoted).length === 0 ? undefined : leaf.quoted;
}

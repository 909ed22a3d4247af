import type { ErrorLine } from './collector-error.ts';
import { isTopLevel, quotedSteps } from './quoted-path.ts';

const LIST_FOLLOWS = /(?:decoding failed due to the following error\(s\):|\d+ error\(s\) decoding:)$/;

/** Wrappers that may stand before the useful part, each at the start of what the previous one leaves. */
const WRAPPERS: readonly RegExp[] = [
  /^Error: /,
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /,
  /^(Failed to apply config changes|failed to reload config|collector failed to restart|failed to load config|failed to create supervisor|error validating config): /,
  /^(configuration validation failed|config validation failed|invalid configuration): /,
  /^(failed to get config|cannot unmarshal the configuration|cannot resolve the configuration): /,
  /^(failed to build pipelines|cannot build pipelines|cannot start pipelines|cannot setup pipelines): /,
  /^(collector server run finished with error|application run finished with error|cannot load configuration): /,
  /^exit status \d+, output: /,
  /^[\w./-]+\.ya?ml: /,
  /^\* /,
];

/** A text without its wrappers, and the wrappers' words, outermost first. */
function stripWrappers(text: string): { readonly text: string; readonly stages: readonly string[] } {
  const stages: string[] = [];
  let rest = text;
  for (let step = 0; step < 20; step++) {
    const wrapper = WRAPPERS.find((pattern) => pattern.test(rest));
    if (wrapper === undefined) break;
    const match = wrapper.exec(rest);
    if (match?.[1] !== undefined) stages.push(match[1]);
    rest = rest.slice(match?.[0].length ?? 0);
  }
  return { text: rest, stages };
}

/**
 * The lines of an error text, each with the path that the enclosing lines give (core `confmap/internal/decoder.go`: a decode error prints
 * its sentence and then one line per error; nothing marks the end of a nested list, so a later line of the outer one keeps the inner
 * path; readers drop steps that the config does not have). Generations: `* error decoding 'x': …`, `error decoding 'x': …`, `'x' …`.
 */
export function errorLines(text: string): readonly ErrorLine[] {
  const lines: ErrorLine[] = [];
  let context: readonly string[] = [];
  let stages: readonly string[] = [];
  for (const raw of separate(text).split('\n')) {
    if (raw.trim() === '') continue;
    const stripped = stripWrappers(raw.trim());
    if (stripped.stages.length > 0) stages = stripped.stages;
    const line = stripped.text.replace(/^error decoding '([^']*)': /, "'$1' ");
    const opened = opens(line, context);
    if (opened === undefined) lines.push({ text: line, context, stages });
    else {
      context = opened.context;
      if (opened.rest !== '') lines.push({ text: opened.rest, context, stages });
    }
  }
  return lines;
}

interface Opened {
  readonly context: readonly string[];
  /** An error on the same line, or empty when the list follows. */
  readonly rest: string;
}

/** What a line that encloses others opens; undefined for a line that is an error itself. */
function opens(line: string, context: readonly string[]): Opened | undefined {
  const component =
    /^'(\w+)' error reading configuration for "((?:[^"\\]|\\.)*)": (.*)$/.exec(line) ??
    /^error reading (\w+) configuration for "((?:[^"\\]|\\.)*)": (.*)$/.exec(line);
  if (component !== null) {
    return { context: [component[1] ?? '', component[2] ?? ''], rest: leftOver(component[3] ?? '') };
  }
  const scraper = /^'[^']*' error reading settings for scraper type "([^"]*)": (.*)$/.exec(line);
  if (scraper !== null) {
    return {
      context: [...context.slice(0, 2), 'scrapers', scraper[1] ?? ''],
      rest: leftOver(scraper[2] ?? ''),
    };
  }
  if (!LIST_FOLLOWS.test(line)) return undefined;
  const quoted = /^'([^']*)' /.exec(line);
  if (quoted === null) return { context: [], rest: '' };
  const steps = quotedSteps(quoted[1] ?? '');
  return { context: isTopLevel(steps) ? steps : [...context, ...steps], rest: '' };
}

function leftOver(rest: string): string {
  return LIST_FOLLOWS.test(rest) ? '' : rest;
}

/** Line breaks where a text that was put on one line lost them. */
function separate(text: string): string {
  return text
    .replace(/(error\(s\):|error\(s\) decoding:)[ \t]+(?=\S)/g, '$1\n')
    .replace(
      /[ \t]{1,4}(?='(?:receivers|processors|exporters|connectors|extensions)' (?:error reading|unknown type|decoding failed))/g,
      '\n',
    );
}

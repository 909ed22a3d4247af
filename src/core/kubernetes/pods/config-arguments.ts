import { itemsAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Distribution } from '../../collector/distribution.ts';
import type { Placed } from '../workload.ts';

/** A `--config` of a collector's command line, in its order. */
export type ConfigUri =
  | { readonly scheme: 'file'; readonly path: string }
  | { readonly scheme: 'yaml'; readonly text: string }
  | { readonly scheme: 'env'; readonly name: string }
  | { readonly scheme: 'other'; readonly uri: string };

/** The words of a container's command line: `command`, then `args`. */
export function commandLine(container: Node): readonly string[] {
  return commandWords(container).map(({ value }) => value);
}

/** The same, each with its place. */
export function commandWords(container: Node): readonly Placed<string>[] {
  return ['command', 'args'].flatMap((field) =>
    itemsAt(container, field).flatMap((word) =>
      word.kind === 'scalar' ? [{ value: String(word.value ?? ''), at: word.at }] : [],
    ),
  );
}

/**
 * What a collector is told to read, in order; `--set key=value` counts as one more, appended (core `otelcol/flags.go`). A value without a
 * scheme is a file.
 */
export function configUris(words: readonly string[]): readonly ConfigUri[] {
  const found: ConfigUri[] = [];
  const sets: ConfigUri[] = [];
  for (const [index, word] of words.entries()) {
    const match = /^--?(config|set)(?:=(.*))?$/s.exec(word);
    if (match === null) continue;
    const value = match[2] ?? words[index + 1] ?? '';
    if (match[1] === 'config') found.push(uriOf(value));
    else {
      sets.push({
        scheme: 'yaml',
        text: value.replace(/^([^=]*)=/, (_, key: string) => `${key.replaceAll('.', '::')}: `),
      });
    }
  }
  return [...found, ...sets];
}

function uriOf(value: string): ConfigUri {
  const match = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(value);
  if (match === null) return { scheme: 'file', path: value };
  const [, scheme = '', rest = ''] = match;
  if (scheme === 'file') return { scheme: 'file', path: rest };
  if (scheme === 'yaml') return { scheme: 'yaml', text: rest };
  return scheme === 'env' ? { scheme: 'env', name: rest } : { scheme: 'other', uri: value };
}

/** The file that an image reads where nobody says another (Dockerfiles of opentelemetry-collector-releases). */
export function defaultConfigPath(distribution: Distribution): string | undefined {
  const name = distribution === 'otelcol' ? 'otelcol' : distribution;
  return distribution.startsWith('otelcol') ? `/etc/${name}/config.yaml` : undefined;
}

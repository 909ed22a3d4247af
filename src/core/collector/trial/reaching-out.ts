import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Component } from '../pipelines.ts';
import { textsIn } from './edit.ts';

/** Operators that only look at what passes (contrib `pkg/stanza/adapter/register.go`); others open files, sockets and programs. */
const LOOKING_ON: ReadonlySet<string> = new Set([
  'add',
  'assign_keys',
  'container',
  'copy',
  'filter',
  'flatten',
  'move',
  'noop',
  'recombine',
  'regex_replace',
  'remove',
  'retain',
  'router',
  'sanitize_utf8',
  'unquote',
]);

/**
 * Why a component of a harmless type is none as it is configured, as a sentence's end: operators that write or read files, sockets on the disk,
 * credentials from files. Undefined where it is harmless.
 */
export function reachOf({ class: section, body }: Component): string | undefined {
  if (operatorsIn(body).some((type) => !type.endsWith('_parser') && !LOOKING_ON.has(type))) {
    return 'one of its operators reads or writes elsewhere';
  }
  for (const { path, text } of textsIn(body)) {
    const key = path.at(-1) ?? '';
    if (text.startsWith('unix:') || (key === 'transport' && text.startsWith('unix'))) {
      return 'it listens on a socket of the agent’s disk';
    }
    // `pprof` alone writes one, which is taken from it.
    if (section === 'extensions' && key !== 'save_to_file' && /(?:^|_)file(?:name)?$/.test(key)) {
      return 'it reads a file of the agent’s machine';
    }
  }
  return undefined;
}

function operatorsIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(operatorsIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key !== 'operators' || !isList(item)) return operatorsIn(item);
    return item.map((one) => (isMap(one) && typeof one['type'] === 'string' ? one['type'] : ''));
  });
}

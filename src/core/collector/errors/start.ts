import { classOfWord } from '../component-id.ts';
import { cluesOf } from './clues.ts';
import type { ErrorFamily, ErrorLine, ParsedError } from './collector-error.ts';
import { FAILED_START } from './unwrap.ts';

/** A component that was created but cannot start. */
export interface StartFailure {
  readonly kind: 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';
  readonly id: string;
  readonly why: string;
}

/** Ports that extensions listen on when their config names none (collector documentation of each). */
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['13133', 'health_check'],
  ['1777', 'pprof'],
  ['55679', 'zpages'],
]);

/** `failed to start "otlp" receiver: listen tcp …: bind: address already in use`; extensions come without their id (core `service`). */
export const start: ErrorFamily<StartFailure> = {
  name: 'start',
  print: ({ kind, id, why }) => `failed to start "${id}" ${kind}: ${why}`,
  parse(line) {
    const match = /failed to start "([^"]+)" (receiver|processor|exporter|connector|extension): (.+)$/s.exec(
      line.text,
    );
    if (match !== null) {
      const [, id = '', kind = '', why = ''] = match;
      return [
        {
          line: line.text,
          summary: `it cannot start: ${short(why)}`,
          path: [classOfWord(kind) ?? '', id],
          anchored: true,
          clues: cluesOf(why),
        },
      ];
    }
    const logged = loggedStart(line);
    if (logged !== undefined) return [logged];
    const extension = /failed to start extensions: (.+)$/s.exec(line.text);
    if (extension !== null) {
      const why = extension[1] ?? '';
      const id = DEFAULT_PORTS.get(/:(\d+)\b/.exec(why)?.[1] ?? '');
      return [
        {
          line: line.text,
          summary: `an extension cannot start: ${short(why)}`,
          path: ['extensions'],
          anchored: true,
          clues: { values: cluesOf(why).values, keys: id === undefined ? [] : [id] },
        },
      ];
    }
    const own = /failed to create meter provider: (.+)$/s.exec(line.text);
    if (own === null) return [];
    const clues = cluesOf(own[1] ?? '');
    return [
      {
        line: line.text,
        summary: `the collector's own metrics cannot start: ${short(own[1] ?? '')}`,
        path: ['service', 'telemetry', 'metrics'],
        anchored: true,
        clues: {
          values: clues.values.flatMap((value) => [value, value.replace(/^.*:(?=\d+$)/, '')]),
          keys: [],
        },
      },
    ];
  },
};

/** `Failed to start component\t{"error": "…", "type": "Receiver", "id": "otlp"}`, the whole line in JSON, or the error without either. */
function loggedStart({ text, stages }: ErrorLine): ParsedError | undefined {
  const fields = text.includes(FAILED_START) ? fieldsOf(text.slice(text.indexOf('{'))) : undefined;
  if (fields !== undefined) {
    const { error, type, id } = fields;
    const clues = cluesOf(error);
    const path = [classOfWord(type) ?? '', id];
    return { line: text, summary: `it cannot start: ${short(error)}`, path, anchored: true, clues };
  }
  if (!stages.includes('cannot start pipelines') || !/^listen (?:tcp|udp)/.test(text)) return undefined;
  return {
    line: text,
    summary: `a component cannot start: ${short(text)}`,
    path: [],
    anchored: true,
    clues: cluesOf(text),
  };
}

function fieldsOf(json: string): Readonly<Record<'error' | 'type' | 'id', string>> | undefined {
  try {
    const fields: unknown = JSON.parse(json);
    if (typeof fields !== 'object' || fields === null) return undefined;
    if (!('error' in fields && 'type' in fields && 'id' in fields)) return undefined;
    const { error, type, id } = fields;
    const areTexts = typeof error === 'string' && typeof type === 'string' && typeof id === 'string';
    return areTexts ? { error, type, id } : undefined;
  } catch {
    return undefined;
  }
}

/** The reason without the repetitions around it: `127.0.0.1:4317: address already in use`. */
function short(why: string): string {
  const listen = /listen (?:tcp|udp) (\S+): bind: (.+)$/.exec(why);
  return listen === null ? why : `${listen[1] ?? ''}: ${listen[2] ?? ''}`;
}

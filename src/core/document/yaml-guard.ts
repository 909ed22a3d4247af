import type { Parser } from 'yaml';
import { LIMITS } from './limits.ts';

/** Counts what a parser builds, lexeme by lexeme, against `LIMITS.yaml`: nothing large or deep is ever composed. */
export class YamlGuard {
  #documents = 0;
  #aliases = 0;
  #properties = 0;
  #scalars = 0;
  #indicators = 0;
  #isScalarNext = false;
  #previous = '\n';

  /** Call after each whole document: counts start anew. */
  nextDocument(): void {
    this.#documents++;
    this.#aliases = 0;
    this.#properties = 0;
    this.#scalars = 0;
    this.#indicators = 0;
  }

  /** Call after the parser has taken a lexeme: what has just gone too far, as a sentence; undefined while all is well. */
  check(parser: Parser, lexeme: string): string | undefined {
    const previous = this.#previous;
    if (lexeme !== '\ufeff') this.#previous = lexeme;
    if (lexeme.startsWith('\t') && TAB_REFUSED_AFTER.has(previous) && !isInFlow(parser)) {
      return 'A tab stands where only blanks may.';
    }
    this.#count(lexeme);
    return this.#excess() ?? shapeExcess(parser);
  }

  #count(lexeme: string): void {
    // The lexer announces unquoted text with a unit separator: it may start with any of these characters.
    if (this.#isScalarNext) {
      this.#isScalarNext = false;
      return;
    }
    const first = lexeme.charAt(0);
    if (lexeme === '\u001f') {
      this.#isScalarNext = true;
      this.#scalars++;
    } else if (first === '"' || first === "'") {
      this.#scalars++;
    } else if (first === '*') {
      this.#aliases++;
    } else if (first === '&' || first === '!') {
      this.#properties++;
    } else if (INDICATORS.has(lexeme)) {
      this.#indicators++;
    }
  }

  #excess(): string | undefined {
    const { documents, nodes, indicators, aliases, properties } = LIMITS.yaml;
    if (this.#documents > documents) return `More than ${grouped(documents)} documents in one file.`;
    if (this.#scalars > nodes) return `More than ${grouped(nodes)} values in one document.`;
    if (this.#indicators > indicators) {
      return `More than ${grouped(indicators)} brackets, commas, colons and dashes in one document.`;
    }
    if (this.#aliases > aliases) return `More than ${aliases} aliases in one document.`;
    if (this.#properties > properties) {
      return `More than ${grouped(properties)} anchors and tags in one document.`;
    }
    return undefined;
  }
}

const INDICATORS: ReadonlySet<string> = new Set(['[', ']', '{', '}', ',', ':', '-', '?']);

function shapeExcess(parser: Parser): string | undefined {
  const { depth, itemsPerSequence, keysPerMap } = LIMITS.yaml;
  // The document itself and a scalar on top are not levels.
  if (parser.stack.length > depth + 2) return `Nested too deep: more than ${depth} levels.`;
  const top = parser.stack.at(-1);
  if (top === undefined || !('items' in top)) return undefined;
  const isList = top.type === 'block-seq' || (top.type === 'flow-collection' && top.start.source === '[');
  if (isList) {
    return top.items.length > itemsPerSequence
      ? `More than ${grouped(itemsPerSequence)} items in one list.`
      : undefined;
  }
  return top.items.length > keysPerMap ? `More than ${grouped(keysPerMap)} keys in one map.` : undefined;
}

/** Outside brackets Go takes no tab at the start of a line, nor right after a list's dash (scannerc.go, yaml_parser_scan_to_next_token). */
const TAB_REFUSED_AFTER: ReadonlySet<string> = new Set(['\n', '\r\n', '-']);

function isInFlow(parser: Parser): boolean {
  return parser.stack.some(({ type }) => type === 'flow-collection');
}

/** A number with commas between thousands. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

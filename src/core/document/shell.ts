import { LIMITS } from './limits.ts';

/** A place in a shell text; both 1-based. */
export interface ShellPlace {
  readonly line: number;
  readonly column: number;
}

/** A word without its quotes. What the shell would put in (`$NAME`, `$(…)`) stands as it is written, and then `expands` is true. */
export interface ShellWord {
  readonly text: string;
  readonly expands: boolean;
  readonly quoted: boolean;
  readonly start: ShellPlace;
  readonly end: ShellPlace;
}

/** A here document; `line` is that of its first line. */
export interface HereDocument {
  readonly text: string;
  readonly line: number;
}

/** A simple command. `next` is the operator behind it; a new line counts as `;`. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** Files that it writes (`>`, `>>`). */
  readonly writes: readonly ShellWord[];
  readonly hereDocument?: HereDocument;
  readonly next: '&&' | '||' | '|' | ';' | '&';
}

/** Words before a command that are none: the grammar's own, and assignments. */
const BEFORE = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', '(', 'time', 'sudo']);

/**
 * The simple commands of a shell text in their order (POSIX.1-2024 §2), as far as a linter needs them: quotes, continued lines, comments,
 * operators and here documents are understood; nothing is expanded or run. Never throws; of a text that is too long the beginning is read.
 */
export function shellCommands(text: string): readonly ShellCommand[] {
  return new Reader(text.slice(0, LIMITS.shell.characters)).commands();
}

/** The words of a command from its name on. */
export function nameAndArguments({ words }: ShellCommand): readonly ShellWord[] {
  const first = words.findIndex(
    ({ text, quoted }) => quoted || !(BEFORE.has(text) || /^[A-Za-z_][A-Za-z0-9_]*=/.test(text)),
  );
  return first < 0 ? [] : words.slice(first);
}

interface Pending {
  readonly delimiter: string;
  readonly strips: boolean;
  readonly command: number;
}

interface Made {
  words: ShellWord[];
  writes: ShellWord[];
  hereDocument?: HereDocument;
  next: ShellCommand['next'];
}

class Reader {
  #at = 0;
  #line = 1;
  #lineStart = 0;
  readonly #text: string;
  readonly #made: Made[] = [];
  #pending: Pending[] = [];
  #current: Made = { words: [], writes: [], next: ';' };

  constructor(text: string) {
    this.#text = text;
  }

  commands(): readonly ShellCommand[] {
    while (this.#at < this.#text.length) this.#step();
    this.#end(';');
    return this.#made;
  }

  #step(): void {
    const char = this.#text[this.#at] ?? '';
    if (char === '\n') {
      this.#newLine();
      this.#end(';');
      this.#hereDocuments();
    } else if (char === ' ' || char === '\t' || char === '\r') {
      this.#at++;
    } else if (char === '\\' && /^\\\r?\n/.test(this.#text.slice(this.#at, this.#at + 3))) {
      this.#at += this.#text[this.#at + 1] === '\r' ? 2 : 1;
      this.#newLine();
    } else if (char === '#') {
      const end = this.#text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#text.length : end;
    } else if (!this.#operator()) {
      this.#current.words.push(this.#word());
    }
  }

  #newLine(): void {
    this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }

  #end(next: ShellCommand['next']): void {
    const { words, writes } = this.#current;
    if (words.length === 0 && writes.length === 0) return;
    this.#made.push({ ...this.#current, next });
    this.#current = { words: [], writes: [], next: ';' };
  }

  /** Reads an operator where one stands; redirections take their target with them. */
  #operator(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 4);
    const here = /^<<-?(?!<)/.exec(rest);
    if (here !== null) {
      this.#at += here[0].length;
      const { text } = this.#target();
      this.#pending.push({
        delimiter: text,
        strips: here[0].endsWith('-'),
        command: this.#made.length,
      });
      return true;
    }
    const redirect = /^\d?(?:&>>?|>>|>\||>&|<<<|<&|>|<)/.exec(rest);
    if (redirect !== null) {
      this.#at += redirect[0].length;
      const target = this.#target();
      if (/>/.test(redirect[0]) && !redirect[0].endsWith('&')) this.#current.writes.push(target);
      return true;
    }
    const control = /^(?:&&|\|\||;;|[;|&()])/.exec(rest);
    if (control === null) return false;
    this.#at += control[0].length;
    const next = control[0];
    this.#end(next === '&&' || next === '||' || next === '|' || next === '&' ? next : ';');
    return true;
  }

  #target(): ShellWord {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
    return this.#word();
  }

  #place(): ShellPlace {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #word(): ShellWord {
    const start = this.#place();
    let text = '';
    let expands = false;
    let quoted = false;
    for (let char = this.#text[this.#at]; char !== undefined; char = this.#text[this.#at]) {
      if (/[\s;&|<>()]/.test(char)) break;
      if (char === "'" || char === '"') {
        quoted = true;
        const part = this.#quoted(char);
        text += part.text;
        expands ||= part.expands;
      } else if (char === '\\') {
        if (this.#text[this.#at + 1] === '\n') break;
        text += this.#text[this.#at + 1] ?? '';
        this.#at += 2;
      } else if (char === '$' || char === '`') {
        expands = true;
        text += this.#substitution(char);
      } else {
        text += char;
        this.#at++;
      }
    }
    // A character that can begin no word is passed over, so that reading always goes on.
    if (this.#at - this.#lineStart + 1 === start.column && this.#line === start.line) this.#at++;
    return { text, expands, quoted, start, end: this.#place() };
  }

  #quoted(quote: string): { readonly text: string; readonly expands: boolean } {
    let text = '';
    let expands = false;
    this.#at++;
    for (let char = this.#text[this.#at]; char !== undefined; char = this.#text[this.#at]) {
      if (char === quote) {
        this.#at++;
        break;
      }
      if (char === '\n') {
        text += char;
        this.#newLine();
      } else if (quote === '"' && char === '\\' && /["\\$`\n]/.test(this.#text[this.#at + 1] ?? '')) {
        const next = this.#text[this.#at + 1] ?? '';
        this.#at++;
        if (next === '\n') this.#newLine();
        else {
          text += next;
          this.#at++;
        }
      } else {
        expands ||= quote === '"' && (char === '$' || char === '`');
        text += char;
        this.#at++;
      }
    }
    return { text, expands };
  }

  /** `$(…)`, `${…}`, `` `…` `` as they are written, to their end on the same line. */
  #substitution(char: string): string {
    const line = this.#text.indexOf('\n', this.#at);
    const rest = this.#text.slice(this.#at, line < 0 ? undefined : line);
    const found =
      char === '`'
        ? /^`[^`]*`?/.exec(rest)
        : (/^\$\{[^}]*\}?/.exec(rest) ?? /^\$\((?:[^()]|\([^()]*\))*\)?/.exec(rest));
    const taken = found?.[0] ?? char;
    this.#at += taken.length;
    return taken;
  }

  #hereDocuments(): void {
    for (const { delimiter, strips, command } of this.#pending) {
      const line = this.#line;
      const lines: string[] = [];
      while (this.#at < this.#text.length) {
        const end = this.#text.indexOf('\n', this.#at);
        const own = this.#text.slice(this.#at, end < 0 ? undefined : end).replace(/\r$/, '');
        this.#at = end < 0 ? this.#text.length : end;
        if (end >= 0) this.#newLine();
        const stripped = strips ? own.replace(/^\t+/, '') : own;
        if (stripped === delimiter) break;
        lines.push(stripped);
      }
      const owner = this.#made[command];
      if (owner !== undefined) owner.hereDocument ??= { text: lines.join('\n'), line };
    }
    this.#pending = [];
  }
}

import type { EffectiveConfig } from '../collector/effective-config.ts';
import type { DiffHunk } from '../diff/configs.ts';
import type { Finding } from '../document/finding.ts';
import { compareText } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { ConfigurationPlan } from '../plan/plan.ts';
import type { Redactor } from './redact.ts';
import { cut, headOf, visibleBlock, visibleLine } from './untrusted.ts';

/** Configurations with the same difference, drawn once. */
export interface DiffGroup {
  readonly configurations: readonly ConfigurationPlan[];
  readonly added: number;
  readonly removed: number;
  /** Drawn lines, each with its leading `+`, `-` or blank; a line ` …` stands for lines left out. */
  readonly lines: readonly string[];
  readonly rewritten: boolean;
}

/** How much of a diff is drawn. */
export interface DiffDetail {
  /** Unchanged lines around changed ones; the keys above a change are always shown. */
  readonly context: boolean;
  readonly lines: number;
}

/**
 * The differences of effective configs, equal ones together, in the order of the plan. Added lines that a finding is about
 * carry `# ← file:line`; the keys above a hunk are shown, so that no line stands without its component.
 */
export function diffGroups(
  configurations: readonly ConfigurationPlan[],
  findings: readonly Finding[],
  redactor: Redactor,
): readonly DiffGroup[] {
  const groups = new Map<string, DiffGroup>();
  // A notice is no reason to look at a line.
  const pointed = findings.filter(({ at, severity }) => at !== undefined && severity !== 'notice');
  for (const configuration of configurations) {
    const { added, removed, rewritten = false } = configuration.diff;
    if (added + removed === 0 && !rewritten) continue;
    const lines = rewritten ? [] : diffLines(configuration, pointed, redactor);
    const key = rewritten ? configuration.key : lines.join('\n');
    const same = groups.get(key);
    groups.set(key, {
      configurations: [...(same?.configurations ?? []), configuration],
      added,
      removed,
      lines,
      rewritten,
    });
  }
  return [...groups.values()];
}

/** The lines of a group at a detail; what is left out is counted in the last line. */
export function drawnDiff({ lines }: DiffGroup, detail: DiffDetail): string {
  const kept = detail.context ? lines : withoutContext(lines);
  if (kept.length <= detail.lines) return kept.join('\n');
  const shown = kept.slice(0, detail.lines);
  const rest = kept.slice(detail.lines).filter((line) => /^[+-]/.test(line)).length;
  return [...shown, ` … ${rest} more changed lines`].join('\n');
}

function diffLines(
  { before, after, diff }: ConfigurationPlan,
  findings: readonly Finding[],
  redactor: Redactor,
): readonly string[] {
  const outline = outlineOf(after?.text ?? '');
  const outlineBefore = outlineOf(before?.text ?? '');
  const comments = placeComments(after, outline, diff.hunks, findings);
  const lines: string[] = [];
  const notes = new Map<number, string>();
  let shownUpTo = 0;
  for (const hunk of diff.hunks) {
    const onlyRemoved = hunk.lines.every((text) => text.startsWith('-'));
    const above = onlyRemoved
      ? ancestors(outlineBefore, hunk.beforeLine)
      : ancestors(outline, hunk.afterLine);
    const fresh = onlyRemoved ? above : above.filter((ancestor) => ancestor.line > shownUpTo);
    if (lines.length > 0) lines.push(' …');
    lines.push(...fresh.map(({ text }) => ` ${text}`));
    let line = hunk.afterLine;
    for (const text of hunk.lines) {
      const comment = text.startsWith('+') ? comments.get(line) : undefined;
      if (comment !== undefined) notes.set(lines.length, comment);
      lines.push(text);
      if (!text.startsWith('-')) line += 1;
    }
    shownUpTo = line - 1;
  }
  const heads = lines.map((text) => headOf(text, LONG));
  // One pass over the whole block, as a secret may span lines; places are put on afterwards, they are ours.
  const clean = visibleBlock(redactor.text(heads.map(({ head }) => head).join('\n'))).split('\n');
  const isPlaced = clean.length === lines.length;
  return clean.map((text, index) =>
    commented(
      cut(text, LIMITS.report.diffLineCharacters, isPlaced ? heads[index]?.beyond : 0),
      isPlaced ? notes.get(index) : undefined,
    ),
  );
}

/** Characters of a line that are looked at for secrets before it is cut. */
const LONG = 8 * LIMITS.report.diffLineCharacters;

function withoutContext(lines: readonly string[]): readonly string[] {
  const result: string[] = [];
  let pending: string[] = [];
  for (const line of lines) {
    if (/^[+-]/.test(line)) {
      result.push(...parents(pending, line), line);
      pending = [];
    } else {
      pending.push(line);
    }
  }
  return result;
}

/** Of unchanged lines before a changed one, those that are keys above it. */
function parents(context: readonly string[], changed: string): readonly string[] {
  let indent = indentOf(changed.slice(1));
  const kept: string[] = [];
  for (const line of context.toReversed()) {
    const own = indentOf(line.slice(1));
    if (line !== ' …' && own < indent) {
      kept.unshift(line);
      indent = own;
    }
  }
  return kept.length < context.length && kept.length > 0 ? [' …', ...kept] : kept;
}

function commented(line: string, comment: string | undefined): string {
  return comment === undefined ? line : `${line.padEnd(40)} # ← ${visibleLine(comment)}`;
}

interface OutlineLine {
  /** 1-based. */
  readonly line: number;
  readonly indent: number;
  readonly path: string;
  readonly text: string;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}

/**
 * The path of each line of block-style YAML, as the emitter writes it (keys and sequence indices joined by NUL). Lines
 * of block scalars get paths that nothing asks for.
 */
function outlineOf(text: string): readonly OutlineLine[] {
  const stack: { indent: number; step: string; item: boolean }[] = [];
  return text.split('\n').map((raw, index) => {
    let indent = indentOf(raw);
    let content = raw.trimStart();
    while (content.startsWith('- ') || content === '-') {
      while (above(stack, indent, true)) stack.pop();
      const previous = stack.at(-1);
      const again = previous?.item === true && previous.indent === indent;
      if (again) stack.pop();
      stack.push({ indent, step: String(again ? Number(previous.step) + 1 : 0), item: true });
      const rest = content.slice(1).trimStart();
      indent += content.length - rest.length;
      content = rest;
    }
    const key = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#][^#]*?)):(?:\s|$)/.exec(content);
    if (key !== null) {
      while (above(stack, indent, false)) stack.pop();
      stack.push({ indent, step: key[1] ?? key[2] ?? key[3] ?? '', item: false });
    }
    const path = stack.map(({ step }) => step).join('\0');
    return { line: index + 1, indent: indentOf(raw), path, text: raw };
  });
}

function above(stack: readonly { indent: number; item: boolean }[], indent: number, item: boolean): boolean {
  const top = stack.at(-1);
  if (top === undefined) return false;
  return item ? top.indent > indent : top.indent >= indent;
}

/** The keys a line stands under, outermost first. */
function ancestors(outline: readonly OutlineLine[], line: number): readonly OutlineLine[] {
  const start = outline[line - 1];
  if (start === undefined) return [];
  let indent = start.indent;
  const found: OutlineLine[] = [];
  for (let index = line - 2; index >= 0 && indent > 0; index -= 1) {
    const candidate = outline[index];
    if (candidate === undefined || candidate.text.trim() === '' || candidate.indent >= indent) continue;
    found.unshift(candidate);
    indent = candidate.indent;
  }
  return found;
}

/** For each added line that a finding is about, the place it comes from. */
function placeComments(
  after: EffectiveConfig | undefined,
  outline: readonly OutlineLine[],
  hunks: readonly DiffHunk[],
  findings: readonly Finding[],
): ReadonlyMap<number, string> {
  const comments = new Map<number, string>();
  // Working out where keys come from takes longer than the rest together.
  if (after === undefined || findings.length === 0) return comments;
  const addedLines = new Set<number>();
  for (const hunk of hunks) {
    let line = hunk.afterLine;
    for (const text of hunk.lines) {
      if (text.startsWith('+')) addedLines.add(line);
      if (!text.startsWith('-')) line += 1;
    }
  }
  const lineOf = new Map<string, number>();
  for (const { path, line } of outline) if (path !== '' && !lineOf.has(path)) lineOf.set(path, line);
  for (const { at, message, configuration } of findings) {
    if (at === undefined || (configuration !== undefined && configuration !== after.configuration)) continue;
    const [best] = after.provenance
      .filter((entry) => entry.at.file === at.file && entry.at.line === at.line)
      .map(({ path }) => ({ line: lineOf.get(path.join('\0')) ?? 0, named: isNamed(message, path.at(-1)) }))
      .filter(({ line }) => addedLines.has(line))
      .sort((a, b) => Number(b.named) - Number(a.named) || a.line - b.line);
    if (best !== undefined) comments.set(best.line, `${baseName(at.file)}:${at.line}`);
  }
  return comments;
}

function isNamed(message: string, key: string | undefined): boolean {
  return key !== undefined && message.includes(`\`${key}\``);
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** Names of a group's configurations: those that reach most first, then by name. */
export function namesOf({ configurations }: Pick<DiffGroup, 'configurations'>): readonly string[] {
  return [...configurations]
    .sort((a, b) => b.reach.count - a.reach.count || compareText(a.name, b.name))
    .map(({ name }) => name);
}

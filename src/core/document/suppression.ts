import type { Finding, SourceRange } from './finding.ts';

/** One `# collie-ignore: RULE reason` of a file. It covers the next line that is neither empty nor a comment. */
interface Suppression {
  readonly rule: string;
  readonly reason: string;
  readonly at: SourceRange;
  /** Line it covers; absent when nothing follows. */
  readonly line?: number;
}

/** Comments of any format that start a line with `#`; the text after the colon is rule, blank, reason. */
const COMMENT = /^([ \t]*)#[ \t]*collie-ignore[ \t]*:?(.*)$/;
/** Rule ids: `BPR-001`, `VER-003`, and names such as `agent-refused`. */
const RULE = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+$/;

/**
 * Leaves out findings that a comment on the line above silences (DESIGN §4.1): `# collie-ignore: RULE reason`, several comments one above the other
 * allowed. Adds a finding `COL-001` for a comment without a rule or reason (an error: then it silences nothing), and a notice for one that
 * silences nothing. `texts` are the files that were read, by the name that findings use. What Collie says about suppressions cannot be silenced.
 */
export function applySuppressions(
  findings: readonly Finding[],
  texts: ReadonlyMap<string, string>,
): Finding[] {
  const suppressions = [...texts].flatMap(([file, text]) => suppressionsOf(file, text));
  const used = new Set<Suppression>();
  const byPlace = new Map<string, Suppression[]>();
  for (const suppression of suppressions.filter(isComplete)) {
    const key = placeKey(suppression.at.file, suppression.line, suppression.rule);
    byPlace.set(key, [...(byPlace.get(key) ?? []), suppression]);
  }
  const kept = findings.filter((finding) => {
    const found = byPlace.get(placeKey(finding.at?.file ?? '', finding.at?.line, finding.rule)) ?? [];
    for (const suppression of found) used.add(suppression);
    return found.length === 0;
  });
  return [...kept, ...suppressions.flatMap((suppression) => verdict(suppression, used))];
}

function placeKey(file: string, line: number | undefined, rule: string): string {
  return `${line ?? 0} ${rule} ${file}`;
}

function isComplete(suppression: Suppression): boolean {
  return suppression.reason !== '' && RULE.test(suppression.rule);
}

function verdict(suppression: Suppression, used: ReadonlySet<Suppression>): Finding[] {
  const { at, rule } = suppression;
  if (!RULE.test(rule)) {
    const message = 'This comment silences nothing: it names no rule. Write `# collie-ignore: RULE reason`.';
    return [{ rule: 'COL-001', severity: 'error', message, at }];
  }
  if (suppression.reason === '') {
    const message = `This comment silences nothing: it gives no reason. Write \`# collie-ignore: ${rule} reason\`.`;
    return [{ rule: 'COL-001', severity: 'error', message, at }];
  }
  if (used.has(suppression)) return [];
  const message = `There is nothing to silence: ${rule} has no finding on the line below. Remove the comment.`;
  return [{ rule: 'COL-001', severity: 'notice', message, at }];
}

function suppressionsOf(file: string, text: string): Suppression[] {
  if (!text.includes('collie-ignore')) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const match = COMMENT.exec(line);
    if (match === null) return [];
    const [, margin = '', rest = ''] = match;
    const [rule = '', ...reason] = rest.trim().split(/\s+/);
    const covered = lines.findIndex((next, below) => below > index && !/^[ \t]*(?:#.*)?$/.test(next));
    const at = {
      file,
      line: index + 1,
      column: margin.length + 1,
      endLine: index + 1,
      endColumn: line.length + 1,
    };
    return [{ rule, reason: reason.join(' '), at, ...(covered < 0 ? {} : { line: covered + 1 }) }];
  });
}

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/core/document/finding.ts';
import { applySuppressions } from '../../../src/core/document/suppression.ts';

function finding(rule: string, line: number): Finding {
  return {
    rule,
    severity: 'error',
    message: 'm',
    at: { file: 'a.yaml', line, column: 3, endLine: line, endColumn: 4 },
  };
}

function left(text: string, ...findings: readonly Finding[]): string[] {
  return applySuppressions(findings, new Map([['a.yaml', text]])).map(({ rule, severity, at, message }) =>
    rule === 'COL-001' ? `${at?.line}:${at?.column} ${severity} ${message}` : `${at?.line} ${rule}`,
  );
}

describe('applySuppressions', () => {
  it('leaves out the finding on the line below a comment with a reason', () => {
    expect(
      left('a:\n  # collie-ignore: BPR-004 used by the other team\n  b: 1\n', finding('BPR-004', 3)),
    ).toEqual([]);
  });

  it('leaves other rules, other lines and other files alone', () => {
    const text = '# collie-ignore: BPR-004 on purpose\na: 1\nb: 2\n';
    expect(left(text, finding('BPR-004', 2), finding('BPR-003', 2), finding('BPR-004', 3))).toEqual([
      '2 BPR-003',
      '3 BPR-004',
    ]);
    expect(
      applySuppressions(
        [{ ...finding('BPR-004', 2), at: { file: 'b.yaml', line: 2, column: 1, endLine: 2, endColumn: 2 } }],
        new Map([['a.yaml', text]]),
      ),
    ).toHaveLength(2);
  });

  it('takes several comments one above the other', () => {
    const text = '# collie-ignore: BPR-004 one\n# a remark\n# collie-ignore: agent-refused two\n\na: 1\n';
    expect(left(text, finding('BPR-004', 5), finding('agent-refused', 5))).toEqual([]);
  });

  it('silences nothing without a reason, and says so', () => {
    expect(left('# collie-ignore: BPR-004\na: 1\n', finding('BPR-004', 2))).toEqual([
      '2 BPR-004',
      '1:1 error This comment silences nothing: it gives no reason. Write `# collie-ignore: BPR-004 reason`.',
    ]);
  });

  it('silences nothing without a rule, and says so', () => {
    expect(left('  # collie-ignore\na: 1\n')).toEqual([
      '1:3 error This comment silences nothing: it names no rule. Write `# collie-ignore: RULE reason`.',
    ]);
  });

  it('notices a comment that silences nothing', () => {
    expect(left('# collie-ignore: BPR-004 old\na: 1\n')).toEqual([
      '1:1 notice There is nothing to silence: BPR-004 has no finding on the line below. Remove the comment.',
    ]);
  });

  it('cannot silence itself', () => {
    expect(left('# collie-ignore: COL-001 please\n# collie-ignore: BPR-004\na: 1\n')).toHaveLength(2);
  });
});

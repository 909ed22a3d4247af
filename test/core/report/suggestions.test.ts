import * as fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { structuredPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import type { Finding, Fix, SourceRange } from '../../../src/core/document/finding.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { markerKey } from '../../../src/core/report/marker.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';
import { suggestionsOf, type Suggestion } from '../../../src/core/report/suggestions.ts';
import { finding } from '../../support/values.ts';

const FILE = 'bindplane/fleets.yaml';

/** A file as the pull request brings it, and what GitHub shows of its diff. */
function patchOf(before: string, after: string): string {
  return structuredPatch(FILE, FILE, before, after, '', '', { context: 3 })
    .hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) =>
      [`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@ a heading`, ...lines].join('\n'),
    )
    .join('\n');
}

function at(line: number, column: number, endLine: number, endColumn: number): SourceRange {
  return { file: FILE, line, column, endLine, endColumn };
}

function fixed(edits: NonNullable<Fix['edits']>, more: Partial<Finding> = {}): Finding {
  const place = edits[0]?.at ?? at(1, 1, 1, 1);
  return finding({
    severity: 'error',
    message: '`selector` stands beside `spec`',
    at: place,
    fixes: [{ title: 'indent it under `spec`', at: place, edits }],
    ...more,
  });
}

function suggest(
  findings: readonly Finding[],
  head: string,
  { base = '', redactor = createRedactor() } = {},
): { readonly suggestions: readonly Suggestion[]; readonly left: number } {
  const texts = new Map([[FILE, head]]);
  return suggestionsOf({ findings, texts, patches: new Map([[FILE, patchOf(base, head)]]), redactor });
}

/** What GitHub would put in place of the lines. */
function committed(head: string, { startLine, endLine, body }: Suggestion): string {
  const block = fromMarkdown(body).children.find((node) => node.type === 'code');
  const lines = head.split('\n');
  const value = block?.type === 'code' ? block.value : undefined;
  // An empty block takes the lines away.
  lines.splice(startLine - 1, endLine - startLine + 1, ...(value === '' ? [] : [value ?? 'no block']));
  return lines.join('\n');
}

describe('a fix as a suggestion', () => {
  const head = 'kind: Fleet\nspec: {}\nselector:\n  a: b\n';

  it('says what is wrong, then gives lines that GitHub can commit', () => {
    const indent = fixed([
      { at: at(3, 1, 3, 1), text: '  ' },
      { at: at(4, 1, 4, 1), text: '  ' },
    ]);
    const { suggestions, left } = suggest([indent], head);
    expect(left).toBe(0);
    expect(suggestions).toMatchObject([{ path: FILE, startLine: 3, endLine: 4 }]);
    const { body, key } = suggestions[0] ?? { body: '', key: '' };
    expect(markerKey(body, 'fix')).toBe(key);
    expect(body.replace(key, 'KEY')).toBe(
      [
        '<!-- collie:fix v1 key=KEY head=%2D -->',
        '🔴 **`selector` stands beside `spec`** `BPR-004`',
        '',
        '**Fix** indent it under `spec`',
        '',
        '```suggestion',
        '  selector:',
        '    a: b',
        '```',
        '',
      ].join('\n'),
    );
  });

  it('of lines that are only put in replaces the line above, or else the one below', () => {
    const insert = fixed([{ at: at(2, 9, 2, 9), text: '\nnew: 1' }]);
    const [first] = suggest([insert], head).suggestions;
    expect(first).toMatchObject({ startLine: 2, endLine: 2 });
    expect(first?.body).toContain('```suggestion\nspec: {}\nnew: 1\n```');
    const [top] = suggest([fixed([{ at: at(1, 1, 1, 1), text: '# note\n' }])], head).suggestions;
    expect(top).toMatchObject({ startLine: 1, endLine: 1 });
    expect(top?.body).toContain('```suggestion\n# note\nkind: Fleet\n```');
  });

  it('has the same key on other lines, and another where the same lines stand twice', () => {
    const word = (line: number): Finding => fixed([{ at: at(line, 7, line, 12), text: 'otlp' }]);
    const one = 'type: otpl-\n';
    const [here] = suggest([word(1)], one).suggestions;
    const [lower] = suggest([word(3)], `# a\n# b\n${one}`).suggestions;
    expect(lower?.key).toBe(here?.key);
    const twice = suggest([word(1), word(2)], one + one).suggestions;
    expect(new Set(twice.map(({ key }) => key)).size).toBe(2);
  });

  it('is offered once where several findings have it, and never over lines of another', () => {
    const same = [0, 1].map((n) => fixed([{ at: at(1, 7, 1, 12), text: 'Fleets' }], { message: `m${n}` }));
    const across = fixed([{ at: at(1, 1, 3, 1), text: '' }], { severity: 'warning' });
    expect(suggest([...same, across], head).suggestions).toHaveLength(1);
  });

  it('keeps to a number, worst first, and says how many there are beside', () => {
    const lines = Array.from({ length: 14 }, (_, index) => `key${index}: x`);
    const many = lines.map((_, index) =>
      fixed([{ at: at(index + 1, 1, index + 1, 2), text: 'K' }], {
        severity: index === 13 ? 'error' : 'notice',
      }),
    );
    const { suggestions, left } = suggest(many, `${lines.join('\n')}\n`);
    expect(suggestions).toHaveLength(LIMITS.report.suggestions);
    expect(suggestions[0]).toMatchObject({ startLine: 14 });
    expect(left).toBe(4);
    expect(suggestions.at(-1)?.body).toContain("4 more fixes are in the plan's comment, in words.");
  });
});

describe('a fix stays in words', () => {
  const head = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');
  const change = (line: number): Finding => fixed([{ at: at(line, 1, line, 2), text: 'L' }]);
  const none = { suggestions: [], left: 0 };

  it('on lines that the diff does not show', () => {
    const base = head.replace('line 20', 'line twenty');
    expect(suggest([change(2)], head, { base })).toEqual(none);
    expect(suggest([change(17)], head, { base }).suggestions).toHaveLength(1);
  });

  it('where the diff shows other lines there: the base has moved', () => {
    const texts = new Map([[FILE, `# from the base\n${head}`]]);
    const patches = new Map([[FILE, patchOf('', head)]]);
    expect(suggestionsOf({ findings: [change(5)], texts, patches, redactor: createRedactor() })).toEqual(
      none,
    );
  });

  it('over two files', () => {
    const other = { ...at(1, 1, 1, 2), file: 'other.yaml' };
    expect(
      suggest(
        [
          fixed([
            { at: at(1, 1, 1, 2), text: 'L' },
            { at: other, text: 'x' },
          ]),
        ],
        head,
      ),
    ).toEqual(none);
  });

  it('over more lines than anybody reads before committing them', () => {
    const text = Array.from({ length: LIMITS.report.suggestionLines + 1 }, () => 'x').join('\n');
    expect(suggest([fixed([{ at: at(1, 1, 1, 2), text }])], head)).toEqual(none);
  });

  it('beside a secret, which would be committed as its mask', () => {
    const secret = 'password: hunter2-hunter2\ntype: otpl\n';
    const redactor = createRedactor({ known: ['hunter2-hunter2'] });
    const both = fixed([{ at: at(1, 1, 2, 11), text: 'password: hunter2-hunter2\ntype: otlp' }]);
    expect(suggest([both], secret, { redactor }).suggestions).toHaveLength(1);
    const touching = fixed([{ at: at(1, 1, 1, 1), text: '# ' }]);
    expect(suggest([touching], secret, { redactor })).toEqual(none);
  });

  it.each([
    ['hidden characters', 'a: \u202e1\n'],
    ['carriage returns', 'a: 1\r\nb: 2\r\n'],
  ])('in lines with %s', (_what, text) => {
    expect(suggest([fixed([{ at: at(1, 1, 1, 2), text: 'A' }])], text)).toEqual(none);
  });

  it('of which the text is not known', () => {
    expect(suggest([finding({ fixes: [{ title: 'ask somebody' }] })], head)).toEqual(none);
  });
});

it('whatever the lines are, what GitHub commits is what the fix makes', () => {
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom('```', '````yaml', '~~~', '</details>', '@octocat', '<!--', '-->', '', '  - a', '\ta'),
      fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
    ),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(lines, fc.nat(7), lines, (before, index, inserted) => {
      const head = `${before.join('\n')}\n`;
      const line = (index % before.length) + 1;
      const length = (before[line - 1] ?? '').length;
      const text = inserted.join('\n');
      const { suggestions } = suggest([fixed([{ at: at(line, 1, line, length + 1), text }])], head);
      const [only] = suggestions;
      if (only === undefined) return;
      const wanted = [...before];
      wanted[line - 1] = text;
      expect(committed(head, only)).toBe(`${wanted.join('\n')}\n`);
    }),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 200 },
  );
});

import * as fc from 'fast-check';
import type { Nodes, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import type { Prose } from '../../../src/core/report/markdown.ts';
import {
  createProse,
  details,
  heading,
  line,
  list,
  markdown,
  paragraph,
  table,
} from '../../../src/core/report/markdown.ts';
import { createRedactor } from '../../../src/core/report/redact.ts';
import { visibleBlock } from '../../../src/core/report/untrusted.ts';
import { LAW_TIMEOUT_MS, HOSTILE, hostileText, runs } from './hostile.ts';

/** Prose without redaction, so that a law sees every character it put in. */
const raw: Prose = createProse({ text: (text) => text, data: (value) => value, learn: () => undefined });

function kinds(tree: Nodes): readonly string[] {
  return 'children' in tree ? [tree.type, ...tree.children.flatMap(kinds)] : [tree.type];
}

function parsed(text: string): Root {
  return fromMarkdown(text);
}

/** What GitHub would turn into something live if it stood outside code. */
const LIVE = /@\w|#\d|\bGH-\d|https?:\/\/|www\.\w|\b[0-9a-f]{40}\b|:tada:/i;

function textOutsideCode(tree: Nodes): string {
  if (tree.type === 'text') return tree.value;
  return 'children' in tree ? tree.children.map(textOutsideCode).join(' ') : '';
}

describe('SEC-20: text from outside in a fence', () => {
  it(
    'is one block with exactly that text',
    () => {
      fc.assert(
        fc.property(hostileText, (text) => {
          const tree = parsed(markdown([paragraph('before'), raw.fence('text', text), paragraph('after')]));
          const shown = visibleBlock(text).replace(/\n+$/, '');
          expect(tree.children.map(({ type }) => type)).toEqual(['paragraph', 'code', 'paragraph']);
          expect(tree.children[1]).toMatchObject({ lang: 'text', value: shown });
        }),
        runs(100),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('stays inside its collapsed part', () => {
    for (const text of HOSTILE) {
      const tree = parsed(
        markdown([...details('summary', [raw.fence('text', text)], false), paragraph('after')]),
      );
      expect(tree.children.map(({ type }) => type)).toEqual(['html', 'code', 'html', 'paragraph']);
    }
  });
});

describe('SEC-21: text from outside in a sentence', () => {
  it(
    'makes no link, image, HTML, heading, list or second paragraph',
    () => {
      fc.assert(
        fc.property(hostileText, (text) => {
          const tree = parsed(
            markdown([paragraph('a ', raw.text(text), ' b ', raw.code(text), ' c ', raw.message(text))]),
          );
          expect(tree.children).toHaveLength(1);
          expect(new Set(kinds(tree))).toEqual(new Set(['root', 'paragraph', 'text', 'inlineCode']));
        }),
        runs(100),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'makes nothing that GitHub would turn into a link or a mention',
    () => {
      fc.assert(
        fc.property(hostileText, (text) => {
          const tree = parsed(
            markdown([paragraph('a ', raw.text(text)), paragraph('b ', raw.message(text))]),
          );
          expect(textOutsideCode(tree)).not.toMatch(LIVE);
        }),
        runs(100),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('gives a colon of ours nothing to complete', () => {
    const text = markdown([paragraph(raw.message('see :tada'), ': ', raw.text(':+1'), ':')]);
    expect(textOutsideCode(parsed(text))).not.toMatch(/:[a-z+1]+:/);
  });

  it('keeps a heading one heading and a list item one item', () => {
    for (const text of HOSTILE) {
      const tree = parsed(
        markdown([
          heading(3, 'x ', raw.text(text), raw.code(text)),
          list([[paragraph(raw.message(text), 'y')]], false),
        ]),
      );
      expect(tree.children.map(({ type }) => type)).toEqual(['heading', 'list']);
    }
  });

  it(
    'keeps its cell: as many unescaped pipes in every row',
    () => {
      fc.assert(
        fc.property(hostileText, hostileText, (one, other) => {
          const text = markdown([
            table(
              ['', 'b'],
              [
                [raw.text(one), line(raw.code(other))],
                [raw.message(other), line(raw.code(one))],
              ],
            ),
          ]);
          const rows = text.trimEnd().split('\n');
          expect(rows).toHaveLength(4);
          // A pipe ends a cell unless an odd number of backslashes stands before it; even numbers must not occur at all.
          for (const row of rows) {
            expect([...row.matchAll(/(\\*)\|/g)].filter(([, slashes = '']) => slashes === '')).toHaveLength(
              3,
            );
            expect([...row.matchAll(/(\\*)\|/g)].filter(([, slashes = '']) => slashes.length > 1)).toEqual(
              [],
            );
          }
        }),
        runs(100),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('is escaped in the summary of a collapsed part', () => {
    for (const text of HOSTILE) {
      const summary = raw.html(text);
      expect(summary.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>"'\n]/);
    }
  });
});

describe('SEC-22: hidden characters', () => {
  const HIDDEN = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n])\p{Cc}/u;

  it(
    'are shown, never sent',
    () => {
      fc.assert(
        fc.property(fc.oneof(hostileText, fc.string({ unit: 'binary', maxLength: 40 })), (text) => {
          const drawn = markdown([
            paragraph(raw.text(text), raw.code(text)),
            raw.fence('text', text.replaceAll('\t', ' ')),
          ]);
          expect(drawn).not.toMatch(HIDDEN);
        }),
        runs(100),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('are named by their number', () => {
    expect(raw.plain('a\u202eb\u0007c')).toBe(String.raw`a\u{202e}b\u{7}c`);
  });
});

describe('long text', () => {
  it('says how much of it is missing, also of what was never looked at', () => {
    for (const text of ['a'.repeat(10_000), 'a '.repeat(5000), `a${' '.repeat(9999)}`]) {
      const shown = raw.plain(text);
      const [, kept = '', missing] = /^(.*)… \((\d+) more characters\)$/s.exec(shown) ?? [];
      expect(kept.length).toBeLessThanOrEqual(600);
      expect(Number(missing)).toBeGreaterThan(5000);
    }
  });

  it('never shows the beginning of a secret that was cut in two', () => {
    const prose = createProse(createRedactor({ known: ['plant-secret-4711-plant-secret-4711'] }));
    for (let blanks = 2360; blanks <= 2400; blanks += 1) {
      const text = `said${' '.repeat(blanks)}plant-secret-4711-plant-secret-4711 and more`;
      expect(prose.plain(text)).not.toContain('plant-');
    }
  });

  it('of a megabyte in one line stays small and says how much is missing', () => {
    const started = performance.now();
    for (const character of ['a', '`', '|', ' x', '\u202e', '😀', '@a ', 'key: ', '\\']) {
      const megabyte = character.repeat(1_000_000 / character.length);
      const prose = createProse(createRedactor());
      const text = markdown([
        paragraph(prose.text(megabyte), prose.code(megabyte)),
        prose.fence('text', megabyte),
      ]);
      expect(text.length).toBeLessThan(20_000);
      expect(text).toMatch(/… \(\d+ more characters\)/);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

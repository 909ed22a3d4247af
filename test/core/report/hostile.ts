import * as fc from 'fast-check';

/** Text that tries to get out of where it is put: out of a fence, a cell, a comment, a line, an attribute, a terminal. */
export const HOSTILE: readonly string[] = [
  '```',
  '````\n# heading\n````',
  '~~~\nout\n~~~',
  '`',
  '`` ` ``',
  '</details>',
  '</summary><img src=x onerror=alert(1)>',
  '<!--',
  '-->',
  '<script>alert(1)</script>',
  '| a | b |\n|---|---|',
  String.raw`\|`,
  String.raw`\\| x`,
  'a | b',
  '@octocat',
  '@org/team please',
  'fixes #12',
  'GH-12',
  'o/r#1',
  'd4e5f6a718293a4b5c6d7e8f9012345678a1b2c3',
  'https://evil.example/x?y=1',
  'www.evil.example',
  'mail@evil.example',
  '[text](https://evil.example)',
  '![image](https://evil.example/pixel.png)',
  '[ref]: https://evil.example',
  '# heading',
  '> quote',
  '- item\n- item',
  '1. one',
  '***',
  '===',
  '&lt;b&gt; &#64;octocat',
  '$\\sqrt{2}$',
  ':tada:',
  ':tada',
  'mailto:x xmpp:y',
  '[^1]',
  '[^1]: note',
  '[x] done',
  '- [ ] to do',
  '[!CAUTION]',
  '> [!NOTE]\n> text',
  '~~struck~~ ~a~',
  '```math\nx\n```',
  'user@d4e5f6a718293a4b5c6d7e8f9012345678a1b2c3',
  'GHSA-aaaa-bbbb-cccc',
  '<!doctype html><!ENTITY x>',
  '<?php ?>',
  '<![CDATA[x]]>',
  '&copy; &#35;12 &#x40;octocat',
  'a\\\nb  \nc',
  '\u202egnp.exe',
  '\u2066hidden\u2069',
  'zero\u200bwidth\u200d',
  '\u001b[31mred\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  'bell\u0007null\u0000',
  'lone \ud800 surrogate',
  '\u{e0041}\u{e0042}',
  'line\u2028separator',
  'carriage\rreturn',
  'tab\there',
  '::error file=x::y',
  '::add-mask::x',
  '%0A::warning::x',
  '__proto__',
  '',
  ' ',
  '\n\n',
];

/** Pieces of the above put together in any order, with ordinary words between. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ maxLength: 12 }),
      fc.constantFrom('\n', ' ', 'word', 'k8s.pod'),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

/** Runs of a law: few in `npm test`, a hundred times as many with COLLIE_LAWS=full. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: process.env['COLLIE_LAWS'] === 'full' ? count * 100 : count };
}

/** Time that a law may take: the full size takes longer than a test usually may. */
export const LAW_TIMEOUT_MS: number = process.env['COLLIE_LAWS'] === 'full' ? 300_000 : 20_000;

/** Characters that mean something to Markdown, HTML, GitHub, YAML, a runner or a terminal. */
const SIGNS = '`~*_[]()<>{}#!|\\&;:@$^+-=.,"\'/?%0123456789abcdefx \t\n\r';
const ODD = Array.from(
  '\u0000\u0007\u001b\u0085\u00a0\u00ad\u061c\u200b\u200e\u2028\u202e\u2066\ufeff\ufffd＠＃é漢😀',
);

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * An endless supply of hostile strings, the same for the same seed: pieces of `HOSTILE` in any order, runs of signs, odd characters, and
 * now and then one that is longer than anything that is shown whole. Made by hand, as fast-check takes longer than a parser.
 */
export function hostileSupply(seed: number): () => string {
  const random = randomOf(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <Item>(items: ArrayLike<Item>): Item => items[below(items.length)] as Item;
  const signs = (): string => Array.from({ length: 1 + below(12) }, () => pick(SIGNS)).join('');
  const piece = (): string => {
    const kind = random();
    if (kind < 0.45) return pick(HOSTILE);
    if (kind < 0.75) return signs();
    return pick(['word', ' ', '\n', 'k8s.pod', pick(ODD), String.fromCharCode(below(0x1_0000))]);
  };
  return () => {
    const text = Array.from({ length: 1 + below(6) }, piece).join('');
    return random() < 0.004 ? text.repeat(40) : text;
  };
}

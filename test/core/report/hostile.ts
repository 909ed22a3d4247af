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
export const LAW_TIMEOUT_MS: number = process.env['COLLIE_LAWS'] === 'full' ? 300_000 : 5000;

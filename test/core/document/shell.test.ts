import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { nameAndArguments, shellCommands } from '../../../src/core/document/shell.ts';

function wordsOf(text: string): readonly string[][] {
  return shellCommands(text).map((command) => nameAndArguments(command).map((word) => word.text));
}

describe('shellCommands', () => {
  it('splits at lines, semicolons and operators, and says which operator follows', () => {
    expect(
      shellCommands('a b && c || true; d | e &\nf').map(({ words, next }) => [
        words.map((word) => word.text).join(' '),
        next,
      ]),
    ).toEqual([
      ['a b', '&&'],
      ['c', '||'],
      ['true', ';'],
      ['d', '|'],
      ['e', '&'],
      ['f', ';'],
    ]);
  });

  it('continues lines, leaves comments out and takes quotes away', () => {
    expect(wordsOf('helm install a \\\n  --set x="1 2" # not\' this\n# nor this\n\'b c\'"d"')).toEqual([
      ['helm', 'install', 'a', '--set', 'x=1 2'],
      ['b cd'],
    ]);
  });

  it('keeps what the shell would put in, and says that it would', () => {
    const [command] = shellCommands('run "$A" ${B:-c d} $(cat x y) `z w` \'$E\'');
    expect(command?.words.map(({ text, expands }) => [text, expands])).toEqual([
      ['run', false],
      ['$A', true],
      ['${B:-c d}', true],
      ['$(cat x y)', true],
      ['`z w`', true],
      ['$E', false],
    ]);
  });

  it('reads here documents with the line that they begin on', () => {
    const [first, second] = shellCommands(
      "cat <<'EOF' > /x\na: 1\n  b: 2\nEOF\ncat <<-END\n\tc\n\tEND\necho",
    );
    expect(first?.hereDocument).toEqual({ text: 'a: 1\n  b: 2', line: 2 });
    expect(first?.writes.map(({ text }) => text)).toEqual(['/x']);
    expect(second?.hereDocument).toEqual({ text: 'c', line: 6 });
  });

  it('tells where words stand', () => {
    const [, command] = shellCommands("true\n  echo 'a\nb' > c");
    expect(command?.words[1]).toMatchObject({
      text: 'a\nb',
      start: { line: 2, column: 8 },
      end: { line: 3, column: 3 },
    });
  });

  it('passes over keywords and assignments before a name', () => {
    expect(wordsOf('if ! A=b sudo helm x; then y; fi').slice(0, 2)).toEqual([['helm', 'x'], ['y']]);
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab \n\t\\\'"$`(){}<>|&;#-='.split('')), maxLength: 40 }),
        (text) => {
          expect(shellCommands(text)).toBeInstanceOf(Array);
        },
      ),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 300 },
    );
  });
});

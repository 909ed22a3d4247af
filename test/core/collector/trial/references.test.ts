import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foreignReferences,
  isTransparent,
  neededVariables,
} from '../../../../src/core/collector/trial/references.ts';

const BUILT = { providers: ['env', 'file', 'http', 'https', 'yaml'] };

describe('references that a collector would follow out of its config', () => {
  it.each([
    ['${file:/etc/passwd}'],
    ['a ${file:/etc/passwd} b'],
    ['${https://example.com/x}'],
    ['${yaml:a: b}'],
    // A scheme takes everything behind its colon, a dash too.
    ['${file:-/../../etc/passwd}'],
    ['${env:X:-${file:/etc/passwd}}'],
    ['${${env:SCHEME}:/etc/passwd}'],
    // Defaults are read as YAML and expanded again.
    [String.raw`${'${env:X:-"\\x24\\x7bfile:/etc/passwd\\x7d"}'}`],
    ['${env:X:-!!binary JHtmaWxlOi9ldGMvcGFzc3dkfQ==}'],
    ['$$${file:/etc/passwd}'],
    ['${file:/etc/passwd'],
  ])('%s is one', (text) => {
    expect(foreignReferences(text, BUILT)).not.toEqual([]);
  });

  it.each([
    ['${env:NODE}'],
    ['${NODE}'],
    ['${env:NODE:-localhost}:4317'],
    ['http://${env:HOST}:${env:PORT:-4318}/v1'],
    // A dollar sign that is meant as such.
    ['$${file:/etc/passwd}'],
    ['^[a-z]+$'],
    ['$1'],
    // The collector refuses these itself, and its words are worth having.
    ['${OTEL-BACKEND}'],
    ['${vault:secret/token}'],
  ])('%s is none', (text) => {
    expect(foreignReferences(text, BUILT)).toEqual([]);
  });

  it('are all schemes but the environment where the binary does not tell its providers', () => {
    expect(foreignReferences('${vault:secret/token}', {})).toEqual(['${vault:secret/token}']);
  });
});

describe('a text that shows all that it says', () => {
  it.each([
    ['an escaped dollar sign', 'a: "\\x24{file:/etc/passwd}"'],
    ['another one', 'a: "\\u0024{file:/etc/passwd}"'],
    ['a line that goes on', 'a: "$\\\n  {file:/etc/passwd}"'],
    ['a tag that decodes', 'a: !!binary JHtmaWxlOi9ldGMvcGFzc3dkfQ=='],
    ['a tag with a handle of its own', '%TAG !e! tag:yaml.org,2002:\n---\na: !e!binary JHs='],
  ])('is not one with %s', (_, text) => {
    expect(isTransparent(text, BUILT)).toBe(false);
  });

  it('is one with regular expressions and comparisons', () => {
    const text = 'statements:\n  - \'set(attributes["x"], 1) where name != "\\d+"\'\n';
    expect(isTransparent(text, BUILT)).toBe(true);
  });
});

it('variables with a default are not needed', () => {
  expect(neededVariables('${env:A} ${B} ${env:C:-d} $${env:D} $E')).toEqual(['A', 'B']);
});

it('a file reference is seen wherever it stands', () => {
  const around = fc.string({ unit: fc.constantFrom('a', ' ', '$', '$$', '{', '}', '${env:X}', ':', '-') });
  fc.assert(
    fc.property(around, around, (before, after) => {
      // An odd number of dollar signs before it leaves one to escape its own.
      fc.pre(((/\$*$/.exec(before)?.[0].length ?? 0) & 1) === 0);
      expect(foreignReferences(`${before}\${file:/etc/passwd}${after}`, BUILT)).not.toEqual([]);
    }),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 20_000 : 200 },
  );
});

import { describe, expect, it } from 'vitest';
import { beside, isUnder, leadsThrough } from '../../src/io/paths.ts';

describe('globs', () => {
  it.each([
    ['bindplane/*.yaml', 'bindplane', true],
    ['bindplane/*.yaml', 'bindplane/deep', false],
    ['bindplane/*.yaml', 'other', false],
    ['*.yaml', 'bindplane', false],
    ['*/agents/*.yaml', 'east', true],
    ['*/agents/*.yaml', 'east/agents', true],
    ['*/agents/*.yaml', 'east/other', false],
    ['**/*.yaml', 'a/b/c', true],
    ['east/**/*.yaml', 'west', false],
    ['{a/b,c}/*.yaml', 'a', true],
  ])('%s leads through %s: %s', (wanted, folder, expected) => {
    expect(leadsThrough(wanted, folder)).toBe(expected);
  });

  it('beside a file are its neighbours, not what lies below', () => {
    const globs = beside('a/[b]/c.yaml');
    expect(isUnder('a/[b]/d.yml', globs)).toBe(true);
    expect(isUnder('a/[b]/deep/d.yaml', globs)).toBe(false);
    expect(isUnder('a/d.yaml', globs)).toBe(false);
    expect(isUnder('d.yaml', beside('c.yaml'))).toBe(true);
  });
});

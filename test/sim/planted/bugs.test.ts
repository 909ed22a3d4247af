import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './bugs.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('planted bugs (npm run sim:planted shows which invariant notices each)', () => {
  it('are at least 25, each with a name of its own (TST-23)', () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(PLANTED_BUGS.map(({ bug }) => bug)).size).toBe(PLANTED_BUGS.length);
  });

  it.each(PLANTED_BUGS)('$bug: fits the text that it changes', ({ file, from, to }) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(text.split(from).length - 1, `${file} holds it once`).toBe(1);
    expect(to).not.toBe(from);
  });
});

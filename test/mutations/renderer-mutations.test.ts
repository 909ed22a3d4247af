import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './renderer-mutations.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the mutations of the renderer', () => {
  it('are enough', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(MUTATIONS.map((mutation) => [mutation.rule, mutation] as const))(
    'fit the text they change: %s',
    (_rule, { file, from, to, noticed: [test] }) => {
      const text = readFileSync(join(ROOT, 'src/core/bindplane', file), 'utf8');
      expect(text.split(from)).toHaveLength(2);
      expect(to).not.toBe(from);
      expect(readFileSync(join(ROOT, 'test/core/bindplane', `${test}.test.ts`), 'utf8')).not.toBe('');
    },
  );
});

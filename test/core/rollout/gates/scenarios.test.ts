import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GateResult } from '../../../../src/core/rollout/gates/gate.ts';
import { judgeWave } from '../../../../src/core/rollout/gates/judge.ts';
import { context } from './fixtures.ts';
import { SCENARIOS } from './scenarios.ts';

function line({ gate, verdict, action, shadow, evidence }: GateResult): string {
  const asked = verdict === 'fail' ? ` → ${action}` : '';
  return `  ${gate.padEnd(14)} ${verdict}${asked}${shadow ? ' (shadow)' : ''}: ${evidence}`;
}

describe('what gates say of', () => {
  it.each(SCENARIOS)('$name', ({ context: given, fails }) => {
    const results = judgeWave(context(given));
    expect(results.flatMap(({ gate, verdict }) => (verdict === 'fail' ? [gate] : []))).toEqual(fails);
  });

  it('reads as people read it', async () => {
    const text = SCENARIOS.map(
      ({ name, context: given }) => `${name}\n${judgeWave(context(given)).map(line).join('\n')}\n`,
    );
    await expect(text.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'golden', 'verdicts.txt'));
  });
});

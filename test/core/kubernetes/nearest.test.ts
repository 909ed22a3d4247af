import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { belongingTo, nearest, nearestOf } from '../../../src/core/kubernetes/nearest.ts';
import { bytesText, goMemoryBytes, quantityOf } from '../../../src/core/kubernetes/quantity.ts';

const objectIn = (
  file: string,
): { readonly at: { file: string; line: number; column: number; endLine: number; endColumn: number } } => ({
  at: { file, line: 1, column: 1, endLine: 1, endColumn: 2 },
});

describe('an object that several environments declare', () => {
  it('is that of the file, then of the folder, then the first', () => {
    const all = [objectIn('base/gateway.yaml'), objectIn('prod/config.yaml'), objectIn('prod/gateway.yaml')];
    expect(nearest(all, 'prod/gateway.yaml')).toBe(all[2]);
    expect(nearest(all, 'prod/other.yaml')).toBe(all[1]);
    expect(nearest(all, 'dev/gateway.yaml')).toBe(all[0]);
    expect(nearest([], 'a.yaml')).toBeUndefined();
  });

  it('belongs to a declaration that no other is nearer to', () => {
    const all = ['prod/hpa.yaml', 'base/hpa.yaml', 'dev/gateway.yaml', 'hpa.yaml'].map(objectIn);
    const own = belongingTo(all, ['dev/gateway.yaml', 'prod/gateway.yaml']);
    expect(own('prod/gateway.yaml').map(({ at }) => at.file)).toEqual([
      'prod/hpa.yaml',
      'base/hpa.yaml',
      'hpa.yaml',
    ]);
    expect(own('dev/gateway.yaml').map(({ at }) => at.file)).toEqual([
      'base/hpa.yaml',
      'dev/gateway.yaml',
      'hpa.yaml',
    ]);
  });

  it('is found among many as if it were compared with each', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 8 }), path, (files, file) => {
        const all = files.map(objectIn);
        const shared = (other: string): number => {
          if (other === file) return Infinity;
          const [left, right] = [other.split('/').slice(0, -1), file.split('/').slice(0, -1)];
          const parts = left.findIndex((part, index) => part !== right[index]);
          return parts < 0 ? left.length : parts;
        };
        const most = Math.max(...files.map(shared));
        expect(nearestOf(all)(file)).toBe(all.find(({ at }) => shared(at.file) === most));
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 5000 : 50 },
    );
  });
});

describe('quantities', () => {
  it('are read as Kubernetes and Go write them', () => {
    expect(
      ['512Mi', '2Gi', '1G', '250m', '1e3', '100', '1.5Gi', 'much', ''].map((text) => quantityOf(text)),
    ).toEqual([536_870_912, 2_147_483_648, 1e9, 0.25, 1000, 100, 1_610_612_736, undefined, undefined]);
    expect(['1638MiB', '2GiB', '1000B', '1000', 'off'].map((text) => goMemoryBytes(text))).toEqual([
      1_717_567_488,
      2_147_483_648,
      1000,
      1000,
      undefined,
    ]);
    expect([bytesText(536_870_912), bytesText(1_610_612_736)]).toEqual(['512 MiB', '1.5 GiB']);
  });
});

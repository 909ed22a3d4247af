import { describe, expect, it } from 'vitest';
import { resourceFromJson } from '../../../../src/core/bindplane/read.ts';
import type { JsonMap } from '../../../../src/core/document/node.ts';
import type { ServerRollout } from '../../../../src/core/rollout/server-rollout/counts.ts';
import {
  isSameConfig,
  lostSecrets,
  undoManifest,
  undoneVersions,
  RESTORES_LABEL,
  UNDOES_LABEL,
  undoObstacle,
  versionBefore,
  type KnownVersion,
} from '../../../../src/core/rollout/server-rollout/undo.ts';

function known(
  version: number,
  status: ServerRollout['status'],
  more: { readonly errors?: number; readonly spec?: JsonMap; readonly labels?: JsonMap } = {},
): KnownVersion {
  const { errors = 0, spec = {}, labels = {} } = more;
  const resource = resourceFromJson({
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Configuration',
    metadata: { id: '01H', name: 'edge', version, hash: 'ff', dateModified: 'then', labels },
    spec,
  });
  if (resource === undefined) throw new Error('no resource');
  const counts = { completed: 1, errors, pending: 0, waiting: 0 };
  return { resource, version, rollout: { configuration: 'edge', version, status, phase: 1, ...counts } };
}

describe('the version to bring back', () => {
  it('is what the server called current, where that ended well', () => {
    expect(versionBefore([known(3, 'error'), known(2, 'stable'), known(1, 'stable')], 3, 1)).toBe(1);
  });

  it('is the newest that ended well where it did not: Stable may mean that everybody refused', () => {
    const history = [
      known(4, 'error'),
      known(3, 'stable', { errors: 2 }),
      known(2, 'stable'),
      known(1, 'stable'),
    ];
    expect(versionBefore(history, 4, 3)).toBe(2);
  });

  it('is none that was given up itself, and none that comes after', () => {
    const history = [
      known(5, 'stable'),
      known(4, 'error'),
      known(3, 'stable', { labels: { [UNDOES_LABEL]: '2' } }),
      known(2, 'stable'),
      known(1, 'replaced'),
    ];
    expect(versionBefore(history, 4, undefined)).toBe(3);
    expect(versionBefore(history, 3, undefined)).toBeUndefined();
  });

  it('is nothing where there is none', () => {
    expect(versionBefore([known(1, 'error')], 1, undefined)).toBeUndefined();
    expect(undoObstacle(undefined, known(1, 'error'))).toBe('there is no earlier version');
  });
});

describe('its manifest', () => {
  it('keeps references and ids as they were saved, leaves out what only the server writes, and says what it undoes', () => {
    const spec = { sources: [{ id: 's1', name: 'edge-otlp:1' }], selector: { matchLabels: { a: 'b' } } };
    const before = known(1, 'stable', { spec, labels: { platform: 'linux' } });
    expect(undoManifest(before, known(2, 'error'))).toEqual({
      apiVersion: 'bindplane.observiq.com/v1',
      kind: 'Configuration',
      metadata: { name: 'edge', labels: { platform: 'linux', [UNDOES_LABEL]: '2', [RESTORES_LABEL]: '1' } },
      spec,
    });
  });

  it('is how later runs know what was given up', () => {
    const history = [
      known(6, 'pending'),
      known(5, 'stable', { labels: { [UNDOES_LABEL]: '4' } }),
      known(3, 'stable', { labels: { [UNDOES_LABEL]: '2' } }),
      known(1, 'stable', { labels: { [UNDOES_LABEL]: 'nonsense' } }),
    ];
    expect(undoneVersions(history)).toEqual([4, 2]);
  });
});

describe('secrets', () => {
  const token = { name: 'token', value: '(sensitive)', sensitive: true };

  it('of inline items are kept by the server where the item is still there, under the same id', () => {
    const spec = { sources: [{ id: 's1', type: 'http', parameters: [token] }] };
    expect(lostSecrets(spec, spec)).toEqual([]);
  });

  it('that the server no longer has would be stored as the words (sensitive): such a version is not brought back', () => {
    const spec = {
      destinations: [{ id: 'd1', type: 'http', processors: [{ id: 'p1', parameters: [token] }] }],
    };
    const before = known(1, 'stable', { spec });
    const bad = known(2, 'error', {
      spec: { destinations: [{ id: 'd2', type: 'http', parameters: [token] }] },
    });
    expect(lostSecrets(spec, bad.resource.spec)).toEqual(['d1/p1/token']);
    expect(undoObstacle(before, bad)).toContain('secrets that the server does not give out');
  });
});

describe('the text of a version that was applied again', () => {
  it('may differ in the header, which names the version, and in nothing else', () => {
    expect(isSameConfig('# Configuration: edge:3\na: 1\n', '# Configuration: edge:1\na: 1\n')).toBe(true);
    expect(isSameConfig('# Configuration: edge:3\na: 2\n', '# Configuration: edge:1\na: 1\n')).toBe(false);
  });
});

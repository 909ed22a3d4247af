import { describe, expect, it } from 'vitest';
import { foldGates } from '../../../schemas/components/gen/fold-gates.ts';
import type { ModuleGates } from '../../../schemas/components/gen/fold-gates.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';

const catalogue = builtInCatalogue();

describe('a feature gate', () => {
  it.each([
    ['service.profilesSupport', '0.158.0', { verdict: 'present', stage: 'alpha' }],
    ['confighttp.framedSnappy', '0.129.0', { verdict: 'present', stage: 'alpha' }],
    ['confighttp.framedSnappy', '0.139.0', { verdict: 'present', stage: 'beta' }],
    ['confighttp.framedSnappy', '0.152.1', { verdict: 'present', stage: 'stable', to: '0.151.0' }],
    ['confighttp.framedSnappy', '0.158.0', { verdict: 'absent', reason: 'removed', last: '0.154.0' }],
    ['confighttp.framedSnappy', '0.120.0', { verdict: 'absent', reason: 'later', since: '0.126.0' }],
    ['k8sattr.labelsAnnotationsSingular.allow', '0.149.0', { verdict: 'present', stage: 'deprecated' }],
  ])('%s at %s is what collectors of that version registered', (id, version, expected) => {
    expect(catalogue.gate(id, version)).toMatchObject(expected);
  });

  it('is not known between two versions that differ and before the first that was read', () => {
    // 0.111.0 does not have it and 0.129.0 does; nothing between was read.
    expect(catalogue.gate('otelcol.printInitialConfig', '0.120.0')).toEqual({ verdict: 'unknown' });
    expect(catalogue.gate('telemetry.newPipelineTelemetry', '0.40.0')).toEqual({ verdict: 'unknown' });
    expect(catalogue.gate('telemetry.newPipelineTelemetry', 'nonsense')).toEqual({ verdict: 'unknown' });
  });

  it('nobody ever heard of comes with one that it may have been meant to be, if that version has it', () => {
    const asked = 'service.profileSupport';
    expect(catalogue.gate(asked, '0.149.0')).toEqual({
      verdict: 'absent',
      reason: 'unheard-of',
      suggestion: 'service.profilesSupport',
    });
    expect(catalogue.gate('a', '0.149.0')).toEqual({ verdict: 'absent', reason: 'unheard-of' });
  });

  it('counts as changed where it is on in one version and off in the other', () => {
    const ids = (before: string, after: string): readonly string[] =>
      catalogue.gateChanges(before, after).map(({ gate, from, to }) => `${gate.id} ${from} ${to}`);
    expect(ids('0.149.0', '0.156.0')).toContain('filelog.protobufCheckpointEncoding alpha beta');
    expect(ids('0.156.0', '0.149.0')).toContain('filelog.protobufCheckpointEncoding beta alpha');
    expect(ids('0.149.0', '0.149.0')).toEqual([]);
  });
});

describe('folding of gates', () => {
  const source = (module: string, minor: number, stage?: string, asks?: readonly string[]): ModuleGates => ({
    module,
    minor,
    gates: stage === undefined ? [] : [{ id: 'a.b', stage, to: '<nil>' }],
    ...(asks && { asks }),
  });
  const componentOf = (module: string): string | undefined =>
    module === 'x/receiver/one' ? 'receivers/one' : undefined;

  it('keeps the versions at which a stage begins and ends, and who brings the module', () => {
    const { gates } = foldGates(
      [
        source('x/pkg/shared', 110),
        source('x/pkg/shared', 112, 'alpha'),
        source('x/pkg/shared', 113, 'beta'),
        source('x/receiver/one', 113, undefined, ['x/pkg/shared']),
      ],
      [],
      componentOf,
    );
    expect(gates['a.b']).toEqual({
      read: '110 112-113',
      module: 'x/pkg/shared',
      stages: {
        alpha: [{ since: '0.112', notBefore: '0.111', until: '0.113' }],
        beta: [{ since: '0.113' }],
      },
      components: ['receivers/one'],
    });
  });

  it('takes the registry of a compiled collector for sure only of what is linked into it', () => {
    const sources = [source('c/service', 112, 'alpha')];
    const withIt = { minor: 113, gates: [{ id: 'a.b', stage: 'beta' }], linked: ['c/service'] };
    const without = { minor: 114, gates: [], linked: ['c/service'] };
    const unlinked = { minor: 115, gates: [], linked: [] };
    const { gates } = foldGates(sources, [withIt, without, unlinked], () => undefined);
    expect(gates['a.b']?.read).toBe('112-114');
    expect(gates['a.b']?.stages['beta']).toEqual([{ since: '0.113', until: '0.114' }]);
  });

  it('leaves out what no collector has although it links the module, and what only a tool has', () => {
    const built = [{ minor: 112, gates: [], linked: ['x/pkg/shared'] }];
    expect(foldGates([source('x/pkg/shared', 112, 'alpha')], built, componentOf)).toEqual({
      gates: {},
      dropped: ['a.b'],
    });
    expect(foldGates([source('x/cmd/tool', 112, 'alpha')], [], componentOf).dropped).toEqual(['a.b']);
  });
});

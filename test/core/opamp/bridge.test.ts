import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { bridgeObjects, holdsCollectorResources } from '../../../src/core/opamp/bridge.ts';

interface Parts {
  readonly name?: string;
  readonly namespace?: string;
  readonly kind?: string;
  readonly version?: string;
  readonly label?: string;
}

function resource({
  name = 'node',
  namespace = 'obs',
  kind = 'OpenTelemetryCollector',
  version = 'opentelemetry.io/v1beta1',
  label = 'opentelemetry.io/opamp-managed',
}: Parts = {}): string {
  return `apiVersion: ${version}
kind: ${kind}
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    ${label}: "true"
spec:
  mode: daemonset
`;
}

const keys = (text: string, managed: readonly string[] = []): readonly string[] | string => {
  const made = bridgeObjects(text, managed);
  return 'refused' in made ? made.refused : made.entries.map(([key]) => key);
};

describe('what a bridge is offered', () => {
  it('is each resource whole, under its namespace and name', () => {
    const made = bridgeObjects(`${resource()}---\n${resource({ name: 'gateway' })}`, ['obs/node']);
    const entries = 'entries' in made ? made.entries : [];
    expect(entries.map(([key, { contentType }]) => [key, contentType])).toEqual([
      ['obs/node', 'yaml'],
      ['obs/gateway', 'yaml'],
    ]);
    expect(new TextDecoder().decode(entries[1]?.[1].body)).toContain('mode: daemonset');
  });

  it('has at most so many resources as are read of it', () => {
    const many = (count: number): string =>
      Array.from({ length: count }, (_, index) => resource({ name: `pool-${index}` })).join('---\n');
    expect(keys(many(LIMITS.opamp.configObjects))).toHaveLength(LIMITS.opamp.configObjects);
    expect(keys(many(LIMITS.opamp.configObjects + 1))).toContain('are too many');
  });

  it.each<[string, string, string]>([
    ['nothing', '# only a comment\n', 'an empty offer would delete all it manages'],
    [
      'another kind',
      resource({ kind: 'Instrumentation' }),
      'only OpenTelemetryCollector resources, not Instrumentation',
    ],
    ['a collector config', 'receivers: {}\n', 'only OpenTelemetryCollector resources'],
    [
      'another version',
      resource({ version: 'opentelemetry.io/v1alpha1' }),
      'a bridge reads opentelemetry.io/v1beta1',
    ],
    [
      'a resource it does not manage',
      resource({ label: 'team' }),
      'has no label opentelemetry.io/opamp-managed',
    ],
    ['a path for a name (SEC-75)', resource({ name: '../../etc' }), 'is no namespace and name'],
    ['a name with a slash (SEC-75)', resource({ name: 'a/b' }), 'is no namespace and name'],
    ['no namespace', resource({ namespace: '""' }), 'is no namespace and name'],
    ['one resource twice', `${resource()}---\n${resource()}`, 'stands there twice'],
    ['broken YAML', `${resource()}  x: [`, 'cannot be read'],
  ])('is refused where it is %s', (_name, text, why) => {
    expect(keys(text)).toContain(why);
  });

  it('is refused where it leaves out what the bridge manages: that would delete it', () => {
    expect(keys(resource(), ['obs/node', 'obs/gateway'])).toBe(
      'the bridge manages obs/gateway too; an offer without would delete it',
    );
  });

  it('is told from a collector’s config by its kind', () => {
    expect(holdsCollectorResources(resource())).toBe(true);
    expect(holdsCollectorResources('receivers:\n  k8sobjects:\n    kind: OpenTelemetryCollector\n')).toBe(
      false,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { classOfWord, parseComponentId } from '../../../src/core/collector/component-id.ts';
import {
  componentsOf,
  isUsed,
  pipelinesOf,
  serviceExtensions,
} from '../../../src/core/collector/pipelines.ts';
import { locate, provenanceOf } from '../../../src/core/collector/provenance.ts';
import { compareVersions, isAfter, isAtLeast, parseVersion } from '../../../src/core/collector/version.ts';
import { rawConfig } from '../../support/raw-config.ts';

const config = rawConfig(
  'c.yaml',
  `receivers:
  otlp/in:
    protocols:
connectors:
  forward:
exporters:
  debug:
  spare:
extensions:
  zpages:
service:
  extensions: [zpages]
  pipelines:
    traces/a: { receivers: [otlp/in], processors: [batch, 7], exporters: [forward] }
    traces: { receivers: [forward], exporters: debug }
    metricz:
`,
);

describe('a config tree', () => {
  it('has components by section, with null bodies as they are', () => {
    expect(
      componentsOf(config.tree).map(({ class: section, id, type }) => `${section} ${id} ${type}`),
    ).toEqual([
      'receivers otlp/in otlp',
      'exporters debug debug',
      'exporters spare spare',
      'connectors forward forward',
      'extensions zpages zpages',
    ]);
    expect(componentsOf({ receivers: ['x'], exporters: 'y' })).toEqual([]);
  });

  it('has pipelines with signal and lists; what is no list of ids is empty', () => {
    expect(pipelinesOf(config.tree)).toEqual([
      {
        id: 'traces/a',
        signal: 'traces',
        receivers: ['otlp/in'],
        processors: ['batch'],
        exporters: ['forward'],
      },
      { id: 'traces', signal: 'traces', receivers: ['forward'], processors: [], exporters: [] },
      { id: 'metricz', receivers: [], processors: [], exporters: [] },
    ]);
    expect(pipelinesOf({ service: { pipelines: [] } })).toEqual([]);
    expect(serviceExtensions(config.tree)).toEqual(['zpages']);
  });

  it('knows what is used', () => {
    expect(isUsed(config.tree, 'connectors', 'forward')).toBe(true);
    expect(isUsed(config.tree, 'extensions', 'zpages')).toBe(true);
    expect(isUsed(config.tree, 'exporters', 'spare')).toBe(false);
  });
});

describe('component ids', () => {
  it.each([
    ['otlp', { text: 'otlp', type: 'otlp' }],
    [' otlp / a ', { text: 'otlp/a', type: 'otlp', name: 'a' }],
    ['k8s_cluster/a/b', { text: 'k8s_cluster/a/b', type: 'k8s_cluster', name: 'a/b' }],
  ])('%s', (text, id) => {
    expect(parseComponentId(text)).toEqual({ id });
  });

  it.each([
    ['', 'id must not be empty'],
    ['debug/', 'in "debug/" id: the part after / should not be empty'],
    ['/x', 'in "/x" id: the part before / should not be empty'],
    ['1x', 'in "1x" id: invalid character(s) in type "1x"'],
    ['a/b c', 'in "a/b c" id: invalid character(s) in name "b c"'],
  ])('%s is refused in the words of the collector', (text, mistake) => {
    expect(parseComponentId(text)).toEqual({ mistake });
  });

  it('reads the words of messages', () => {
    expect(classOfWord('Receiver')).toBe('receivers');
    expect(classOfWord('processors')).toBe('processors');
    expect(classOfWord('pipeline')).toBeUndefined();
  });
});

describe('provenance', () => {
  it('is that of the longest prefix, and says whether it is the whole path', () => {
    const place = (...path: string[]): unknown => {
      const found = locate(config, path);
      return found === undefined ? undefined : [found.entry.path.join('.'), found.entry.at.line, found.whole];
    };
    expect(place('receivers', 'otlp/in')).toEqual(['receivers.otlp/in', 2, true]);
    expect(place('receivers', 'otlp/in', 'nothing', 'here')).toEqual(['receivers.otlp/in', 2, false]);
    expect(place('nowhere')).toBeUndefined();
    expect(provenanceOf(config, ['service', 'extensions', '0'])?.at.line).toBe(12);
  });
});

describe('versions', () => {
  it('are read, compared, and held against minor and patch releases', () => {
    expect(parseVersion('v1.80.1-scratch')).toEqual({ major: 1, minor: 80, patch: 1 });
    expect(['latest', '1', '', 'sha256:1', '1.2.3.4'].map(parseVersion)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(compareVersions({ major: 0, minor: 9, patch: 0 }, { major: 0, minor: 10, patch: 0 })).toBeLessThan(
      0,
    );
    expect(isAtLeast('0.135.0', '0.135')).toBe(true);
    expect(isAtLeast('0.134.9', '0.135')).toBe(false);
    expect(isAfter('0.135.2', '0.135')).toBe(false);
    expect(isAfter('0.136.0', '0.135')).toBe(true);
    expect(isAfter('0.130.2', '0.130.1')).toBe(true);
    expect(isAfter('latest', '0.130.1')).toBe(false);
  });
});

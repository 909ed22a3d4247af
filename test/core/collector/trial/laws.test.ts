import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { startableConfig } from '../../../../src/core/collector/trial/trial-config.ts';
import { emitYaml } from '../../../../src/core/document/emit.ts';
import { builtInCatalogue } from '../../../support/catalogue.ts';
import { rawConfig } from '../../../support/raw-config.ts';

const catalogue = builtInCatalogue();
const capabilities = {
  command: 'otelcol',
  version: '0.158.0',
  components: {
    receivers: ['nop', 'otlp', 'file_log', 'github', 'k8s_cluster'].map((type) => ({ type })),
    processors: [],
    exporters: [{ type: 'nop' }],
    connectors: [],
    extensions: [],
  },
};

const FILE = '/etc/passwd';
const ADDRESS = '10.9.8.7:4317';
const IDS = [
  'otlp',
  'filelog',
  'github',
  'k8s_cluster',
  'batch',
  'resourcedetection',
  'opamp',
  'health_check',
  'debug',
  'kafka',
];
const SAFE_RECEIVERS = /^(?:otlp$|filelog$|nop\/trial-of\/)/;

const scalar = fc.constantFrom('a', FILE, '${env:X}', '${file:/etc/passwd}', ADDRESS, 7, null);
const body = fc.dictionary(
  fc.constantFrom('endpoint', 'protocols', 'include', 'tls', 'auth', 'operators', 'x'),
  fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('grpc', 'endpoint', 'cert_file', 'type'), scalar),
  ),
);
const filelog = fc.record({ include: fc.array(scalar, { maxLength: 2 }) });
const section = fc.dictionary(fc.constantFrom(...IDS), fc.oneof({ weight: 4, arbitrary: body }, scalar));
const list = fc.subarray(IDS);
const configs = fc.record({
  receivers: fc.tuple(section, filelog).map(([others, one]) => ({ ...others, filelog: one })),
  processors: section,
  exporters: section,
  extensions: fc
    .tuple(section, scalar)
    .map(([others, endpoint]) => ({ ...others, health_check: { endpoint } })),
  service: fc.record({
    extensions: list,
    pipelines: fc.record({ logs: fc.record({ receivers: list, processors: list, exporters: list }) }),
  }),
});

/** What a started config must not have, as far as its components are defined: those that are not, the collector refuses. */
function dangers(text: string): readonly string[] {
  const { receivers, processors, exporters, extensions, service } = parse(text);
  const { logs } = service.pipelines;
  const defined = (ids: readonly string[], of: object | null): readonly string[] =>
    ids.filter((id) => Object.hasOwn(of ?? {}, id));
  return [
    ...(text.includes('${file:') ? ['follows a file'] : []),
    ...defined(logs.exporters, exporters).filter((id) => !id.startsWith('nop')),
    ...defined(logs.receivers, receivers).filter((id) => !SAFE_RECEIVERS.test(id)),
    ...defined(logs.processors, processors).filter((id) => id !== 'batch'),
    ...defined(service.extensions, extensions).filter((id) => id !== 'health_check'),
    // Of the receivers that are started only one knows the key; the others the collector refuses with it.
    ...defined(logs.receivers, receivers).filter(
      (id) => id === 'filelog' && [receivers[id]?.include].flat().includes(FILE),
    ),
    ...defined(service.extensions, extensions).filter((id) => extensions[id]?.endpoint === ADDRESS),
  ];
}

it('nothing is started that sends, follows a file, asks others or listens elsewhere, whatever a config holds', () => {
  let started = 0;
  fc.assert(
    fc.property(configs, (tree) => {
      const trial = startableConfig(rawConfig('c.yaml', emitYaml(tree)), {
        capabilities,
        catalogue,
        folder: '/trial',
      });
      if ('reason' in trial) return;
      started += 1;
      expect(dangers(trial.text)).toEqual([]);
    }),
    { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 6000 : 60 },
  );
  expect(started).toBeGreaterThan(5);
});

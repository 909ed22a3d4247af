import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestApp, type Answer } from '../../support/app.ts';

const V1 = 'bindplane.observiq.com/v1';

let app: TestApp;

beforeEach(async () => {
  app = await TestApp.start(':memory:');
});

afterEach(() => app.close());

function source(port: number, more: object = {}): object {
  return {
    apiVersion: V1,
    kind: 'Source',
    metadata: { name: 'in', ...more },
    spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: port }] },
  };
}

const DESTINATION = {
  apiVersion: V1,
  kind: 'Destination',
  metadata: { name: 'gw' },
  spec: { type: 'otlp_grpc', parameters: [{ name: 'hostname', value: 'gw.internal' }] },
};

function configuration(reference = 'in', metadata: object = {}): object {
  return {
    apiVersion: V1,
    kind: 'Configuration',
    metadata: { name: 'edge', ...metadata },
    spec: {
      sources: [{ name: reference }],
      destinations: [{ name: 'gw' }],
      selector: { matchLabels: { configuration: 'edge' } },
    },
  };
}

async function apply(...resources: readonly object[]): Promise<readonly string[]> {
  const { body } = await app.call('POST', '/v1/apply', { resources });
  if (body.updates === undefined) return body.errors;
  return body.updates.map(
    ({
      resource,
      status,
    }: {
      resource: { kind: string; metadata: { name: string; version: number } };
      status: string;
    }) => `${resource.kind} ${resource.metadata.name}:${resource.metadata.version} ${status}`,
  );
}

async function start(): Promise<void> {
  await app.call('POST', '/v1/rollouts/edge/start', { options: null });
}

async function shown(
  reference: string,
): Promise<{ version: number; source: string; port: string | undefined }> {
  const { body } = await app.call('GET', `/v1/configurations/${reference}`);
  const { metadata, spec } = body.configuration;
  return {
    version: metadata.version,
    source: spec.sources[0].name,
    port: /:(\d+)$/m.exec(body.raw.split('grpc:')[1] ?? '')?.[1],
  };
}

describe('versions and drafts', () => {
  it('a draft is changed in place; after a rollout was started a change is a new version', async () => {
    await apply(source(1001), DESTINATION, configuration());
    expect(await apply(source(1002))).toEqual(['Source in:2 configured', 'Configuration edge:1 configured']);
    expect(await shown('edge')).toEqual({ version: 1, source: 'in:2', port: '1002' });
    await start();
    expect(await apply(source(1003))).toEqual(['Source in:3 configured', 'Configuration edge:2 configured']);
    expect(await apply(source(1004))).toEqual(['Source in:4 configured', 'Configuration edge:2 configured']);
    expect(await shown('edge:1')).toEqual({ version: 1, source: 'in:2', port: '1002' });
    expect(await shown('edge:latest')).toEqual({ version: 2, source: 'in:4', port: '1004' });
    expect(await shown('edge:pending')).toEqual({ version: 1, source: 'in:2', port: '1002' });
  });

  it('a description alone makes no new version of a configuration, and one of a source does, with whoever uses it', async () => {
    await apply(source(1001), DESTINATION, configuration());
    await start();
    expect(await apply(configuration('in', { description: 'of the edge' }))).toEqual([
      'Configuration edge:1 configured',
    ]);
    expect(await apply(source(1001, { description: 'of the edge' }))).toEqual([
      'Source in:2 configured',
      'Configuration edge:2 configured',
    ]);
    expect(await shown('edge')).toEqual({ version: 2, source: 'in:2', port: '1001' });
    expect(await shown('edge:1')).toEqual({ version: 1, source: 'in:1', port: '1001' });
  });

  it('a reference is saved with the newest version, whatever version of those there are it names', async () => {
    await apply(source(1001), DESTINATION);
    await apply(source(1002));
    expect(await apply(configuration('in:1'))).toEqual(['Configuration edge:1 created']);
    expect(await shown('edge')).toEqual({ version: 1, source: 'in:2', port: '1002' });
    expect(await apply(configuration('in:latest'))).toEqual(['Configuration edge:1 unchanged']);
    expect(await apply(configuration('in:9'))).toEqual([
      'failed to render config (resourceID: edge): unknown Source: in:9',
    ]);
  });

  it('a changed type is carried on to everything that uses it', async () => {
    const type = (text: string): object => ({
      apiVersion: V1,
      kind: 'SourceType',
      metadata: { name: 'own' },
      spec: {
        parameters: [],
        supportedPlatforms: ['linux'],
        logs: { receivers: `- filelog:\n    include: [${text}]\n` },
      },
    });
    const own = { apiVersion: V1, kind: 'Source', metadata: { name: 'in' }, spec: { type: 'own' } };
    await apply(type('/a'), own, DESTINATION, configuration());
    expect(await apply(type('/b'))).toEqual([
      'SourceType own:2 configured',
      'Source in:2 configured',
      'Configuration edge:1 configured',
    ]);
    const { body } = await app.call('GET', '/v1/configurations/edge');
    expect(body.raw).toContain('- /b');
    expect((await app.call('GET', '/v1/sources/in')).body.source.spec).toEqual({ type: 'own:2' });
    expect((await app.call('GET', '/v1/source-types/own:1')).body.sourceType.status).toEqual({
      latest: false,
    });
  });

  it('a type of our own that is applied anew goes on from its version', async () => {
    const { body } = await app.call('GET', '/v1/source-types/otlp');
    const { apiVersion, kind, metadata, spec } = body.sourceType;
    expect(
      await apply({ apiVersion, kind, metadata: { name: 'otlp' }, spec: { ...spec, version: '9.9.9' } }),
    ).toEqual([`SourceType otlp:${metadata.version + 1} configured`]);
  });

  it('history has all versions, newest first', async () => {
    await apply(source(1001), DESTINATION, configuration());
    await start();
    await apply(source(1002));
    const versions = (answer: Answer): readonly number[] =>
      answer.body.versions.map(({ metadata }: { metadata: { version: number } }) => metadata.version);
    expect(versions(await app.call('GET', '/v1/Configuration/edge/history'))).toEqual([2, 1]);
    expect(versions(await app.call('GET', '/v1/configurations/edge/history'))).toEqual([2, 1]);
    expect(versions(await app.call('GET', '/v1/source/in/history'))).toEqual([2, 1]);
    expect(versions(await app.call('GET', '/v1/source-types/otlp/history'))).toHaveLength(1);
    expect((await app.call('GET', '/v1/Configuration/nope/history')).status).toBe(404);
    expect((await app.call('GET', '/v1/source/nope/history')).status).toBe(404);
  });

  it('revert gives a draft up', async () => {
    await apply(source(1001), DESTINATION, configuration());
    expect((await app.call('PUT', '/v1/configurations/edge/revert')).status).toBe(409);
    await start();
    await apply(DESTINATION, {
      ...configuration(),
      spec: { raw: 'receivers: {}', selector: { matchLabels: { a: 'b' } } },
    });
    expect((await app.call('GET', '/v1/configurations/edge')).body.raw).toBe('receivers: {}');
    const { status, body } = await app.call('PUT', '/v1/configurations/edge/revert');
    expect([status, body.raw.split('\n')[3]]).toEqual([200, '    otlp/in:']);
    expect((await app.call('PUT', '/v1/configurations/nope/revert')).status).toBe(404);
  });

  it('a copy has the secrets, and a selector of its own', async () => {
    const dd = {
      apiVersion: V1,
      kind: 'Destination',
      metadata: { name: 'gw' },
      spec: { type: 'datadog', parameters: [{ name: 'api_key', value: 'secret-of-dd' }] },
    };
    await apply(source(1001), dd, configuration());
    expect(await app.call('POST', '/v1/configurations/edge/copy', { name: 'twin' })).toEqual({
      status: 201,
      body: { name: 'twin' },
    });
    const { body } = await app.call('GET', '/v1/configurations/twin');
    expect(body.configuration.spec.selector).toEqual({ matchLabels: { configuration: 'twin' } });
    expect(body.raw).toContain('# Configuration: twin:1');
  });
});

describe('laws of apply', () => {
  const processors = fc.array(
    fc.oneof(
      fc.constant({ name: 'tidy' }),
      fc.record({ type: fc.constant('batch'), parameters: fc.constant([{ name: 'timeout', value: '2s' }]) }),
      fc.record({
        type: fc.constant('batch'),
        disabled: fc.boolean(),
        displayName: fc.constantFrom('', 'mine'),
      }),
    ),
    { maxLength: 3 },
  );
  const items = (name: string, type: string): fc.Arbitrary<readonly object[]> =>
    fc.array(
      fc.oneof(
        fc.record({ name: fc.constantFrom(name, `${name}:1`, `${name}:latest`), processors }),
        fc.record(
          { type: fc.constantFrom(type, `${type}:1`), processors, parameters: fc.constantFrom(null, []) },
          { requiredKeys: ['type'] },
        ),
      ),
      { maxLength: 4 },
    );

  it('law: what was applied is unchanged when it is applied again, also as the server shows it, and in another order of keys', async () => {
    const tidy = { apiVersion: V1, kind: 'Processor', metadata: { name: 'tidy' }, spec: { type: 'batch' } };
    await apply(source(1001), DESTINATION, tidy);
    await fc.assert(
      fc.asyncProperty(items('in', 'otlp'), items('gw', 'otlp_grpc'), async (sources, destinations) => {
        const spec = { sources, destinations, selector: { matchLabels: { b: '2', a: '1' } } };
        const file = {
          apiVersion: V1,
          kind: 'Configuration',
          metadata: { name: 'law', labels: { z: '1', a: '2' } },
          spec,
        };
        await apply(file);
        const turned = {
          spec: Object.fromEntries(Object.entries(spec).toReversed()),
          metadata: file.metadata,
          kind: file.kind,
          apiVersion: V1,
        };
        const { body } = await app.call('GET', '/v1/configurations/law');
        for (const again of [file, turned, body.configuration]) {
          expect(await apply(again)).toEqual(['Configuration law:1 unchanged']);
        }
      }),
      { numRuns: process.env['COLLIE_LAWS'] === 'full' ? 2000 : 20 },
    );
  });
});

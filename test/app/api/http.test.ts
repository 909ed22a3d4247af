import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, TestApp } from '../../support/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start(':memory:');
});

afterAll(() => app.close());

interface Raw {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Raw> {
  const response = await fetch(`${app.url}${path}`, {
    method,
    headers: { 'x-bindplane-api-key': API_KEY, ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const SOURCE = {
  apiVersion: 'bindplane.observiq.com/v1',
  kind: 'Source',
  metadata: { name: 'in' },
  spec: { type: 'otlp' },
};
const BODY = JSON.stringify({ resources: [SOURCE] });

describe('bodies', () => {
  it.each([
    ['no content type', {}],
    ['JSON', { 'content-type': 'application/json' }],
    ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['a form, as curl -d says by itself', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('are read as JSON with %s', async (_case, headers) => {
    // A typed array has no content type of its own, as a text has.
    const { status, text } = await ask('POST', '/v1/apply', new TextEncoder().encode(BODY), headers);
    expect([status, JSON.parse(text).updates[0].resource.metadata.name]).toEqual([202, 'in']);
  });

  it('may come as gzip', async () => {
    const { status } = await ask('POST', '/v1/apply', new Uint8Array(gzipSync(BODY)), {
      'content-encoding': 'gzip',
    });
    expect(status).toBe(202);
    const broken = await ask('POST', '/v1/apply', new TextEncoder().encode(BODY), {
      'content-encoding': 'gzip',
    });
    expect([broken.status, JSON.parse(broken.text).errors[0]]).toEqual([
      400,
      expect.stringMatching(/^the body is no gzip/),
    ]);
    const other = await ask('POST', '/v1/apply', new TextEncoder().encode(BODY), {
      'content-encoding': 'br',
    });
    expect(other.status).toBe(415);
  });

  it('that are too large are refused, also when they only grow so', async () => {
    const limit = 10_485_760;
    const large = JSON.stringify({ resources: [], text: 'x'.repeat(limit) });
    expect((await ask('POST', '/v1/apply', large)).status).toBe(413);
    expect(
      (await ask('POST', '/v1/apply', new Uint8Array(gzipSync(large)), { 'content-encoding': 'gzip' }))
        .status,
    ).toBe(413);
  });

  it('that are nested without end are refused in words', async () => {
    const deep = `{"resources": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const { status, text } = await ask('POST', '/v1/apply', deep);
    expect([status, JSON.parse(text).errors[0]]).toEqual([
      400,
      expect.stringMatching(/^the body is nested deeper than \d+ levels$/),
    ]);
    const quoted = JSON.stringify({
      resources: [{ ...SOURCE, metadata: { name: 'in', description: `\\"${'['.repeat(5000)}` } }],
    });
    expect((await ask('POST', '/v1/apply', quoted)).status).toBe(202);
  });

  it('may be YAML: one document a resource, or one with resources', async () => {
    const yaml =
      'apiVersion: bindplane.observiq.com/v1\nkind: Source\nmetadata: {name: one}\nspec: {type: otlp}\n';
    const headers = { 'content-type': 'application/yaml' };
    const two = await ask('POST', '/v1/apply', `${yaml}---\n${yaml.replace('one', 'two')}`, headers);
    const named = JSON.parse(two.text).updates.map(
      ({ resource }: { resource: { metadata: { name: string } } }) => resource.metadata.name,
    );
    expect(named).toEqual(['one', 'two']);
    const whole = await ask(
      'POST',
      '/v1/apply',
      `resources:\n- ${yaml.trimEnd().replaceAll('\n', '\n  ')}\n`,
      headers,
    );
    expect(JSON.parse(whole.text).updates).toMatchObject([{ status: 'unchanged' }]);
    const broken = await ask('POST', '/v1/apply', 'a: [b\n', headers);
    expect([broken.status, JSON.parse(broken.text).errors[0]]).toEqual([
      400,
      expect.stringMatching(/^the body is no YAML: line \d/),
    ]);
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['"text"', 400],
    ['{"resources": 1}', 400],
    ['{"resources": [1]}', 400],
    ['{"resources": null}', 202],
    ['null', 202],
  ])('%s for an apply is answered with %i as JSON', async (body, expected) => {
    const { status, headers, text } = await ask('POST', '/v1/apply', new TextEncoder().encode(body));
    expect([status, headers.get('content-type')]).toEqual([expected, 'application/json; charset=utf-8']);
    expect(Object.keys(JSON.parse(text))).toEqual(expected === 202 ? ['updates'] : ['errors']);
  });
});

describe('paths and methods', () => {
  it('a slash at the end is no other path', async () => {
    expect((await ask('GET', '/v1/sources/')).status).toBe(200);
    expect((await ask('GET', '/v1/sources/in/')).status).toBe(200);
  });

  it('HEAD answers as GET, without a body', async () => {
    const { status, headers, text } = await ask('HEAD', '/v1/sources');
    expect([status, headers.get('content-type'), text]).toEqual([200, 'application/json; charset=utf-8', '']);
    expect((await ask('HEAD', '/v1/sources/nope')).status).toBe(404);
  });

  it('OPTIONS names the methods', async () => {
    const { status, headers } = await ask('OPTIONS', '/v1/sources/in');
    expect([status, headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS']);
    expect((await ask('OPTIONS', '/v1/nope')).status).toBe(404);
  });

  it('another method is no such path', async () => {
    expect((await ask('PUT', '/v1/sources')).status).toBe(404);
  });

  it('kinds in paths may be in any case, singular or plural', async () => {
    for (const kind of ['Source', 'source', 'sources', 'SOURCES']) {
      expect((await ask('GET', `/v1/${kind}/in/history`)).status).toBe(200);
      expect((await ask('GET', `/v1/resources/${kind}/in`)).status).toBe(200);
    }
    expect((await ask('GET', '/v1/gadgets/in/history')).status).toBe(404);
    expect((await ask('GET', '/v1/resources/gadget')).status).toBe(400);
  });

  it.each([
    '/v1/sources/%00',
    '/v1/sources/..%2f..%2fetc',
    '/v1/sources/%F0%9F%92%A5',
    '/v1/resources/constructor',
    `/v1/sources/${'x'.repeat(299)}`,
  ])('%s is answered as JSON and hurts nobody', async (path) => {
    const { status, headers } = await ask('GET', path);
    expect([400, 404]).toContain(status);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('lists come in parts for those who ask so', async () => {
    const resources = ['a', 'b', 'c'].map((name) => ({ ...SOURCE, metadata: { name: `page-${name}` } }));
    const edges = resources.map(({ metadata }) => ({
      apiVersion: SOURCE.apiVersion,
      kind: 'Configuration',
      metadata,
      spec: { raw: 'service: {}', selector: { matchLabels: { a: 'b' } } },
    }));
    await ask('POST', '/v1/apply', JSON.stringify({ resources: [...resources, ...edges] }));
    const names = async (path: string, key: string): Promise<readonly string[]> =>
      JSON.parse((await ask('GET', path)).text)[key].map(
        ({ metadata }: { metadata: { name: string } }) => metadata.name,
      );
    expect(await names('/v1/configurations?limit=2&offset=0', 'configurations')).toEqual([
      'page-a',
      'page-b',
    ]);
    expect(await names('/v1/configurations?limit=2&offset=2', 'configurations')).toEqual(['page-c']);
    expect(await names('/v1/configurations?limit=2&offset=4', 'configurations')).toEqual([]);
    expect(await names('/v1/configurations', 'configurations')).toHaveLength(3);
    expect((await names('/v1/sources?limit=1', 'sources')).length).toBe(1);
    expect((await names('/v1/source-types?limit=1', 'sourceTypes')).length).toBe(1);
    expect((await ask('GET', '/v1/configurations?limit=-1')).status).toBe(400);
  });

  it('/health needs no credentials', async () => {
    const { status, text } = await ask('GET', '/health', undefined, { 'x-bindplane-api-key': '' });
    expect([status, text]).toEqual([200, '']);
  });

  it('what BindPlane has and this server has not is told with 501', async () => {
    for (const path of [
      'projects',
      'users',
      'accounts/1',
      'recommendations',
      'available-components/abc',
      'otlphttp/v1/metrics',
    ]) {
      const { status, text } = await ask('GET', `/v1/${path}`);
      expect([path, status, JSON.parse(text).errors[0]]).toEqual([
        path,
        501,
        expect.stringContaining('is not served: '),
      ]);
    }
  });
});

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApp } from '../../support/app.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json'?: { readonly schema: object } } }>
  >;
}

let app: TestApp;
let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {};

beforeAll(async () => {
  app = await TestApp.start(':memory:');
  const answer = await app.call('GET', '/openapi.json', undefined, {});
  paths = answer.body.paths;
});

afterAll(() => app.close());

describe('/openapi.json', () => {
  it('describes every route that is served: what it is for, and what it answers', async () => {
    const { body } = await app.call('GET', '/v1/collie/access');
    const routes: readonly { readonly route: string }[] = body.routes;
    const missing = routes
      .map(({ route }) => route)
      .filter((route) => {
        const [method = '', url = ''] = route.split(' ');
        const operation = paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
        const answers = Object.keys(operation?.responses ?? {}).filter((status) => /^\d+$/.test(status));
        return (operation?.summary ?? '') === '' || answers.length === 0;
      });
    expect(missing).toEqual([]);
    expect(routes.length).toBeGreaterThan(90);
  });

  it('is OpenAPI 3.1 with schemas that compile', async () => {
    const { body } = await app.call('GET', '/openapi.json', undefined, {});
    expect(body.openapi).toBe('3.1.0');
    const ajv = new Ajv2020({ strict: false });
    for (const operations of Object.values(paths)) {
      for (const { responses } of Object.values(operations)) {
        for (const { content } of Object.values(responses)) {
          const schema = content?.['application/json']?.schema;
          expect(() => ajv.compile(schema ?? true)).not.toThrow();
        }
      }
    }
  });
});

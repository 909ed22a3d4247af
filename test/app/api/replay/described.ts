import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { TestApp } from '../../../support/app.ts';
import type { ReplayedAnswer } from './replay.ts';

type Responses = Readonly<
  Record<string, { readonly content?: { readonly 'application/json'?: { readonly schema: object } } }>
>;

/** The answers that a server's own description allows, by route and status. */
export class Described {
  readonly #routes: readonly {
    readonly method: string;
    readonly path: RegExp;
    readonly answers: ReadonlyMap<string, ValidateFunction>;
  }[];

  private constructor(
    paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>,
  ) {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    const compiled = new Map<string, ValidateFunction>();
    const compile = (schema: object): ValidateFunction => {
      const text = JSON.stringify(schema);
      const known = compiled.get(text) ?? ajv.compile(schema);
      compiled.set(text, known);
      return known;
    };
    this.#routes = Object.entries(paths)
      // Paths without a parameter stand before those that would take them for one.
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, { responses }]) => ({
          method: method.toUpperCase(),
          path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
          answers: new Map(
            Object.entries(responses).map(([status, { content }]) => [
              status.toUpperCase(),
              compile(content?.['application/json']?.schema ?? {}),
            ]),
          ),
        })),
      );
  }

  static async of(app: TestApp): Promise<Described> {
    const { body } = await app.call('GET', '/openapi.json', undefined, {});
    return new Described(body.paths);
  }

  /** What an answer has that its description does not allow; a path that is no route is described by nothing. */
  problems(method: string, path: string, { status, body }: ReplayedAnswer): readonly string[] {
    const route = this.#routes.find((one) => one.method === method && one.path.test(path));
    if (route === undefined) {
      return status === 404 || status === 501 ? [] : [`${method} ${path} is not described`];
    }
    const validate = route.answers.get(String(status)) ?? route.answers.get(`${Math.floor(status / 100)}XX`);
    if (validate === undefined) return [`${method} ${path} answers ${status}, which is not described`];
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${method} ${path} ${status}: ${instancePath} ${message ?? ''}`,
    );
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** A request to GitHub's REST API with its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
}

interface Operation {
  readonly requestBody?: { readonly content?: Record<string, { readonly schema?: unknown }> };
  readonly responses?: Record<
    string,
    { readonly $ref?: string; readonly content?: Record<string, { readonly schema?: unknown }> }
  >;
}

interface Description {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly responses: Record<string, unknown> };
}

/** OpenAPI 3.0 says `nullable` also beside `enum` and `anyOf`; JSON Schema then needs null spelled out. */
function spellOutNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(spellOutNull);
  if (typeof node !== 'object' || node === null) return node;
  const mapped: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, spellOutNull(value)]),
  );
  const { nullable, ...rest } = mapped;
  if (nullable !== true) return mapped;
  if (Array.isArray(rest['enum'])) return { ...mapped, enum: [...(rest['enum'] as unknown[]), null] };
  return rest['type'] === undefined ? { anyOf: [rest, { type: 'null' }] } : mapped;
}

const description = spellOutNull(
  JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'github', 'openapi-subset.json'), 'utf8')),
) as Description;

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
formats.default(ajv, ['date-time', 'uri', 'email']);
ajv.addFormat('int64', true);
ajv.addSchema({ ...description, $id: 'github' });

const compiled = new Map<string, ValidateFunction>();

function validator(pointer: readonly string[]): ValidateFunction {
  const path = pointer
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const known = compiled.get(path) ?? ajv.compile({ $ref: `github#/${path}` });
  compiled.set(path, known);
  return known;
}

function operationOf(method: string, path: string): string | undefined {
  const segments = path.split('/');
  const fits = (template: string): boolean => {
    const parts = template.split('/');
    const last = parts.at(-1) ?? '';
    // {path} and {ref} stand for several segments where they come last.
    const rest = ['{path}', '{ref}', '{basehead}'].includes(last);
    if (rest ? segments.length < parts.length : segments.length !== parts.length) return false;
    return parts.every((part, index) => part.startsWith('{') || part === segments[index]);
  };
  const found = Object.keys(description.paths).filter(
    (template) => method.toLowerCase() in (description.paths[template] ?? {}) && fits(template),
  );
  // The most literal path wins: `/issues/comments/1` is no issue called "comments".
  const literal = (template: string): number =>
    template.split('/').filter((part) => !part.startsWith('{')).length;
  return found.toSorted((a, b) => literal(b) - literal(a))[0];
}

/**
 * What is wrong with an exchange by GitHub's OpenAPI description: an unknown operation, a request body or an answer of another
 * shape. Empty when all is well. Error answers that the description does not list for an operation are held to basic-error.
 */
export function openApiProblems({ method, path, request, status, response }: Exchange): string[] {
  const template = operationOf(method, path);
  if (template === undefined) return [`${method} ${path} is no operation of the description`];
  const verb = method.toLowerCase();
  const operation = description.paths[template]?.[verb];
  const problems: string[] = [];
  const check = (what: string, pointer: readonly string[], value: unknown): void => {
    const validate = validator(pointer);
    if (validate(value)) return;
    for (const error of validate.errors ?? []) {
      problems.push(
        `${method} ${path} ${what} ${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
      );
    }
  };
  const body = operation?.requestBody?.content?.['application/json'];
  if (body !== undefined && status < 400) {
    check(
      'request',
      ['paths', template, verb, 'requestBody', 'content', 'application/json', 'schema'],
      request,
    );
  }
  const answer = operation?.responses?.[String(status)];
  if (answer === undefined) {
    if (status < 400) problems.push(`${method} ${path} never answers ${status}`);
    else check('error', ['components', 'schemas', 'basic-error'], response);
    return problems;
  }
  const shared = answer.$ref?.split('/').at(-1);
  const place =
    shared === undefined
      ? ['paths', template, verb, 'responses', String(status)]
      : ['components', 'responses', shared];
  const content =
    shared === undefined
      ? answer.content
      : (description.components.responses[shared] as typeof answer).content;
  if (content?.['application/json'] !== undefined) {
    check(`answer ${status}`, [...place, 'content', 'application/json', 'schema'], response);
  } else if (response !== undefined) problems.push(`${method} ${path} answers ${status} without a body`);
  return problems;
}

import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { plain } from '../../src/core/document/node.ts';
import { LIMITS } from '../../src/core/document/limits.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { Problem } from './problem.ts';

/**
 * What a body may be: JSON under any content type, as BindPlane reads it (its Action names none), YAML where the content
 * type says so, both also as gzip. Problem 400 for what cannot be read, 413 for what is too large, 415 for other encodings.
 */
export function readBodies(app: FastifyInstance, bodyBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const limit = request.routeOptions.bodyLimit ?? bodyBytes;
    const text = (await decoded(request, body, limit)).toString('utf8');
    return /\byaml\b/i.test(request.headers['content-type'] ?? '') ? yamlBody(text) : jsonBody(text);
  });
}

async function decoded({ headers }: FastifyRequest, body: Buffer, bodyBytes: number): Promise<Buffer> {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') {
    throw new Problem(415, `content encoding ${JSON.stringify(encoding)}: send gzip, or none`);
  }
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: bodyBytes }, (error, result) => {
      if (error === null) resolve(result);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
        reject(new Problem(413, `the body has more than ${bodyBytes} bytes`));
      } else reject(new Problem(400, `the body is no gzip: ${error.message}`));
    });
  });
}

/** Nothing at all is no body: requests without one may name a content type all the same. */
function jsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isTooDeep(text)) throw new Problem(400, `the body is nested deeper than ${LIMITS.yaml.depth} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `the body is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

/** Whether brackets stand deeper in each other than YAML may: what reads a body afterwards goes down as deep as it does. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isQuoted && character === '\\') index += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > LIMITS.yaml.depth) return true;
  }
  return false;
}

/** One document with `resources`, or one document a resource. */
function yamlBody(text: string): unknown {
  const { documents, findings } = parseYaml('body', text);
  const problem = findings.find(({ severity }) => severity === 'error');
  if (problem !== undefined) {
    throw new Problem(400, `the body is no YAML: line ${problem.at?.line ?? 1}: ${problem.message}`);
  }
  const values = documents.map(({ root }) => plain(root)).filter((value) => value !== null);
  const [first] = values;
  const isWhole = typeof first === 'object' && first !== null && 'resources' in first;
  return values.length === 1 && isWhole ? first : { resources: values };
}

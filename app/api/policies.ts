import type { FastifyInstance } from 'fastify';
import { canonicalJson } from '../../src/core/document/digest.ts';
import { isMap, type Json, type JsonMap } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { readPolicy } from '../../src/core/rollout/policy-file/read.ts';
import { policyDocument } from '../../src/core/rollout/policy-file/write.ts';
import { POLICY_LABEL, type PolicySpec, type PolicyTimings } from '../../src/core/rollout/policy.ts';
import type { StoreTables } from '../store/store.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound, Problem } from './problem.ts';
import { GONE_POLICY, NEW_POLICY, POLICIES, POLICY } from './schemas/policies.ts';

interface NameRequest {
  readonly Params: { readonly name: string };
}

interface PutRequest extends NameRequest {
  readonly Body: Json;
}

/**
 * Rollout policies as documents (schemas/rollout-policy.schema.json): what clients send is read as a repository's files are,
 * and refused with 400 and everything that is wrong with it. A rollout keeps the policy that it was planned with.
 */
export function policyRoutes(app: FastifyInstance, { store, timings }: ApiDependencies): void {
  app.get('/v1/collie/policies', { schema: POLICIES }, async () => ({
    policies: (await store.policies.all()).map(policyDocument),
    timings: timingsOf(timings),
  }));
  app.get<NameRequest>('/v1/collie/policies/:name', { schema: POLICY }, async ({ params }) => {
    const found = await store.policies.get(params.name);
    if (found === undefined) throw notFound();
    return { policy: policyDocument(found) };
  });
  app.put<PutRequest>('/v1/collie/policies/:name', { schema: NEW_POLICY }, async ({ params, body }) => {
    const { spec, warnings } = readBody(params.name, body);
    const status = await store.transaction((tables) => put(tables, spec));
    return { status, policy: policyDocument(spec), warnings };
  });
  app.delete<NameRequest>('/v1/collie/policies/:name', { schema: GONE_POLICY }, async ({ params }, reply) => {
    await store.transaction(async (tables) => remove(tables, params.name));
    return reply.code(204).send();
  });
}

/** Without what is of the server's loop alone. */
function timingsOf({ deadlineMs, soakMs, unhealthyMs, absenceMs }: PolicyTimings): PolicyTimings {
  return { deadlineMs, unhealthyMs, absenceMs, ...(soakMs === undefined ? {} : { soakMs }) };
}

/** The policy that a body describes; rejects with 400 and a sentence for each mistake. */
function readBody(
  name: string,
  body: Json,
): { readonly spec: PolicySpec; readonly warnings: readonly string[] } {
  if (!isMap(body)) throw new Problem(400, 'the body must be a RolloutPolicy document, as JSON');
  const root = parseYaml('body', JSON.stringify(body)).documents[0]?.root;
  const read = root?.kind === 'map' ? readPolicy(root) : { findings: [] };
  const told = read.findings.map(({ rule, message }) => `${rule}: ${message}`);
  if (read.spec === undefined) {
    const errors = told.length > 0 ? told : ['the body could not be read as a RolloutPolicy document'];
    throw new Problem(400, errors[0] ?? '', { errors });
  }
  if (read.spec.name !== name) {
    throw new Problem(400, `the path names policy ${name}, and the document ${read.spec.name}`);
  }
  return { spec: read.spec, warnings: told };
}

async function put(tables: StoreTables, spec: PolicySpec): Promise<'created' | 'configured' | 'unchanged'> {
  const before = await tables.policies.get(spec.name);
  if (before !== undefined && isSame(policyDocument(before), policyDocument(spec))) return 'unchanged';
  await tables.policies.put(spec);
  return before === undefined ? 'created' : 'configured';
}

function isSame(a: JsonMap, b: JsonMap): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** Whoever names a policy that is gone would roll out without its approvals and windows: 409. */
async function remove(tables: StoreTables, name: string): Promise<void> {
  const users: string[] = [];
  for (const kind of ['Configuration', 'Fleet'] as const) {
    for (const { name: user, document } of await tables.resources.list(kind)) {
      const metadata = document['metadata'];
      const labels = isMap(metadata) ? metadata['labels'] : undefined;
      if (isMap(labels) && labels[POLICY_LABEL] === name) users.push(`${kind} ${user}`);
    }
  }
  if (users.length > 0) throw new Problem(409, `Dependent resources:\n${users.join('\n')}\n`);
  if (!(await tables.policies.delete(name))) throw notFound();
}

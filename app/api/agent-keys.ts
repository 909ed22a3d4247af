import type { FastifyInstance } from 'fastify';
import type { AgentCertificate } from '../../src/core/opamp/connection-settings.ts';
import { isLabel } from '../../src/core/opamp/description.ts';
import { makeKey } from '../identity/keys.ts';
import type { StoredCredential, StoredEnrolmentKey } from '../store/identity.ts';
import type { StoredAgent } from '../store/store.ts';
import type { AgentKeys, ApiDependencies } from './dependencies.ts';
import { Problem, notFound } from './problem.ts';
import {
  CREDENTIALS,
  ENROLMENT_KEYS,
  NEW_ENROLMENT_KEY,
  RENEWED_CREDENTIAL,
  REVOKED_CREDENTIAL,
  REVOKED_ENROLMENT_KEY,
} from './schemas/collie.ts';

const PEM = { type: 'string', minLength: 1, maxLength: 65_536 } as const;
const CERTIFICATE_BODY = {
  type: ['object', 'null'],
  additionalProperties: false,
  required: ['certificate', 'privateKey', 'authority'],
  properties: { certificate: PEM, privateKey: PEM, authority: PEM },
} as const;
const KEY_BODY = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._@/-]{0,62}$' },
    labels: { type: 'object', maxProperties: 64, additionalProperties: { type: 'string', maxLength: 63 } },
  },
} as const;

interface AgentRequest {
  readonly Params: { readonly id: string };
  readonly Body: AgentCertificate | null;
}

interface NewKey {
  readonly Body: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** What agents enrol with, and what each of them proves itself with since. Keys are told once, when they are made. */
export function agentKeyRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  enrolmentKeyRoutes(app, dependencies);
  const { store, agents, agentKeys } = dependencies;
  app.get('/v1/collie/credentials', { schema: CREDENTIALS }, () =>
    store.credentials.list().then((credentials) => ({
      agents: agents.list().map((agent) => shownAgent(agent, credentials, agentKeys)),
    })),
  );
  app.put<AgentRequest>(
    '/v1/collie/agents/:id/credential',
    { schema: { ...RENEWED_CREDENTIAL, body: CERTIFICATE_BODY } },
    (request, reply) =>
      agentKeys.renew(request.params.id, request.body ?? undefined).then((wish) => {
        if (wish.state === 'cannot') throw new Problem(409, wish.why);
        return reply.code(202).send(wish);
      }),
  );
  app.delete<AgentRequest>(
    '/v1/collie/agents/:id/credential',
    { schema: REVOKED_CREDENTIAL },
    (request, reply) =>
      agentKeys.revoke(request.params.id).then((revoked) => {
        if (revoked === 0) throw notFound();
        return reply.code(204).send();
      }),
  );
}

function enrolmentKeyRoutes(app: FastifyInstance, { store, clock, agentKeys }: ApiDependencies): void {
  app.get('/v1/collie/enrolment-keys', { schema: ENROLMENT_KEYS }, () =>
    store.enrolmentKeys.list().then((keys) => ({ keys: keys.map(shownKey) })),
  );
  app.post<NewKey>(
    '/v1/collie/enrolment-keys',
    { schema: { ...NEW_ENROLMENT_KEY, body: KEY_BODY } },
    (request, reply) => {
      const { name, labels = {} } = request.body;
      const wrong = Object.entries(labels).find(([key, value]) => !isLabel(key, value));
      if (wrong !== undefined) throw new Problem(400, `${wrong.join('=')} is no valid label`);
      const { id, key, hash } = makeKey('enrolment');
      const createdBy = request.principal?.name ?? '';
      const stored = { id, name, hash, project: 'default', labels, createdAt: clock.now(), createdBy };
      return store
        .record((tables) => tables.enrolmentKeys.add(stored))
        .then(() => reply.code(201).send({ enrolmentKey: shownKey(stored), key }));
    },
  );
  app.delete<{ Params: { id: string } }>(
    '/v1/collie/enrolment-keys/:id',
    { schema: REVOKED_ENROLMENT_KEY },
    (request, reply) => {
      const { id } = request.params;
      return store
        .record((tables) => tables.enrolmentKeys.revoke(id, clock.now()))
        .then((revoked) => {
          if (!revoked) throw notFound();
          agentKeys.disconnect(`enrolment-${id}`);
          return reply.code(204).send();
        });
    },
  );
}

function shownKey(key: StoredEnrolmentKey): Readonly<Record<string, unknown>> {
  const { id, name, labels, createdBy, createdAt, revokedAt } = key;
  const state = revokedAt === undefined ? 'good' : 'revoked';
  return { id, name, labels, state, createdBy, createdAt: time(createdAt), revokedAt: time(revokedAt) };
}

/** How an agent proves itself now, and the newest credential of its own. */
function shownAgent(
  { record }: StoredAgent,
  credentials: readonly StoredCredential[],
  agentKeys: AgentKeys,
): Readonly<Record<string, unknown>> {
  const [newest] = credentials
    .filter(({ uid }) => uid === record.uid)
    .toSorted((a, b) => b.issuedAt - a.issuedAt);
  const why = agentKeys.refusal(record.uid);
  return {
    id: record.uid,
    name: record.name,
    connected: record.connected,
    by: record.connected ? (agentKeys.presented(record.uid) ?? null) : null,
    ...(why === undefined ? {} : { cannotTakeOne: why }),
    credential:
      newest === undefined
        ? null
        : {
            id: newest.id,
            state: newest.state,
            certificate: newest.certificate ?? null,
            issuedAt: time(newest.issuedAt),
            seenAt: time(newest.seenAt),
            expiresAt: time(newest.expiresAt),
            ...(newest.message === undefined ? {} : { message: newest.message }),
          },
  };
}

function time(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

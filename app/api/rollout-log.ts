import type { FastifyInstance } from 'fastify';
import type { LogEntry } from '../../src/core/rollout/log-entries.ts';
import { totalsOf } from '../../src/core/rollout/view-of.ts';
import { createRedactor } from '../../src/core/report/redact.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound, Problem } from './problem.ts';
import { AGENT_PAST, CHECK, HOLDS, LIFT, NEW_HOLD, ROLLOUT_LOG } from './schemas/rollout-log.ts';

interface LogRequest {
  readonly Params: { readonly name: string };
  readonly Querystring: { readonly at?: string; readonly agent?: string; readonly version?: string };
}

interface AgentRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly at: string };
}

interface HoldRequest {
  readonly Body: { readonly configuration?: string; readonly reason: string };
}

interface CheckRequest {
  readonly Params: { readonly name: string };
  readonly Body: {
    readonly name: string;
    readonly verdict: 'pass' | 'fail' | 'inconclusive';
    readonly evidence?: string;
  };
}

interface LiftRequest {
  readonly Querystring: { readonly configuration?: string };
}

/**
 * What BindPlane has no word for about rollouts: their logs, as they are and as they were at a moment, and holds. Agents'
 * own words are redacted (SEC-26).
 */
export function rolloutLogRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { history, control, store, clock, audit } = dependencies;
  app.get<LogRequest>(
    '/v1/collie/rollouts/:name/events',
    { schema: ROLLOUT_LOG },
    async ({ params, query }) => {
      const { at, agent, version } = query;
      const past = await history.of(params.name, {
        ...(at === undefined ? {} : { at: momentOf(at) }),
        ...(agent === undefined ? {} : { agent }),
        ...(version === undefined ? {} : { version: Number(version) }),
      });
      if (past === undefined) throw notFound();
      const { id, configuration, version: of, state, phase, reason, members } = past.rollout;
      return {
        rollout: {
          id,
          configuration,
          version: of,
          state,
          phase,
          ...(reason === undefined ? {} : { reason }),
        },
        totals: totalsOf(members),
        events: told(past.entries),
      };
    },
  );
  app.get<AgentRequest>(
    '/v1/collie/agents/:id/history',
    { schema: AGENT_PAST },
    async ({ params, query }) => {
      const rollouts = await history.ofAgent(params.id, momentOf(query.at));
      return { rollouts: rollouts.map(({ entries, ...past }) => ({ ...past, events: told(entries) })) };
    },
  );
  app.put<CheckRequest>('/v1/collie/rollouts/:name/checks', { schema: CHECK }, async ({ params, body }) => {
    const { name, verdict, evidence = '' } = body;
    const { id, state, phase, checks = [] } = await control.check(params.name, { name, verdict, evidence });
    return { rollout: id, state, phase, checks };
  });
  app.get('/v1/collie/holds', { schema: HOLDS }, async () => ({ holds: await store.holds.all() }));
  app.put<HoldRequest>('/v1/collie/holds', { schema: NEW_HOLD }, async ({ body }, reply) => {
    const by = audit.request?.actor.name ?? 'somebody';
    const hold = { configuration: body.configuration ?? '', reason: body.reason, by, at: clock.now() };
    await control.hold(hold);
    return reply.code(200).send({ hold });
  });
  app.delete<LiftRequest>('/v1/collie/holds', { schema: LIFT }, async ({ query }, reply) => {
    if (!(await control.lift(query.configuration ?? ''))) throw notFound();
    return reply.code(204).send();
  });
}

/** A moment as people write it: ISO 8601. */
function momentOf(text: string): number {
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw new Problem(400, `${text} is no time; write it like 2026-09-10T03:14:00Z`);
  return moment;
}

function told(entries: readonly LogEntry[]): readonly object[] {
  const redactor = createRedactor();
  return entries.map((entry, seq) => ({
    ...entry,
    seq,
    at: new Date(entry.at).toISOString(),
    text: redactor.text(entry.text),
  }));
}

import type { FastifyInstance } from 'fastify';
import type { AgentState } from '../../src/core/fleet/agent-state.ts';
import type { Finding } from '../../src/core/document/finding.ts';
import { createRedactor } from '../../src/core/report/redact.ts';
import type { Redactor } from '../../src/core/report/redact.ts';
import { notFound } from './problem.ts';
import { AGENT_DRIFTS, AGENT_STATE } from './schemas/collie.ts';

/** What the API asks of whoever knows what agents are to run and run. */
export interface AgentStateSource {
  /** By uid, or by a name that only one has. */
  of(id: string): Promise<AgentState | undefined>;
  /** Number of differences by uid, for those that were compared. */
  drifts(): Promise<Readonly<Record<string, number>>>;
}

/**
 * What BindPlane has no word for about agents: all there is to say about one, and who runs something else than it was given. Agents' own words
 * are redacted (SEC-26); values of configs are never among the differences.
 */
export function agentStateRoutes(
  app: FastifyInstance,
  { states }: { readonly states: AgentStateSource },
): void {
  app.get('/v1/collie/agents', { schema: AGENT_DRIFTS }, async () => ({ drift: await states.drifts() }));
  app.get<{ Params: { readonly id: string } }>('/v1/collie/agents/:id', { schema: AGENT_STATE }, (request) =>
    stateOf(states, request.params.id),
  );
}

async function stateOf(states: AgentStateSource, id: string): Promise<{ readonly agent: AgentState }> {
  const state = await states.of(id);
  if (state === undefined) throw notFound();
  const redactor = createRedactor();
  const { lastError, refused, findings, ...plain } = state;
  return {
    agent: {
      ...plain,
      ...(lastError === undefined ? {} : { lastError: redactor.text(lastError) }),
      refused: refused.map((one) => ({ ...one, message: redactor.text(one.message) })),
      findings: findings.map((finding) => withoutSecrets(finding, redactor)),
    },
  };
}

function withoutSecrets(finding: Finding, redactor: Redactor): Finding {
  const { message, otelcolMessage } = finding;
  return {
    ...finding,
    message: redactor.text(message),
    ...(otelcolMessage === undefined ? {} : { otelcolMessage: redactor.text(otelcolMessage) }),
  };
}

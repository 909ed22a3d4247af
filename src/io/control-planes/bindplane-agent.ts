import type { Resource } from '../../core/bindplane/resource.ts';
import type { JsonMap } from '../../core/document/node.ts';
import { explainError } from '../../core/explain/explain.ts';
import type { AgentState, ConfigVersion } from '../../core/fleet/agent-state.ts';
import { desiredConfiguration } from '../../core/fleet/assignment.ts';
import { selectorOf, selectorText } from '../../core/fleet/selector.ts';
import { agentOf, mapOf, textOf } from './bindplane-answers.ts';

/**
 * What a BindPlane server tells of an agent: its versions by `configurationStatus`, its last error, and what selects it. How it speaks, what it
 * refused before and what it really runs stays unknown. An empty selector means everybody there (reference/lab-bindplane.md §3).
 */
export function agentStateOf(
  value: JsonMap,
  resources: { readonly configurations: readonly Resource[]; readonly fleets: readonly Resource[] },
): AgentState {
  const agent = agentOf(value);
  const status = mapOf(value['configurationStatus']);
  const current = versionOf(textOf(status['current']));
  const next = versionOf(textOf(status['pending']) || textOf(status['future']));
  const assigned = desiredConfiguration(agent.labels, { ...resources, emptySelector: 'everybody' });
  const lastError = textOf(value['errorMessage']);
  const target = next ?? current;
  return {
    agent,
    ...(assigned === undefined
      ? {}
      : {
          assigned: {
            configuration: assigned.configuration.name,
            by: assigned.by,
            match: {
              fleet: assigned.fleet?.name ?? '',
              label: `configuration=${agent.labels['configuration'] ?? ''}`,
              selector: selectorText(selectorOf(assigned.configuration.spec)) || 'of everybody',
            }[assigned.by],
            others: assigned.others.map(({ name }) => name),
          },
        }),
    ...(target === undefined ? {} : { target: { ...target, offers: 0 } }),
    ...(current === undefined ? {} : { running: { ...current, state: 'applied' as const, hash: '-' } }),
    refused: [],
    ...(lastError === '' ? {} : { lastError, ...(next === undefined ? {} : { lastErrorAbout: next }) }),
    findings: lastError === '' ? [] : explainError(lastError, []),
    driftUnknown: 'a BindPlane server does not tell what its agents run',
  };
}

/** `name:version`. */
function versionOf(text: string): ConfigVersion | undefined {
  const [, configuration, version] = /^(.+):(\d+)$/.exec(text) ?? [];
  return configuration === undefined ? undefined : { configuration, version: Number(version) };
}

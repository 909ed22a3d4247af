import { isMap, type Json, type JsonMap } from '../../src/core/document/node.ts';
import type { AgentList, ConfigurationList, RolloutList } from './control-plane.ts';

/** What the control plane keeps after a story, as its API tells it. */
export type Kept = RolloutList & AgentList & ConfigurationList;

/** One line of counts, all of them from what the store keeps. */
export function summaryLine({ rollouts, agents, configurations }: Kept): string {
  const states = new Map<string, number>();
  for (const { view } of rollouts) states.set(view.state, (states.get(view.state) ?? 0) + 1);
  const ends = [...states].map(([state, count]) => `${count} ${state.replace('-', ' ')}`).join(', ');
  const sum = (key: 'offered' | 'refused' | 'restored'): number =>
    rollouts.reduce((total, { view }) => total + view.totals[key], 0);
  const current = new Set(configurations.flatMap(currentOf));
  const settled = agents.filter((agent) => current.has(runningOf(agent)));
  return [
    `In the store: ${rollouts.length} rollouts (${ends})`,
    `offered ${sum('offered')} · refused ${sum('refused')} · restored ${sum('restored')}`,
    `${settled.length} of ${agents.length} agents run the current version`,
  ].join(', ');
}

/** `name:version` that an agent of `GET /v1/agents` confirmed; empty when it runs nothing from here. */
export function runningOf(agent: Json): string {
  const current = map(map(agent)['configurationStatus'])['current'];
  return typeof current === 'string' ? current : '';
}

/** `name:version` of the version that a configuration's agents are to run. */
function currentOf(configuration: Json): string[] {
  const name = map(map(configuration)['metadata'])['name'];
  const version = map(map(configuration)['status'])['currentVersion'];
  return typeof name === 'string' && typeof version === 'number' ? [`${name}:${version}`] : [];
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

import { isMap, type JsonMap } from '../../../src/core/document/node.ts';
import type { FleetAgent } from './agents.ts';
import { mapsOf } from './specs.ts';
import { textOf, type Progress, type Stage } from './store.ts';

const NO_PROGRESS: Progress = { completed: 0, errors: 0, pending: 0, waiting: 0 };

/**
 * The stages of a progressive rollout, with the last one that takes who is left; undefined for any other
 * (reference/bindplane.md §5: documentation of 2026, no recording).
 */
export function stagesOf(spec: JsonMap): Stage[] | undefined {
  const rollout = isMap(spec['rollout']) ? spec['rollout'] : {};
  if (rollout['type'] !== 'progressive') return undefined;
  const parameter = mapsOf(rollout['parameters']).find(({ name }) => name === 'stages');
  const stages = mapsOf(parameter?.['value']).map((stage) => ({
    name: textOf(stage['name']),
    labels: Object.fromEntries(
      Object.entries(isMap(stage['labels']) ? stage['labels'] : {}).map(([key, value]) => [
        key,
        textOf(value),
      ]),
    ),
    progress: { ...NO_PROGRESS },
  }));
  return [...stages, { name: 'unassigned', labels: {}, progress: { ...NO_PROGRESS } }];
}

/** Index of the first stage whose labels an agent has; the last one takes everybody. */
export function stageOf(stages: readonly Stage[], agent: FleetAgent): number {
  return stages.findIndex(({ labels }) =>
    Object.entries(labels).every(([key, value]) => agent.labels[key] === value),
  );
}

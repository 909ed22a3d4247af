import type { Finding } from '../../document/finding.ts';
import { codes, isPushed, typedPipelines } from '../pipeline-parts.ts';
import type { TypedPipeline } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const noMemoryLimiterRule: Rule = {
  id: 'PIP-002',
  severity: 'warning',
  summary: 'No `memory_limiter` where others decide how much data comes in',
  docs: 'Without it a burst or a slow backend fills the memory until the collector is killed, and what it held is lost; with it senders are told to wait and try again. Put it first into every pipeline that takes what others send. A notice where nothing says what runs the config; configurations of a control plane are not judged, because there the types decide.',
  check: (_input, { running }) => running.flatMap((one) => unprotected(one)),
};

function unprotected(running: RunningConfig): readonly Finding[] {
  const { rendered, whole, workload } = running;
  if (!whole || rendered.resource !== undefined) return [];
  const without = typedPipelines(running).filter(
    (one) => isPushed(one, running) && !one.processors.some(({ type }) => type === 'memory_limiter'),
  );
  const [first] = without;
  if (first === undefined || without.every(isTryout) || hasExtension(running)) return [];
  const ids = without.map(({ pipeline }) => pipeline.id);
  return [
    runningFinding(running, {
      rule: noMemoryLimiterRule.id,
      severity: workload === undefined ? 'notice' : 'warning',
      path: ['service', 'pipelines', first.pipeline.id],
      message: `${ids.length === 1 ? 'pipeline' : 'pipelines'} ${codes(ids)} ${ids.length === 1 ? 'takes' : 'take'} what others send without a \`memory_limiter\``,
    }),
  ];
}

/** A config for trying things out. */
function isTryout({ exporters }: TypedPipeline): boolean {
  return exporters.every(({ type }) => type === 'debug' || type === 'nop');
}

/** The extension of the same name protects all receivers. */
function hasExtension({ components }: RunningConfig): boolean {
  return components.some(({ class: section, type }) => section === 'extensions' && type === 'memory_limiter');
}

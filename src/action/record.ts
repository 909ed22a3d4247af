import { endedSummary } from '../core/report/summary.ts';
import { cut, visibleLine } from '../core/report/untrusted.ts';
import { createRedactor } from '../core/report/redact.ts';
import type { JobCheck } from './check.ts';
import type { ActionHost } from './host.ts';
import type { Outputs } from './outputs.ts';

/** What a run has brought so far: it is put out however the run ends. */
export interface RunRecord {
  readonly outputs: Record<string, string>;
  /** Steps of an apply that ended, one sentence each. */
  readonly done: string[];
  readonly secrets: string[];
  /** Whether the app of a server has the merge: it goes on by itself, whatever becomes of this run. */
  isHandedOver: boolean;
  check?: JobCheck;
}

export function newRecord(): RunRecord {
  return { outputs: {}, done: [], secrets: [], isHandedOver: false };
}

/** Writes the outputs: what is known, what a later step should do, and why. */
export function putOutputs(host: ActionHost, known: Outputs, failed: boolean, reason: string): void {
  const outputs: Outputs = {
    ...known,
    decision: failed ? 'stop' : 'continue',
    'reason-code': reason,
  };
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  host.output('result', JSON.stringify(outputs));
}

/** Characters of a check's title that GitHub's list of checks has room for. */
const TITLE_CHARACTERS = 140;

/**
 * Ends a run that had nothing to report by itself: job summary, check run and outputs say what happened and what had been done by then.
 */
export async function endEarly(
  host: ActionHost,
  record: RunRecord,
  end: {
    readonly heading: string;
    readonly sentence: string;
    readonly reason: string;
    readonly cancelled?: true;
  },
): Promise<void> {
  const redactor = createRedactor({ known: record.secrets });
  const summary = endedSummary(end.heading, end.sentence, record.done, redactor);
  const check = await record.check?.complete({
    conclusion: end.cancelled === true ? 'cancelled' : 'failure',
    title: cut(visibleLine(redactor.text(end.sentence)), TITLE_CHARACTERS),
    summary,
    annotations: [],
  });
  putOutputs(host, { ...record.outputs, ...check?.outputs }, true, end.reason);
  await host.summary(summary);
}

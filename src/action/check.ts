import { randomUUID } from 'node:crypto';
import type { CheckReport } from '../core/report/check-run.ts';
import { checkAnnotations } from '../core/report/annotations.ts';
import { isMap, type Json } from '../core/document/node.ts';
import type { Redactor } from '../core/report/redact.ts';
import { isReadOnly } from '../flows/publish.ts';
import type { CheckConclusion, CheckIdentity, CheckRuns } from '../ports/check-runs.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import type { ActionHost } from './host.ts';
import type { Outputs } from './outputs.ts';

/** Name under which the runner keeps the check that is open, for the step after the job. */
const STATE = 'check';

/** How a check was completed. */
export interface CheckDone {
  readonly outputs: Outputs;
  /** Whether it took everything, annotations included. */
  readonly isWhole: boolean;
}

export const NO_CHECK: CheckDone = { outputs: { 'check-id': '' }, isWhole: false };

/**
 * The check run of one run of the Action. What it is found by again is kept with the runner before it is asked for, and only given up once it
 * is completed: a run that is cut off at any moment leaves no check that waits for ever.
 */
export class JobCheck {
  readonly #host: ActionHost;
  readonly #checks: CheckRuns;
  readonly #identity: CheckIdentity;
  readonly #begun: Promise<number | 'unknown' | undefined>;
  #completed: Promise<CheckDone> | undefined;

  /** Begins it beside whatever else is done. `title` says what is under way. */
  constructor(
    host: ActionHost,
    checks: CheckRuns,
    identity: Omit<CheckIdentity, 'externalId'>,
    title: string,
  ) {
    this.#host = host;
    this.#checks = checks;
    this.#identity = { ...identity, externalId: randomUUID() };
    host.saveState(STATE, JSON.stringify(this.#identity));
    this.#begun = this.#begin(title);
  }

  /** The id; `unknown` where an answer was lost, so that there may be one; undefined where there is none. Never rejects. */
  async #begin(title: string): Promise<number | 'unknown' | undefined> {
    try {
      return await this.#checks.begin(this.#identity, { title, summary: `${title} …` });
    } catch (error) {
      const isLost = error instanceof OperationError && error.retryable;
      if (!isLost) this.#host.saveState(STATE, '');
      // Without `checks: write`, which nobody has to give, annotations and the job's own result say the same.
      if (!isReadOnly(error)) this.#host.warning(`The check run could not be made: ${errorText(error)}`);
      return isLost ? 'unknown' : undefined;
    }
  }

  /** Completes it, once; later calls wait for the first. Never rejects. */
  complete(end: CheckConclusion): Promise<CheckDone> {
    this.#completed ??= this.#complete(end);
    return this.#completed;
  }

  async #complete(end: CheckConclusion): Promise<CheckDone> {
    let id: number | undefined;
    try {
      const begun = await this.#begun;
      id = begun === 'unknown' ? await this.#checks.open(this.#identity) : begun;
      if (id === undefined) return NO_CHECK;
      await this.#checks.complete(id, end);
      this.#host.saveState(STATE, '');
      return { outputs: { 'check-id': String(id) }, isWhole: true };
    } catch (error) {
      this.#host.warning(`The check run could not be completed: ${errorText(error)}`);
      return id === undefined ? NO_CHECK : { outputs: { 'check-id': String(id) }, isWhole: false };
    }
  }
}

/** A check's report as GitHub takes it. */
export function conclusionOf(report: CheckReport, redactor: Redactor): CheckConclusion {
  return {
    conclusion: report.conclusion ?? 'neutral',
    title: report.title,
    summary: report.summary,
    annotations: checkAnnotations(report.annotations, redactor),
  };
}

/** The check that a run left open, from the runner's variables; undefined when there is none. */
export function openCheck(environment: ActionHost['environment']): CheckIdentity | undefined {
  const text = environment[`STATE_${STATE}`] ?? '';
  if (text === '') return undefined;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
  const value = JSON.parse(text) as Json;
  const { sha, name, externalId } = isMap(value) ? value : {};
  return typeof sha === 'string' && typeof name === 'string' && typeof externalId === 'string'
    ? { sha, name, externalId }
    : undefined;
}

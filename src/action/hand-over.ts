import { durationText } from '../core/report/elapsed.ts';
import { endedSummary } from '../core/report/summary.ts';
import { plural } from '../core/report/verdict.ts';
import { stoppedSummary } from '../flows/apply-report.ts';
import { handOver, isHandoverOver, type HandedOver } from '../flows/hand-over.ts';
import type { Handover, HandoverOptions, HandoverState, Merge } from '../ports/handover.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { endOf, tellRollout, tellStart, tellStep, type ApplyJob, type Ended } from './apply-end.ts';
import type { Inputs } from './inputs.ts';
import type { Job } from './job.ts';
import type { Reason } from './outputs.ts';

/** Words of the app for an end that is not good which mean the same here. */
const SAID_BY_APP: readonly Reason[] = [
  'not-reviewed',
  'plan-differs',
  'new-errors',
  'not-applyable',
  'findings',
  'not-on-branch',
  'gate-zero',
  'apply-failed',
];

/** What the job asks of the app; what is as by default is left out, so that the same wish is the same request. */
function optionsOf(inputs: Inputs): HandoverOptions {
  const { paths, rollout, prune, requireReviewed, failOn, collectorVersion } = inputs;
  return {
    ...(paths.length === 0 ? {} : { paths }),
    ...(rollout === 'auto' ? {} : { rollout }),
    ...(prune ? { prune } : {}),
    ...(requireReviewed ? { requireReviewed } : {}),
    ...(failOn === undefined ? {} : { failOn }),
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
  };
}

function mergeOf({ event, ends, inputs }: Job): Merge {
  const options = optionsOf(inputs);
  return {
    repository: `${event.owner}/${event.repo}`,
    branch: event.branch ?? event.defaultBranch,
    commit: ends.head,
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
}

/** Where a merge stands that is not over, in a sentence. */
function placeText({ state, waitsFor }: Handover): string {
  if (state === 'applying') return 'The app applies it.';
  if (waitsFor === 0) return 'It is the next one.';
  return `${plural(waitsFor, 'merge')} ${waitsFor === 1 ? 'is' : 'are'} before this one.`;
}

/** The same of one that was waited for too long. */
function stillText({ state, waitsFor }: Handover): string {
  if (state === 'applying') return 'the app is still applying it';
  if (waitsFor === 0) return 'the app has not begun it, though it is the next one';
  return `${plural(waitsFor, 'merge')} ${waitsFor === 1 ? 'is' : 'are'} still before this one`;
}

/** Has the app of the server carry out the apply, and prints what it does; the job itself writes nothing to the server. */
export async function applyByApp(applyJob: ApplyJob): Promise<Ended> {
  const { job, controlPlane, review, redactor } = applyJob;
  const { host, inputs, record, catalogue } = job;
  const merge = mergeOf(job);
  const result = await handOver({
    merge,
    review,
    controlPlane,
    clock: host.clock,
    catalogue,
    rollout: inputs.rollout,
    waitMs: inputs.waitMs,
    onChange: (handover) => {
      if (!record.isHandedOver) {
        const { host: at } = new URL(controlPlane.url);
        host.info(`Handed ${merge.commit.slice(0, 7)} of ${merge.branch} over to the app at ${at}.`);
        record.isHandedOver = true;
      }
      if (!isHandoverOver(handover)) host.info(placeText(handover));
    },
    onSilence: (error) => {
      host.warning(redactor.text(`${errorText(error)}. The app has the merge; it is asked again.`));
    },
    onStep: (outcome) => tellStep(applyJob, outcome),
    onStart: (rollout) => tellStart(applyJob, rollout),
    onRollout: async (view) => tellRollout(applyJob, view),
  }).catch((error: unknown) => {
    throw explained(error);
  });
  return ENDED[result.handover.state](applyJob, result);
}

/** A server without the route says so in its own words; here is what to do about it. */
function explained(error: unknown): unknown {
  if (!(error instanceof OperationError) || error.code !== 'not-supported') return error;
  return new OperationError({
    code: error.code,
    message: error.message,
    hint: 'Leave the input app-url out and set control-plane: then the job applies by itself',
    cause: error,
  });
}

/** What is told of a merge that was seen last in a state. */
const ENDED: Readonly<Record<HandoverState, (applyJob: ApplyJob, result: HandedOver) => Ended>> = {
  queued: notOver,
  applying: notOver,
  included,
  stopped,
  applied: (applyJob, result) => endOf(applyJob, result, isIdle(result)),
  failed,
};

function isIdle({ handover: { steps } }: HandedOver): boolean {
  return steps.every(({ state }) => state === 'unchanged');
}

function notOver({ job: { host, inputs }, redactor }: ApplyJob, { handover }: HandedOver): Ended {
  const isAwaited = inputs.waitMs > 0;
  const sentence = isAwaited
    ? `After ${durationText(inputs.waitMs)} ${stillText(handover)}. The app goes on by itself; run the job again to see how it ends.`
    : 'The app applies it in its turn; nobody waits for that here, since `wait` is 0.';
  if (isAwaited) host.error(sentence);
  else host.info(sentence);
  return {
    failed: isAwaited,
    reason: isAwaited ? 'handover-unfinished' : 'handed-over',
    title: isAwaited ? sentence : 'Handed over to the app',
    said: endedSummary(isAwaited ? '🔴 Not applied yet' : '⏳ Handed over', sentence, [], redactor),
    views: [],
  };
}

function included({ job: { host }, redactor }: ApplyJob, { handover }: HandedOver): Ended {
  const { includedIn } = handover;
  const later = includedIn === undefined ? 'a later merge' : includedIn.slice(0, 7);
  const title = `Included in ${later}`;
  host.info(redactor.text(`${title}, which the app has worked off already.`));
  const sentence =
    'The app has worked off a later merge already that has this one in it; what is rolled out is told with that one.';
  return {
    failed: false,
    reason: 'included',
    title,
    said: endedSummary(`⚪ ${title}`, sentence, [], redactor),
    views: [],
  };
}

/** What stood against it one by one comes on lines of its own, as `stopText` writes it. */
function stopped({ job: { host }, review, context, redactor }: ApplyJob, { handover }: HandedOver): Ended {
  const text = handover.sentence ?? 'The app gives no reason.';
  const [sentence = '', ...causes] = text.split('\n').map((line) => line.trim());
  host.error(redactor.text(`Not applied. ${text}`));
  return {
    failed: true,
    reason: reasonOf(handover, 'stopped'),
    title: `Not applied. ${sentence}`,
    said: stoppedSummary({ sentence, causes }, review.plan, context),
    views: [],
  };
}

function failed(applyJob: ApplyJob, result: HandedOver): Ended {
  const { job, redactor } = applyJob;
  const { handover } = result;
  const end = endOf(applyJob, result, false);
  const reason = end.reason === 'apply-failed' ? reasonOf(handover, 'apply-failed') : end.reason;
  const { sentence } = handover;
  if (sentence === undefined) return { ...end, reason };
  const heading = reason === 'gate-zero' ? '🔴 Applied, not rolled out' : '🔴 The apply failed';
  const said = `${endedSummary(heading, sentence, [], redactor)}\n${end.said.trimStart()}`;
  // A step that failed was told already, and more exactly.
  if (handover.steps.some(({ state }) => state === 'failed')) return { ...end, reason, said };
  job.host.error(redactor.text(sentence));
  return { ...end, reason, title: sentence, said };
}

function reasonOf({ reason }: Handover, otherwise: Reason): Reason {
  return SAID_BY_APP.find((known) => known === reason) ?? otherwise;
}

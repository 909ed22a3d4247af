import { connectControlPlane, settingsFromEnvironment } from '../io/control-planes/index.ts';
import { loadCatalogue, loadTypes } from '../io/files.ts';
import { gitCommit, gitParents, gitRepository, gitTopLevel } from '../io/git.ts';
import { gitHubConversation } from '../io/github.ts';
import { gitHubChecks } from '../io/github-checks.ts';
import type { GitHubClient } from '../io/github-client.ts';
import { gitHubCodeReview } from '../io/github-code-review.ts';
import { logInWithGitHub } from '../io/github-login.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { JobCheck } from './check.ts';
import { readEvent, restrictedBy, type ActionEvent } from './event.ts';
import type { ActionHost } from './host.ts';
import { InputError, readInputs, type Inputs, type Mode } from './inputs.ts';
import type { Job, JobResult } from './job.ts';
import { endEarly, newRecord, putOutputs, type RunRecord } from './record.ts';
import { endsOf, type Ends } from './revisions.ts';

/** 0 fine; 1 findings or a failed operation; 64 wrong usage; 130 cancelled. */
export type ActionExit = 0 | 1 | 64 | 130;

/** What a run needs beside the runner; tests replace the network here. */
export interface ActionNetwork {
  readonly gitHub: (token: string, apiUrl: string) => Promise<GitHubClient>;
}

const PLANNED_EVENTS: ReadonlySet<string> = new Set(['pull_request', 'pull_request_target', 'merge_group']);

/** The mode of this run. Throws InputError where the inputs ask for something else than would happen. */
export function modeOf(inputs: Inputs, event: ActionEvent): Mode {
  const { mode } = inputs;
  if (mode === undefined) {
    if (event.name === 'push' && inputs.peerInputs.length > 0) {
      throw new InputError(
        'These inputs are those of bindplane-op-action, which applies. Collie only plans unless it is told to apply: add `mode: apply`',
      );
    }
    return 'plan';
  }
  if (mode !== 'apply') return mode;
  // One workflow may serve pull requests and pushes with the same inputs.
  if (PLANNED_EVENTS.has(event.name)) return 'plan';
  const wanted = inputs.branch ?? event.defaultBranch;
  if (event.branch !== wanted) {
    throw new InputError(
      `apply runs on the branch ${wanted} alone, and this is ${event.branch ?? 'no branch'}; set the input branch to allow another one`,
    );
  }
  return mode;
}

function controlPlaneOf(inputs: Inputs, host: ActionHost): ControlPlane | undefined {
  const { controlPlane, apiKey, username, password, certificateAuthority } = inputs;
  const settings = settingsFromEnvironment({}, host.clock, controlPlane);
  return connectControlPlane({
    ...settings,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  });
}

/** Whom GitHub's token of this job is for: what the job says, else the app's own address, as its settings name it. */
function audienceOf({ oidcAudience, appUrl }: Inputs): string | undefined {
  return oidcAudience ?? (appUrl === undefined ? undefined : new URL(appUrl).origin);
}

/** GitHub's token of this job. Undefined where there is none and nobody asked for one in so many words; that is said. */
async function idTokenOf(inputs: Inputs, audience: string, host: ActionHost): Promise<string | undefined> {
  try {
    return await host.idToken?.(audience);
  } catch (error) {
    const message = `GitHub gave the job no token for ${audience}: ${errorText(error)}`;
    const asked = inputs.oidcAudience !== undefined;
    const hint = `Give the job \`permissions: {id-token: write}\`, or set the input api-key${asked ? ' instead of oidc-audience' : ''}`;
    if (asked) throw new OperationError({ code: 'no-id-token', message, hint });
    host.warning(`${message}. ${hint}`);
    return undefined;
  }
}

/** The inputs with a key that the server gave for GitHub's token of this job, where the job says so and brings none. */
async function loggedIn(inputs: Inputs, host: ActionHost, record: RunRecord): Promise<Inputs> {
  const { controlPlane, apiKey, password, certificateAuthority } = inputs;
  const audience = audienceOf(inputs);
  const hasKey = apiKey !== undefined || password !== undefined;
  if (audience === undefined || controlPlane === undefined || hasKey) return inputs;
  const token = await idTokenOf(inputs, audience, host);
  if (token === undefined) return inputs;
  host.mask(token);
  const trust = certificateAuthority === undefined ? {} : { certificateAuthority };
  const key = await logInWithGitHub({ url: controlPlane, token, clock: host.clock, ...trust });
  host.mask(key);
  record.secrets.push(token, key);
  return { ...inputs, apiKey: key };
}

/**
 * A pull request of a fork or of Dependabot gets no secrets: there is a server, and nothing to ask it with. That is said, and the plan is made
 * from the files.
 */
function isWithoutSecrets({ apiKey, password, controlPlane }: Inputs, event: ActionEvent): boolean {
  return (
    controlPlane !== undefined &&
    apiKey === undefined &&
    password === undefined &&
    restrictedBy(event) !== undefined
  );
}

/** What a run works with on its way to a job. */
interface Start {
  readonly mode: Mode;
  readonly inputs: Inputs;
  readonly event: ActionEvent;
  readonly host: ActionHost;
  readonly network: ActionNetwork;
  readonly record: RunRecord;
}

/** What a run says on GitHub, and with what: nothing without a token, and no comment where there is no pull request. Begins the check. */
async function gitHubOf(
  { mode, inputs, event, host, network, record }: Start,
  atEnds: Promise<Ends>,
): Promise<Pick<Job, 'conversation' | 'codeReview'>> {
  const { owner, repo, runUrl, pullRequest, mergeGroup } = event;
  const planned = pullRequest?.headSha ?? mergeGroup?.headSha;
  // A plan of a push is told to nobody; the client of GitHub is the largest thing a run loads.
  const isTold = mode === 'apply' || (mode === 'plan' && planned !== undefined);
  if (inputs.token === undefined || owner === '' || repo === '' || !isTold) return {};
  const [client, ends] = await Promise.all([network.gitHub(inputs.token, event.apiUrl), atEnds]);
  const options = { owner, repo, clock: host.clock, retryWrites: true };
  if (inputs.check) {
    // What people look at, not the merge that was checked out.
    const sha = mode === 'plan' && planned !== undefined ? planned : ends.head;
    const identity = { sha, name: `collie/${mode}`, ...(runUrl === undefined ? {} : { detailsUrl: runUrl }) };
    const title = mode === 'plan' ? 'Planning' : 'Applying';
    record.check = new JobCheck(host, gitHubChecks(client, options), identity, title);
  }
  // A merge group is nobody's conversation: its result is the job's, and the check's on its commit.
  if (mode === 'plan' && pullRequest === undefined) return {};
  return {
    conversation: gitHubConversation(client, options),
    ...(pullRequest === undefined ? {} : { codeReview: gitHubCodeReview(client, options) }),
  };
}

/** Ends the run where a stranger's files are checked out while the job has secrets (SEC-02); no input opts out. */
async function requireTrustedCheckout(root: string, event: ActionEvent): Promise<void> {
  if (event.untrusted.length === 0) return;
  const head = await gitCommit(root);
  // The test merge that was checked out need not be the one that the event knows: its parents tell.
  const present = head === undefined ? [] : [head, ...(await gitParents(root, head))];
  if (!present.some((sha) => event.untrusted.includes(sha))) return;
  throw new OperationError({
    code: 'untrusted-checkout',
    message: `Under ${event.name} the pull request's own commit is checked out; nothing of it was read`,
    hint: 'Run Collie on the event pull_request; it needs no secrets there',
  });
}

async function prepare(start: Start): Promise<Job> {
  const { mode, inputs, event, host, record } = start;
  const workspace = host.environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const root = await gitTopLevel(workspace);
  if (root === undefined) {
    throw new OperationError({
      code: 'no-checkout',
      message: `${workspace} is no git checkout`,
      hint: 'Run actions/checkout with fetch-depth: 0 before this step',
    });
  }
  await requireTrustedCheckout(root, event);
  const repository = gitRepository(root);
  const alone = isWithoutSecrets(inputs, event);
  if (alone) {
    host.notice(
      `GitHub gives no secrets to pull requests from ${restrictedBy(event) ?? ''}: the control plane was not asked.`,
    );
  }
  const isAsked = mode !== 'lint' && !alone;
  const controlPlane = isAsked ? controlPlaneOf(await loggedIn(inputs, host, record), host) : undefined;
  const atEnds = endsOf(repository, root, event);
  const [ends, types, catalogue, gitHub] = await Promise.all([
    atEnds,
    loadTypes(inputs.types),
    loadCatalogue(),
    gitHubOf(start, atEnds),
  ]);
  return {
    host,
    inputs,
    event,
    ends,
    repository,
    catalogue,
    types,
    record,
    ...(controlPlane === undefined ? {} : { controlPlane }),
    ...gitHub,
  };
}

async function runMode(mode: Mode, job: Job): Promise<JobResult> {
  if (mode === 'lint') return (await import('./lint.ts')).lintMode(job);
  if (mode === 'plan') return (await import('./plan.ts')).planMode(job);
  if (job.controlPlane === undefined) {
    throw new InputError(
      'apply needs a control plane: set `control-plane` (or `bindplane_remote_url`) and its credentials',
    );
  }
  return (await import('./apply.ts')).applyMode(job, job.controlPlane);
}

/** Runs to an end of its own. Rejects with whatever goes wrong. */
async function attempt(host: ActionHost, network: ActionNetwork, record: RunRecord): Promise<ActionExit> {
  const inputs = readInputs(host.environment);
  record.secrets.push(...inputs.secrets);
  for (const secret of inputs.secrets) host.mask(secret);
  for (const note of inputs.notes) host.warning(note);
  const event = readEvent(host.environment, await host.payload());
  const mode = modeOf(inputs, event);
  if (inputs.mode === 'apply' && mode === 'plan') {
    host.notice(`On ${event.name} nothing is applied; this is the plan.`);
  }
  const job = await prepare({ mode, inputs, event, host, network, record });
  const { outputs, failed, reason } = await runMode(mode, job);
  putOutputs(host, outputs, failed, reason);
  return failed ? 1 : 0;
}

/** What becomes of a merge that the app has when the job ends before it. */
const GOES_ON = 'The app has the merge and goes on by itself; run the job again to see how it ends.';

/** Ends a run that could not end by itself: in sentences, never in a stack trace for what a person can mend. */
async function afterError(host: ActionHost, record: RunRecord, error: unknown): Promise<ActionExit> {
  const heading = '🔴 Collie could not finish';
  if (error instanceof InputError) {
    const sentence = `${error.message}.`;
    host.error(sentence);
    await endEarly(host, record, { heading, sentence, reason: 'wrong-usage' });
    return 64;
  }
  const sentence = record.isHandedOver
    ? `${errorText(error).replace(/\.$/, '')}. ${GOES_ON}`
    : errorText(error);
  host.error(sentence);
  const isKnown = error instanceof OperationError;
  if (!isKnown) host.info(error instanceof Error ? (error.stack ?? '') : '');
  await endEarly(host, record, { heading, sentence, reason: isKnown ? error.code : 'defect' });
  return 1;
}

/** Ends a run that somebody cancelled, within the seconds that the runner leaves; what goes on meanwhile is given up with the process. */
async function afterCancellation(host: ActionHost, record: RunRecord): Promise<ActionExit> {
  const sentence = record.isHandedOver
    ? `Cancelled. ${GOES_ON}`
    : record.done.length === 0
      ? 'Cancelled before anything was done.'
      : 'Cancelled. What was done stays; run the job again to go on from there.';
  host.error(sentence);
  await endEarly(host, record, { heading: '⏹️ Cancelled', sentence, reason: 'cancelled', cancelled: true });
  return 130;
}

/**
 * Runs the Action once and gives its exit code. Never throws: whatever goes wrong ends in a sentence in log and summary, in all outputs that
 * are known by then, and in a completed check. `cancelled` is aborted when the runner asks the process to stop.
 */
export async function runAction(
  host: ActionHost,
  network: ActionNetwork,
  cancelled?: AbortSignal,
): Promise<ActionExit> {
  const record = newRecord();
  const run = attempt(host, network, record).catch((error: unknown) => afterError(host, record, error));
  if (cancelled === undefined) return run;
  const cut = new Promise<undefined>((resolve) => {
    cancelled.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return (await Promise.race([run, cut])) ?? afterCancellation(host, record);
}

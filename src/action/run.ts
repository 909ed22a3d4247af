import { connectControlPlane, settingsFromEnvironment } from '../io/control-planes/index.ts';
import { loadCatalogue, loadTypes } from '../io/files.ts';
import { gitCommit, gitParents, gitRepository, gitTopLevel } from '../io/git.ts';
import { gitHubConversation } from '../io/github.ts';
import type { GitHubClient } from '../io/github-client.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import type { Conversation } from '../ports/conversation.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { readEvent, type ActionEvent } from './event.ts';
import type { ActionHost } from './host.ts';
import { InputError, readInputs, type Inputs, type Mode } from './inputs.ts';
import type { Job, JobResult } from './job.ts';
import { endsOf } from './revisions.ts';

/** 0 fine; 1 findings or a failed operation; 64 wrong usage. */
export type ActionExit = 0 | 1 | 64;

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

async function conversationOf(
  mode: Mode,
  inputs: Inputs,
  event: ActionEvent,
  host: ActionHost,
  network: ActionNetwork,
): Promise<Conversation | undefined> {
  if (inputs.token === undefined || event.owner === '' || event.repo === '') return undefined;
  // A plan of a push is told to nobody; the client of GitHub is the largest thing a run loads.
  if (mode === 'plan' && event.pullRequest === undefined) return undefined;
  const client = await network.gitHub(inputs.token, event.apiUrl);
  return gitHubConversation(client, { owner: event.owner, repo: event.repo, clock: host.clock });
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

async function prepare(
  inputs: Inputs,
  event: ActionEvent,
  mode: Mode,
  host: ActionHost,
  network: ActionNetwork,
): Promise<Job> {
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
  const controlPlane = mode === 'lint' ? undefined : controlPlaneOf(inputs, host);
  const [ends, types, catalogue, conversation] = await Promise.all([
    endsOf(repository, root, event),
    loadTypes(inputs.types),
    loadCatalogue(),
    mode === 'lint' ? undefined : conversationOf(mode, inputs, event, host, network),
  ]);
  return {
    host,
    inputs,
    event,
    ends,
    repository,
    catalogue,
    types,
    ...(controlPlane === undefined ? {} : { controlPlane }),
    ...(conversation === undefined ? {} : { conversation }),
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

function put(host: ActionHost, result: JobResult): void {
  const outputs = {
    ...result.outputs,
    decision: result.failed ? 'stop' : 'continue',
    'reason-code': result.reason,
  };
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  host.output('result', JSON.stringify(outputs));
}

/** Runs the Action once and gives its exit code. Never throws: whatever goes wrong ends in a sentence in the log. */
export async function runAction(host: ActionHost, network: ActionNetwork): Promise<ActionExit> {
  try {
    const inputs = readInputs(host.environment);
    for (const secret of inputs.secrets) host.mask(secret);
    for (const note of inputs.notes) host.warning(note);
    const event = readEvent(host.environment, await host.payload());
    const mode = modeOf(inputs, event);
    if (inputs.mode === 'apply' && mode === 'plan') {
      host.notice(`On ${event.name} nothing is applied; this is the plan.`);
    }
    const result = await runMode(mode, await prepare(inputs, event, mode, host, network));
    put(host, result);
    return result.failed ? 1 : 0;
  } catch (error) {
    if (error instanceof InputError) {
      host.error(`${error.message}.`);
      return 64;
    }
    host.error(errorText(error));
    if (!(error instanceof OperationError)) host.info(error instanceof Error ? (error.stack ?? '') : '');
    put(host, { failed: true, reason: error instanceof OperationError ? error.code : 'defect', outputs: {} });
    return 1;
  }
}

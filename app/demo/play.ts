import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isMap, type Json, type JsonMap } from '../../src/core/document/node.ts';
import type { ReportableRollout } from '../../src/ports/rollout-feed.ts';
import { type ActionResult, runAction } from './action.ts';
import type { AgentList, RolloutList, ServeProcess } from './control-plane.ts';
import type { Fleet } from './fleet.ts';
import type { Act, DemoRepository } from './git.ts';
import type { GitHubServer } from './github/server.ts';
import { planLines, rolloutLines } from './story-text.ts';

/** Everything an act is played with. */
export interface Stage {
  readonly folder: string;
  readonly repository: DemoRepository;
  readonly github: GitHubServer;
  readonly serve: ServeProcess;
  readonly fleet: Fleet;
  /** Path of the built Action. */
  readonly action: string;
  readonly say: (line: string) => void;
  /** Called when an act's rollout has begun and when the act is over; tests look and interfere here. */
  readonly watcher?: StageWatcher;
}

export interface StageWatcher {
  rolloutStarted?(act: number, stage: Stage): Promise<void>;
  actEnded?(act: number, stage: Stage): Promise<void>;
}

const REPOSITORY = 'shop/telemetry';
const AUTHOR = 'ada';
const ROLLOUT_LIMIT_MS = 90_000;
const REPORT_LIMIT_MS = 30_000;
const POLL_MS = 100;
const OVER = ['stable', 'rolled-back', 'failed', 'aborted', 'replaced', 'no-agents'];

/** Brings the fleet to the base of the repository: the first push to main, applied and rolled out. */
export async function playBase(stage: Stage): Promise<void> {
  const head = await stage.repository.update();
  const result = await applyRun(stage, head);
  if (result.exitCode !== 0) throw new Error(`the base could not be applied:\n${tail(result.log)}`);
}

/**
 * One act: propose, plan, merge, apply, watch. Returns whether what happened is what such a story is: a plan on the pull
 * request, a rollout that ended, the rollout's comment and check on GitHub.
 */
export async function playAct(
  stage: Stage,
  act: Act,
  number: number,
): Promise<{ asTold: boolean; why: string }> {
  const { head, base } = await stage.repository.propose(act);
  await stage.github.pushed(REPOSITORY, AUTHOR);
  const pull = await stage.github.openPullRequest(REPOSITORY, {
    title: act.title,
    body: act.body,
    head: act.branch,
    login: AUTHOR,
  });
  stage.say(`${number}  ${act.title.padEnd(60)}  PR #${pull.number}`);
  const planned = await planRun(stage, act, pull.number, { head, base });
  const plan = await readPlan(planned);
  if (plan === undefined) {
    return { asTold: false, why: `the plan of PR #${pull.number} failed:\n${tail(planned.log)}` };
  }
  for (const line of planLines(plan)) stage.say(line);
  if (planned.exitCode !== 0) stage.say('   merged anyway');
  const commit = await stage.github.mergePullRequest(REPOSITORY, pull.number, AUTHOR);
  await stage.repository.update();
  const applying = applyRun(stage, commit);
  if (stage.watcher?.rolloutStarted !== undefined) {
    await rolloutBegun(stage, commit);
    await stage.watcher.rolloutStarted(number, stage);
  }
  const applied = await applying;
  const rollouts = await rolloutsOf(stage, commit);
  if (rollouts.length === 0) {
    return { asTold: false, why: `no rollout followed PR #${pull.number}:\n${tail(applied.log)}` };
  }
  const agents = (await stage.serve.ask<AgentList>('/v1/agents')).agents.length;
  for (const { view } of rollouts) {
    for (const line of rolloutLines(view, { agents, real: stage.fleet.real })) stage.say(line);
  }
  const told = await reported(stage, pull.number, commit);
  await stage.watcher?.actEnded?.(number, stage);
  return told;
}

async function planRun(
  stage: Stage,
  act: Act,
  number: number,
  commits: { readonly head: string; readonly base: string },
): Promise<ActionResult> {
  return runAction({
    ...common(stage, 'pull_request'),
    event: {
      action: 'opened',
      number,
      pull_request: {
        number,
        head: { sha: commits.head, ref: act.branch, repo: { full_name: REPOSITORY, fork: false } },
        base: { sha: commits.base, ref: 'main', repo: { full_name: REPOSITORY, default_branch: 'main' } },
      },
      repository: repositoryPayload(stage),
    },
    sha: commits.head,
    ref: `refs/pull/${number}/merge`,
    headRef: act.branch,
    baseRef: 'main',
    inputs: serverInputs(stage),
  });
}

function applyRun(stage: Stage, commit: string): Promise<ActionResult> {
  return runAction({
    ...common(stage, 'push'),
    event: {
      ref: 'refs/heads/main',
      after: commit,
      before: `${commit}^`,
      repository: repositoryPayload(stage),
    },
    sha: commit,
    ref: 'refs/heads/main',
    inputs: { ...serverInputs(stage), mode: 'apply', wait: `${ROLLOUT_LIMIT_MS / 1000}s` },
  });
}

function common(
  stage: Stage,
  eventName: 'pull_request' | 'push',
): {
  program: string;
  workspace: string;
  folder: string;
  githubUrl: string;
  repository: string;
  token: string;
  eventName: 'pull_request' | 'push';
} {
  const token = stage.github.createToken(
    'github-actions[bot]',
    { contents: 'read', pull_requests: 'write', statuses: 'write', checks: 'write', issues: 'write' },
    REPOSITORY,
  );
  return {
    program: stage.action,
    workspace: stage.repository.work,
    folder: join(stage.folder, 'runs'),
    githubUrl: stage.github.url,
    repository: REPOSITORY,
    token,
    eventName,
  };
}

function serverInputs(stage: Stage): Record<string, string> {
  return { bindplane_remote_url: stage.serve.url, bindplane_api_key: stage.serve.apiKey };
}

function repositoryPayload(stage: Stage): unknown {
  const [owner = '', name = ''] = REPOSITORY.split('/');
  return {
    name,
    full_name: REPOSITORY,
    default_branch: 'main',
    owner: { login: owner },
    html_url: `${stage.github.url}/${REPOSITORY}`,
  };
}

async function readPlan(result: ActionResult): Promise<JsonMap | undefined> {
  const path = result.outputs['plan-path'];
  if (path === undefined || path === '') return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
  const plan = JSON.parse(await readFile(path, 'utf8')) as Json;
  return isMap(plan) ? plan : undefined;
}

/** Rollouts of a commit once all of them are over, as the server's store tells them. */
async function rolloutsOf(stage: Stage, commit: string): Promise<readonly ReportableRollout[]> {
  let seen: readonly ReportableRollout[] = [];
  for (let waited = 0; waited < ROLLOUT_LIMIT_MS; waited += POLL_MS) {
    const { rollouts } = await stage.serve.ask<RolloutList>('/v1/collie/rollouts');
    seen = rollouts.filter(({ origin }) => origin?.commit === commit);
    if (seen.every(({ view }) => OVER.includes(view.state))) return seen;
    await wait(POLL_MS);
  }
  return seen;
}

async function rolloutBegun(stage: Stage, commit: string): Promise<void> {
  for (let waited = 0; waited < ROLLOUT_LIMIT_MS; waited += POLL_MS) {
    const { rollouts } = await stage.serve.ask<RolloutList>('/v1/collie/rollouts');
    if (rollouts.some(({ origin, view }) => origin?.commit === commit && view.totals.offered > 0)) return;
    await wait(POLL_MS / 4);
  }
}

/** Waits until the pull request has the rollout's comment and the merge commit a completed check. */
async function reported(
  stage: Stage,
  number: number,
  commit: string,
): Promise<{ asTold: boolean; why: string }> {
  const { state } = stage.github;
  for (let waited = 0; waited < REPORT_LIMIT_MS; waited += POLL_MS) {
    const comments = state.comments.filter(
      (comment) => comment.number === number && comment.author.login === 'collie[bot]',
    );
    const checks = state.checks.filter((check) => check.sha === commit && check.app.slug === 'collie');
    if (comments.length > 0 && checks.length > 0 && checks.every((check) => check.status === 'completed')) {
      return { asTold: true, why: '' };
    }
    await wait(POLL_MS);
  }
  return {
    asTold: false,
    why: `PR #${number} did not get its rollout comment and check within ${REPORT_LIMIT_MS / 1000} s`,
  };
}

function tail(log: string): string {
  return log.trim().split('\n').slice(-12).join('\n');
}

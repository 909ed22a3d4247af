import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleOptions } from '../../app/build.ts';
import { runAction, type ActionResult, type ActionRun } from '../../app/demo/action.ts';
import type { JobStage, Permissions, Proposal } from './stage.ts';

/** The Action as it is released, in a folder of its own. */
export interface BuiltAction {
  readonly program: string;
  remove(): void;
}

/** Bundles `src/main.ts` as `npm run build` does. */
export async function buildAction(): Promise<BuiltAction> {
  const folder = mkdtempSync(join(tmpdir(), 'collie-built-'));
  await build(bundleOptions({ action: 'src/main.ts' }, folder));
  return {
    program: join(folder, 'action.mjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const REPOSITORY = 'shop/telemetry';

/** A token with everything that a run of the Action can use. */
export const ALL: Permissions = {
  contents: 'read',
  pull_requests: 'write',
  statuses: 'write',
  checks: 'write',
};

/** What a forked pull request or one of Dependabot gets. */
export const READ_ONLY: Permissions = {
  contents: 'read',
  pull_requests: 'read',
  statuses: 'read',
  checks: 'read',
};

export type RunOptions = Partial<Pick<ActionRun, 'inputs' | 'actor' | 'state' | 'onStart'>> & {
  readonly permissions?: Permissions;
  /** From another repository. */
  readonly fork?: boolean;
};

type Common = Pick<
  ActionRun,
  'program' | 'workspace' | 'folder' | 'githubUrl' | 'token' | 'repository' | 'inputs'
> &
  Partial<Pick<ActionRun, 'actor' | 'state' | 'onStart'>>;

function common({ program }: BuiltAction, stage: JobStage, options: RunOptions): Common {
  const { permissions = ALL, fork: _, inputs = {}, ...more } = options;
  return {
    program,
    workspace: stage.repository.work,
    folder: stage.folder,
    githubUrl: stage.gitHub.url,
    token: stage.gitHub.createToken('github-actions[bot]', permissions, REPOSITORY),
    repository: REPOSITORY,
    inputs,
    ...more,
  };
}

const repository = { default_branch: 'main', full_name: REPOSITORY };

/** A run on `pull_request`, with the test merge of head into base checked out as `actions/checkout` does it. */
export function planned(
  action: BuiltAction,
  stage: JobStage,
  { number, head, base, branch }: Proposal,
  options: RunOptions = {},
): Promise<ActionResult> {
  const from = options.fork === true ? 'eve/telemetry' : REPOSITORY;
  return runAction({
    ...common(action, stage, options),
    eventName: 'pull_request',
    event: {
      number,
      pull_request: {
        number,
        head: { sha: head, ref: branch, repo: { full_name: from } },
        base: { sha: base, ref: 'main', repo: { full_name: REPOSITORY } },
      },
      repository,
    },
    sha: mergeOf(stage, base, head),
    ref: `refs/pull/${number}/merge`,
  });
}

/** A run on `merge_group`: a queue tries these commits together on a branch of its own. */
export function queued(
  action: BuiltAction,
  stage: JobStage,
  group: { readonly base: string; readonly head: string },
  options: RunOptions = {},
): Promise<ActionResult> {
  const ref = `refs/heads/gh-readonly-queue/main/pr-1-${group.base}`;
  return runAction({
    ...common(action, stage, options),
    eventName: 'merge_group',
    event: {
      action: 'checks_requested',
      merge_group: {
        base_sha: group.base,
        head_sha: group.head,
        base_ref: 'refs/heads/main',
        head_ref: ref,
      },
      repository,
    },
    sha: group.head,
    ref,
  });
}

/** A run on a push to main. */
export function pushed(
  action: BuiltAction,
  stage: JobStage,
  commit: string,
  options: RunOptions = {},
): Promise<ActionResult> {
  return runAction({
    ...common(action, stage, options),
    eventName: 'push',
    event: { ref: 'refs/heads/main', before: `${commit}^`, after: commit, repository },
    sha: commit,
    ref: 'refs/heads/main',
  });
}

/** The commit of merging `head` into `base`, in the working copy and in the bare repository. */
export function mergeOf({ repository: { work } }: JobStage, base: string, head: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=queue', '-c', 'user.email=queue@example.com', ...args], {
      cwd: work,
      encoding: 'utf8',
    }).trim();
  const tree = git('merge-tree', '--write-tree', base, head);
  const commit = git('commit-tree', tree, '-p', base, '-p', head, '-m', 'Merge');
  git('push', '-q', 'origin', `${commit}:refs/tests/${commit}`);
  return commit;
}

/** A raw config whose diff is long. */
export const RAW: string = `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: raw-logs
spec:
  selector:
    matchLabels:
      configuration: raw-logs
  raw: |
    receivers:
      filelog:
        include:
          INCLUDES
    exporters:
      debug: {}
    service:
      pipelines:
        logs: {receivers: [filelog], exporters: [debug]}
`;

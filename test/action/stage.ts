import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createRepository, readAct, type Act, type DemoRepository } from '../../app/demo/git.ts';
import {
  createGitHubServer,
  type GitHubServer,
  type GitHubServerOptions,
} from '../../app/demo/github/server.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { ownTypeDocuments } from '../../src/io/files.ts';
import { startBindplane, type BindplaneStandIn, type StandInOptions } from '../support/bindplane-stand-in.ts';
import { action, inputVariables, type ActionResult } from './support.ts';

const SOURCE = resolve(import.meta.dirname, '../../app/demo/repository');
const REPOSITORY = 'shop/telemetry';

/** A git repository, a GitHub and a BindPlane: what a job meets. */
export interface JobStage {
  readonly folder: string;
  readonly repository: DemoRepository;
  readonly gitHub: GitHubServer;
  readonly bindplane: BindplaneStandIn;
  /** Opens a pull request with the files of an act. */
  propose(act: number): Promise<Proposal>;
  /** Opens a pull request with these files, by path; a link is one by where it points. */
  proposeFiles(
    files: Readonly<Record<string, string | Uint8Array | { readonly link: string }>>,
  ): Promise<Proposal>;
  plan(
    proposal: Proposal,
    inputs?: Readonly<Record<string, string>>,
    permissions?: Permissions,
  ): Promise<ActionResult>;
  merge(proposal: Proposal): Promise<string>;
  apply(
    commit: string,
    inputs?: Readonly<Record<string, string>>,
    clock?: Clock,
    permissions?: Permissions,
    cancelled?: AbortSignal,
  ): Promise<ActionResult>;
  /** Comments on a pull request, oldest first. */
  comments(pullRequest: number): readonly string[];
  environment(
    event: 'pull_request' | 'push',
    sha: string,
    ref: string,
    permissions?: Permissions,
  ): Record<string, string>;
  close(): Promise<void>;
}

export interface Proposal {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly branch: string;
}

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

const PERMISSIONS: Permissions = {
  contents: 'read',
  pull_requests: 'write',
  statuses: 'write',
  issues: 'write',
};

export async function createStage(
  options: Omit<StandInOptions, 'types'> = {},
  app: Pick<GitHubServerOptions, 'appId' | 'appPublicKey'> = {},
): Promise<JobStage> {
  const folder = mkdtempSync(join(tmpdir(), 'collie-job-'));
  const repository = await createRepository(folder, join(SOURCE, 'base'));
  const gitHub = await createGitHubServer({ gitDirectory: folder, ...app });
  await gitHub.createRepository(REPOSITORY, { bare: repository.bare });
  const types = await ownTypeDocuments();
  const bindplane = await startBindplane({
    tickOnRead: true,
    ...options,
    types: types.map(({ value }) => value),
  });

  function environment(
    event: 'pull_request' | 'push',
    sha: string,
    ref: string,
    permissions: Permissions = PERMISSIONS,
  ): Record<string, string> {
    return {
      GITHUB_EVENT_NAME: event,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_SHA: sha,
      GITHUB_REF: ref,
      GITHUB_API_URL: `${gitHub.url}/api/v3`,
      GITHUB_SERVER_URL: gitHub.url,
      GITHUB_RUN_ID: '7',
      GITHUB_WORKSPACE: repository.work,
      ...inputVariables({ token: gitHub.createToken('github-actions[bot]', permissions, REPOSITORY) }),
    };
  }

  async function open(act: Act): Promise<Proposal> {
    const { head, base } = await repository.propose(act);
    await gitHub.pushed(REPOSITORY, 'ada');
    const pull = await gitHub.openPullRequest(REPOSITORY, {
      title: act.title,
      head: act.branch,
      login: 'ada',
    });
    return { number: pull.number, head, base, branch: act.branch };
  }

  const withServer = { 'control-plane': bindplane.url };
  const payload: JsonMap = { default_branch: 'main', full_name: REPOSITORY };
  return {
    folder,
    repository,
    gitHub,
    bindplane,
    environment,
    propose: async (number) => open(await readAct(join(SOURCE, `act-${number}`), `act-${number}`)),
    async proposeFiles(files) {
      const changed = mkdtempSync(join(folder, 'change-'));
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(changed, path)), { recursive: true });
        if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, join(changed, path));
        else writeFileSync(join(changed, path), content);
      }
      return open({ branch: basename(changed), title: 'A change', body: '', folder: changed });
    },
    plan: ({ number, head, base, branch }, inputs = withServer, permissions = PERMISSIONS) =>
      action({
        environment: {
          ...environment('pull_request', head, `refs/pull/${number}/merge`, permissions),
          ...inputVariables(inputs),
        },
        event: {
          number,
          pull_request: {
            number,
            head: { sha: head, ref: branch, repo: { full_name: REPOSITORY } },
            base: { sha: base, ref: 'main', repo: { full_name: REPOSITORY } },
          },
          repository: payload,
        },
      }),
    async merge({ number }) {
      const commit = await gitHub.mergePullRequest(REPOSITORY, number, 'ada');
      await repository.update();
      return commit;
    },
    apply: (commit, inputs = {}, clock, permissions = PERMISSIONS, cancelled) =>
      action({
        ...(clock === undefined ? {} : { clock }),
        ...(cancelled === undefined ? {} : { cancelled }),
        environment: {
          ...environment('push', commit, 'refs/heads/main', permissions),
          ...inputVariables({ ...withServer, mode: 'apply', ...inputs }),
        },
        event: { ref: 'refs/heads/main', before: `${commit}^`, after: commit, repository: payload },
      }),
    comments: (pullRequest) =>
      gitHub.state.comments.filter(({ number }) => number === pullRequest).map(({ body }) => body),
    async close() {
      await Promise.all([gitHub.close(), bindplane.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

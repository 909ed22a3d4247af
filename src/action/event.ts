import { isMap, type Json, type JsonMap } from '../core/document/node.ts';

/** What started the job, as far as Collie looks at it. */
export interface ActionEvent {
  readonly name: string;
  readonly owner: string;
  readonly repo: string;
  /** `https://github.com` or a GitHub Enterprise Server. */
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** Commit the job was started for: on a pull request usually the merge of head into base. */
  readonly sha: string;
  /** Branch of a push or dispatch; undefined for tags and pull requests. */
  readonly branch?: string;
  readonly defaultBranch: string;
  /** Login of whoever started the run. */
  readonly actor?: string;
  readonly runUrl?: string;
  readonly pullRequest?: {
    readonly number: number;
    readonly headSha: string;
    readonly baseSha: string;
    readonly baseRef: string;
    /** From another repository: the token may be read-only and secrets are absent. */
    readonly fork: boolean;
  };
  /**
   * Commits of a pull request that must not lie in the checkout, because the event gives secrets to whatever runs on them
   * (`pull_request_target`, `workflow_run` of a pull request; SEC-02). Empty for all other events.
   */
  readonly untrusted: readonly string[];
  /** Ends of the group that a merge queue tries. */
  readonly mergeGroup?: { readonly baseSha: string; readonly headSha: string; readonly baseRef: string };
  /** Tip before a push; undefined when the branch is new. */
  readonly before?: string;
}

const mapAt = (value: JsonMap, key: string): JsonMap => {
  const found = value[key];
  return isMap(found) ? found : {};
};

const textAt = (value: JsonMap, key: string): string => {
  const found: Json | undefined = value[key];
  return typeof found === 'string' ? found : '';
};

function branchOf(ref: string): string | undefined {
  // Everything after refs/heads/: branch names contain slashes.
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

function pullRequestOf(payload: JsonMap): ActionEvent['pullRequest'] {
  const pull = mapAt(payload, 'pull_request');
  const { number } = pull;
  if (typeof number !== 'number') return undefined;
  const head = mapAt(pull, 'head');
  const base = mapAt(pull, 'base');
  const from = textAt(mapAt(head, 'repo'), 'full_name');
  return {
    number,
    headSha: textAt(head, 'sha'),
    baseSha: textAt(base, 'sha'),
    baseRef: textAt(base, 'ref'),
    fork: from === '' || from !== textAt(mapAt(base, 'repo'), 'full_name'),
  };
}

function untrustedOf(name: string, payload: JsonMap): readonly string[] {
  const pull = mapAt(payload, 'pull_request');
  const run = mapAt(payload, 'workflow_run');
  const shas =
    name === 'pull_request_target'
      ? [textAt(mapAt(pull, 'head'), 'sha'), textAt(pull, 'merge_commit_sha')]
      : name === 'workflow_run' && textAt(run, 'event').startsWith('pull_request')
        ? [textAt(run, 'head_sha')]
        : [];
  return shas.filter((sha) => sha !== '');
}

/** The event from the runner's variables and the payload file (docs: variables, events that trigger workflows). */
export function readEvent(
  environment: Readonly<Record<string, string | undefined>>,
  payload: JsonMap,
): ActionEvent {
  const text = (name: string): string => environment[name]?.trim() ?? '';
  const [owner = '', repo = ''] = text('GITHUB_REPOSITORY').split('/');
  const serverUrl = text('GITHUB_SERVER_URL') || 'https://github.com';
  const branch = branchOf(text('GITHUB_REF'));
  const pullRequest = pullRequestOf(payload);
  const group = mapAt(payload, 'merge_group');
  const before = textAt(payload, 'before');
  const run = text('GITHUB_RUN_ID');
  return {
    name: text('GITHUB_EVENT_NAME'),
    owner,
    repo,
    serverUrl,
    apiUrl: text('GITHUB_API_URL') || 'https://api.github.com',
    sha: text('GITHUB_SHA'),
    ...(branch === undefined ? {} : { branch }),
    defaultBranch: textAt(mapAt(payload, 'repository'), 'default_branch') || 'main',
    untrusted: untrustedOf(text('GITHUB_EVENT_NAME'), payload),
    ...(text('GITHUB_ACTOR') === '' ? {} : { actor: text('GITHUB_ACTOR') }),
    ...(run === '' ? {} : { runUrl: `${serverUrl}/${owner}/${repo}/actions/runs/${run}` }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(textAt(group, 'head_sha') === ''
      ? {}
      : {
          mergeGroup: {
            baseSha: textAt(group, 'base_sha'),
            headSha: textAt(group, 'head_sha'),
            baseRef: branchOf(textAt(group, 'base_ref')) ?? textAt(group, 'base_ref'),
          },
        }),
    ...(/^0*$/.test(before) ? {} : { before }),
  };
}

/**
 * Why GitHub gives a run no secrets, and by default a token that only reads (docs: events that trigger workflows, Dependabot on Actions): who
 * it comes from. Undefined for all other runs.
 */
export function restrictedBy({ name, pullRequest, actor }: ActionEvent): 'a fork' | 'Dependabot' | undefined {
  // pull_request_target has both, whoever opened the pull request.
  if (name !== 'pull_request' || pullRequest === undefined) return undefined;
  if (pullRequest.fork) return 'a fork';
  return actor === 'dependabot[bot]' ? 'Dependabot' : undefined;
}

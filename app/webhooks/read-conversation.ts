import {
  type GitHubClient,
  gitHubCalls,
  integer,
  type JsonObject,
  record,
  records,
  text,
} from '../../src/io/github-client.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { AnnotationView, CheckView, ConversationView, StatusView } from '../conversation-view.ts';

/** The newest 100 of each list: a page for people, which leads to GitHub for the rest. */
const PER_PAGE = 100;

type Call = (route: string, parameters: JsonObject) => Promise<unknown>;

/**
 * Reads a pull request's conversation from GitHub: description, comments, and the checks and statuses of its head and merge commits
 * (as far as the app may read them). Undefined when there is no such pull request. Rejects with OperationError.
 */
export async function readConversation(
  client: GitHubClient,
  repository: string,
  number: number,
  clock: Clock,
): Promise<ConversationView | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  const calls = gitHubCalls(client, clock);
  const call: Call = (route, parameters) =>
    calls(`GET /repos/{owner}/{repo}/${route}`, { owner, repo, per_page: PER_PAGE, ...parameters });
  const pull = record(await unless(['not-found'], call('pulls/{pull_number}', { pull_number: number })));
  if (integer(pull['number']) === 0) return undefined;
  const headSha = text(record(pull['head'])['sha']);
  const merge = mergeOf(pull);
  const commits = merge === undefined ? [headSha] : [headSha, merge.sha];
  const [comments, checks, statuses] = await Promise.all([
    call('issues/{issue_number}/comments', { issue_number: number }),
    Promise.all(commits.map((sha) => checksOf(call, sha))),
    Promise.all(commits.map((sha) => statusesOf(call, sha))),
  ]);
  const state = text(pull['state']) === 'open' ? 'open' : 'closed';
  return {
    repository,
    number,
    title: text(pull['title']),
    author: loginOf(pull['user']),
    standing: merge === undefined ? state : 'merged',
    headRef: text(record(pull['head'])['ref']),
    baseRef: text(record(pull['base'])['ref']),
    body: text(pull['body']),
    createdAt: text(pull['created_at']),
    headSha,
    ...(merge === undefined ? {} : { merge }),
    comments: records(comments).map((comment) => ({
      id: integer(comment['id']),
      author: loginOf(comment['user']),
      isBot: text(record(comment['user'])['type']) === 'Bot',
      body: text(comment['body']),
      createdAt: text(comment['created_at']),
      updatedAt: text(comment['updated_at']),
      // REST does not tell which comments are hidden.
      isMinimized: false,
    })),
    checks: checks.flat(),
    statuses: statuses.flat(),
  };
}

function mergeOf(pull: JsonObject): ConversationView['merge'] {
  const at = text(pull['merged_at']);
  return at === '' ? undefined : { by: loginOf(pull['merged_by']), at, sha: text(pull['merge_commit_sha']) };
}

async function checksOf(call: Call, sha: string): Promise<readonly CheckView[]> {
  const listed = await unless(['forbidden', 'not-found'], call('commits/{ref}/check-runs', { ref: sha }));
  const runs = records(record(listed)['check_runs']);
  return Promise.all(
    runs.map(async (run) => {
      const output = record(run['output']);
      return {
        id: integer(run['id']),
        sha,
        name: text(run['name']),
        state: text(run['conclusion']) || text(run['status']),
        title: text(output['title']),
        summary: text(output['summary']),
        text: text(output['text']),
        annotations: integer(output['annotations_count']) === 0 ? [] : await annotationsOf(call, run),
      };
    }),
  );
}

async function annotationsOf(call: Call, run: JsonObject): Promise<readonly AnnotationView[]> {
  const parameters = { check_run_id: integer(run['id']) };
  return records(await call('check-runs/{check_run_id}/annotations', parameters)).map((note) => ({
    path: text(note['path']),
    line: integer(note['start_line']),
    level: text(note['annotation_level']),
    title: text(note['title']),
    message: text(note['message']),
  }));
}

async function statusesOf(call: Call, sha: string): Promise<readonly StatusView[]> {
  const listed = await unless(['forbidden', 'not-found'], call('commits/{ref}/statuses', { ref: sha }));
  return records(listed).map((status) => ({
    sha,
    state: text(status['state']),
    context: text(status['context']),
    description: text(status['description']),
  }));
}

function loginOf(account: unknown): string {
  return text(record(account)['login']);
}

/** Nothing, where GitHub refuses for one of these reasons. */
async function unless(codes: readonly OperationError['code'][], answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OperationError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

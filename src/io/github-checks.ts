import type { CheckConclusion, CheckIdentity, CheckRuns, CheckText } from '../ports/check-runs.ts';
import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { integer, record, text, type GitHubClient, type JsonObject } from './github-client.ts';
import { GitHubRepository, type GitHubRepositoryOptions } from './github-repository.ts';
import { IO_LIMITS } from './limits.ts';

const CREATE = 'POST /repos/{owner}/{repo}/check-runs';
const UPDATE = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
const LIST = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';

/** Cuts at a number of characters and says so. */
export function cutForCheck(value: string): string {
  const note = '\n\n… cut: the limit of a check run is reached';
  const limit = IO_LIMITS.maxCheckText;
  return value.length <= limit ? value : `${value.slice(0, limit - note.length)}${note}`;
}

/** Check runs over the Octokit of the Action. */
export function gitHubChecks(client: GitHubClient, options: GitHubRepositoryOptions): CheckRuns {
  return new GitHubChecks(new GitHubRepository(client, options), options.clock);
}

class GitHubChecks implements CheckRuns {
  readonly #repository: GitHubRepository;
  readonly #clock: Clock;

  constructor(repository: GitHubRepository, clock: Clock) {
    this.#repository = repository;
    this.#clock = clock;
  }

  async begin(check: CheckIdentity, said: CheckText): Promise<number> {
    const body = {
      name: check.name,
      head_sha: check.sha,
      external_id: check.externalId,
      ...(check.detailsUrl === undefined ? {} : { details_url: check.detailsUrl }),
      status: 'in_progress',
      output: output(said),
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return integer(record(await this.#repository.call(CREATE, body))['id']);
      } catch (error) {
        const again = error instanceof OperationError && error.retryable && attempt < IO_LIMITS.maxTries;
        if (!again) throw error;
        await this.#clock.wait(500 * 2 ** (attempt - 1));
        // It may have been made, and only the answer was lost: a second one would never be completed.
        const made = await this.open(check);
        if (made !== undefined) return made;
      }
    }
  }

  async complete(id: number, { conclusion, annotations, ...said }: CheckConclusion): Promise<void> {
    const [first = [], ...others] = annotations;
    const end = { check_run_id: id, status: 'completed', conclusion };
    // The first request completes it: whatever happens to the others, nobody waits for it.
    await this.#repository.call(UPDATE, { ...end, output: { ...output(said), ...listed(first) } });
    for (const batch of others) {
      await this.#repository.call(UPDATE, { ...end, output: { ...output(said), ...listed(batch) } });
    }
  }

  async open({ sha, name, externalId }: CheckIdentity): Promise<number | undefined> {
    const parameters = { ref: sha, check_name: name, filter: 'all' };
    for await (const run of this.#repository.pages(LIST, parameters, 'check_runs')) {
      if (text(run['external_id']) === externalId && text(run['status']) !== 'completed') {
        return integer(run['id']);
      }
    }
    return undefined;
  }
}

function output({ title, summary }: CheckText): JsonObject {
  return { title: title.slice(0, 255), summary: cutForCheck(summary) };
}

function listed(annotations: readonly unknown[]): JsonObject {
  return annotations.length === 0 ? {} : { annotations };
}

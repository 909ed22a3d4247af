import { gitHubChecks } from '../io/github-checks.ts';
import { errorText } from '../ports/operation-error.ts';
import { openCheck } from './check.ts';
import { readEvent } from './event.ts';
import type { ActionHost } from './host.ts';
import { readInputs } from './inputs.ts';
import type { ActionNetwork } from './run.ts';

/** Whether the runner started this process after the job (`post` of action.yml): the run before it left its mark. */
export function isAfterwards({ environment }: Pick<ActionHost, 'environment'>): boolean {
  return environment['STATE_started'] === 'true';
}

/**
 * Completes the check that a run left open because it was killed or crashed; does nothing otherwise. Never throws, and never fails the job,
 * which has its result already.
 */
export async function runAfterwards(host: ActionHost, network: ActionNetwork): Promise<void> {
  const check = openCheck(host.environment);
  if (check === undefined) return;
  try {
    const { token } = readInputs(host.environment);
    const { owner, repo, apiUrl } = readEvent(host.environment, await host.payload());
    if (token === undefined) return;
    const options = { owner, repo, clock: host.clock, retryWrites: true };
    const checks = gitHubChecks(await network.gitHub(token, apiUrl), options);
    const id = await checks.open(check);
    if (id === undefined) return;
    const title = 'The run ended before it was done';
    await checks.complete(id, {
      conclusion: 'cancelled',
      title,
      summary: `${title}: it was cancelled, ran out of time, or crashed. Its log says how far it came.`,
      annotations: [],
    });
  } catch (error) {
    host.warning(`A check run was left open: ${errorText(error)}`);
  }
}

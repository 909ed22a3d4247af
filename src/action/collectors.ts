import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withCollectorCheck, withoutCollectorCheck } from '../flows/collector-check.ts';
import type { Review } from '../flows/review.ts';
import { collectorProgram } from '../io/collector-program.ts';
import { gitTopLevel, gitTracks } from '../io/git.ts';
import type { ActionEvent } from './event.ts';
import { InputError } from './inputs.ts';
import type { Job } from './job.ts';

/** Why configs of this run are not given to a program on the runner; undefined where they may be. */
function distrustOf({ pullRequest, untrusted }: ActionEvent): string | undefined {
  return pullRequest?.fork === true || untrusted.length > 0
    ? 'this comes from a fork, whose configs are run by nobody'
    : undefined;
}

/** What lies in the repository is what a pull request may change: it is not run. */
async function requireOutside(root: string, path: string, written: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  if ((await gitTracks(root, path)) || (await gitTracks(root, real))) {
    throw new InputError(
      `Input collector names ${written}, a file of this repository, which a pull request may change: install the binary in a step of the workflow instead`,
    );
  }
}

/**
 * The review with the verdict of the binaries that `collector` names on each config that changes. Throws InputError
 * for a binary of the repository; rejects with OperationError when one cannot be run.
 */
export async function checkedByCollectors(
  { inputs, event, host, catalogue }: Job,
  review: Review,
): Promise<Review> {
  const distrust = distrustOf(event);
  if (distrust !== undefined) return withoutCollectorCheck(review, distrust);
  const workspace = host.environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const root = await realpath((await gitTopLevel(workspace)) ?? workspace);
  const programs = [];
  for (const written of inputs.collectors) {
    const path = resolve(workspace, written);
    await requireOutside(root, path, written);
    programs.push(await collectorProgram(path));
  }
  const { collectorVersion, collectorRunMs: runForMs } = inputs;
  return withCollectorCheck(review, programs, {
    catalogue,
    runForMs,
    ...(collectorVersion !== undefined && { collectorVersion }),
  });
}

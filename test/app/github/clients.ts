import { getOctokit } from '@actions/github';
import { afterEach, beforeEach } from 'vitest';
import { openApiProblems } from '../../support/openapi.ts';
import { createWorld, REPOSITORY, type World } from './world.ts';

export const WHERE = { owner: 'shop', repo: 'collectors' };
const WRITE = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  statuses: 'write',
} as const;

export let world: World;

/** Gives each test of a file a GitHub of its own, and holds what went over the wire to GitHub's shapes. */
export function eachInItsWorld(): void {
  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(async () => {
    // Whatever a test called, requests and answers had GitHub's shape.
    const outside = /^\/(?:graphql|users\/)|\/pulls\/(?:\d+\/merge|comments\/\d+)$/;
    const problems = world.server.state.exchanges
      .filter(({ path, status }) => !outside.test(path) && status < 500)
      .flatMap(openApiProblems);
    await world.close();
    if (problems.length > 0) throw new Error(problems.join('\n'));
  });
}

export function octokit(
  login = 'github-actions[bot]',
  permissions: Record<string, 'read' | 'write'> = WRITE,
): ReturnType<typeof getOctokit> {
  return client(world.server.createToken(login, permissions));
}

export function client(token: string): ReturnType<typeof getOctokit> {
  return getOctokit(token, { baseUrl: world.server.url });
}

export async function pullRequest(): Promise<{ number: number; headSha: string }> {
  await world.commit('change', 'Change a source', { 'bindplane/sources.yaml': 'one\n2\nthree\n' });
  return world.server.openPullRequest(REPOSITORY, { title: 'Change', head: 'change', login: 'ada' });
}

export async function failure(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  return call.then(
    () => ({ status: 0, message: 'it worked' }),
    (error: { status: number; message: string }) => ({ status: error.status, message: error.message }),
  );
}

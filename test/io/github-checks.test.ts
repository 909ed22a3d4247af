import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getOctokit } from '@actions/github';
import { checkAnnotations } from '../../src/core/report/annotations.ts';
import { gitHubChecks } from '../../src/io/github-checks.ts';
import type { CheckConclusion, CheckIdentity, CheckRuns } from '../../src/ports/check-runs.ts';
import { openApiProblems } from '../support/openapi.ts';
import { finding, place } from '../support/values.ts';
import { virtualClock } from '../flows/support.ts';
import { createWorld, REPOSITORY, type World } from '../app/github/world.ts';

let world: World;
let check: CheckIdentity;
let checks: CheckRuns;

beforeEach(async () => {
  world = await createWorld();
  const sha = (await world.git.commitOf('refs/heads/main')) ?? '';
  check = { sha, name: 'collie/plan', externalId: 'run-1', detailsUrl: 'https://github.example/run/1' };
  checks = checksWith('write');
});
afterEach(async () => {
  const problems = world.server.state.exchanges.filter(({ status }) => status < 500).flatMap(openApiProblems);
  await world.close();
  if (problems.length > 0) throw new Error(problems.join('\n'));
});

function checksWith(level: 'read' | 'write'): CheckRuns {
  const token = world.server.createToken('github-actions[bot]', { checks: level }, REPOSITORY);
  const client = getOctokit(token, { baseUrl: world.server.url });
  return gitHubChecks(client, {
    owner: 'shop',
    repo: 'collectors',
    clock: virtualClock(),
    retryWrites: true,
  });
}

const begun = { title: 'Planning', summary: '' };
const end = (overrides: Partial<CheckConclusion> = {}): CheckConclusion => ({
  title: 'Nothing changes',
  summary: 'It is so.',
  conclusion: 'success',
  annotations: [],
  ...overrides,
});

describe('a check run of a job', () => {
  it('is in progress, then completed, with all annotations, fifty a request', async () => {
    const id = await checks.begin(check, begun);
    expect(world.server.state.checks).toMatchObject([{ id, status: 'in_progress', title: 'Planning' }]);
    const annotations = checkAnnotations(
      Array.from({ length: 120 }, (_, line) => finding({ at: place('a.yaml', line + 1) })),
    );
    await checks.complete(id, end({ conclusion: 'failure', annotations }));
    const [made] = world.server.state.checks;
    expect(made).toMatchObject({ status: 'completed', conclusion: 'failure', summary: 'It is so.' });
    expect(made?.annotations).toHaveLength(120);
    expect(made?.writes).toBe(4);
  });

  it('is completed by the first request, though the others fail', async () => {
    const id = await checks.begin(check, begun);
    const many = Array.from({ length: 60 }, (_, line) => finding({ at: place('a.yaml', line + 1) }));
    const [first = [], second = []] = checkAnnotations(many);
    const bad = second.map((item) => ({ ...item, title: 'x'.repeat(300) }));
    await expect(checks.complete(id, end({ annotations: [first, bad] }))).rejects.toMatchObject({
      code: 'too-large',
    });
    expect(world.server.state.checks).toMatchObject([{ status: 'completed' }]);
  });

  it('of which the answer was lost is found again and not made twice', async () => {
    world.server.fail({ method: 'POST', path: /check-runs$/, status: 502, afterwards: true });
    const id = await checks.begin(check, begun);
    expect(world.server.state.checks.map((made) => made.id)).toEqual([id]);
  });

  it('that was not made is made by another try', async () => {
    world.server.fail({ method: 'POST', path: /check-runs$/, status: 502, times: 2 });
    await checks.begin(check, begun);
    expect(world.server.state.checks).toHaveLength(1);
  });

  it('is looked for by what is ours alone, and only while it is open', async () => {
    const other = await checks.begin({ ...check, externalId: 'run-2' }, begun);
    expect(await checks.open(check)).toBeUndefined();
    const id = await checks.begin(check, begun);
    // A newer one of the same name would hide it in GitHub's list of the latest.
    await checks.begin({ ...check, externalId: 'run-3' }, begun);
    expect(await checks.open(check)).toBe(id);
    await checks.complete(id, end());
    expect(await checks.open(check)).toBeUndefined();
    expect(await checks.open({ ...check, externalId: 'run-2' })).toBe(other);
  });

  it('is refused to a token without `checks: write`, in words', async () => {
    await expect(checksWith('read').begin(check, begun)).rejects.toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('checks: write') as unknown,
    });
  });

  it('has a summary that fits', async () => {
    const id = await checks.begin(check, begun);
    await checks.complete(id, end({ summary: 'x'.repeat(70_000) }));
    expect(world.server.state.checks[0]?.summary).toHaveLength(65_535);
  });
});

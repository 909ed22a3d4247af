import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/core/document/node.ts';
import { TestApp } from '../../../support/app.ts';
import { idle, unexplained } from './claims.ts';
import { ACTION_RECORDINGS, readRecordings } from './recordings.ts';
import { replay, type Found, type ReplayedAnswer } from './replay.ts';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start(':memory:', {
    COLLIE_USERNAME: 'admin',
    COLLIE_PASSWORD: 'lab-password',
  });
});

afterAll(() => app.close());

const recordings = readRecordings(ACTION_RECORDINGS);
const found: Found[] = [];
const answered = new Map<number, readonly ReplayedAnswer[]>();

beforeAll(async () => {
  for (const recording of recordings) {
    const answers: ReplayedAnswer[] = [];
    found.push(...(await replay(app, recording, (_exchange, answer) => answers.push(answer))));
    answered.set(recording.number, answers);
  }
}, 60_000);

describe('the BindPlane Action, replayed', () => {
  it('gets what it got, but for the deviations that have a reason', () => {
    expect(unexplained('action', found)).toEqual([]);
  });

  it('needs every deviation that is listed', () => {
    expect(idle('action', found)).toEqual([]);
  });

  it('answers every request with the status that the Action goes on with', () => {
    const other = recordings.filter(({ number, exchanges }) => {
      const ours = (answered.get(number) ?? []).map(({ status }) => status);
      return ours.join() !== exchanges.map(({ response }) => response.status).join();
    });
    expect(other.map(({ name }) => name)).toEqual([]);
  });

  const good = recordings.flatMap(({ number, exchanges }) =>
    exchanges.flatMap(({ request, response }, index) =>
      response.status < 400 ? [{ number, index, path: request.path, recorded: response.body }] : [],
    ),
  );

  function to(path: RegExp): readonly { readonly recorded: Json; readonly ours: Json | undefined }[] {
    return good
      .filter((exchange) => path.test(exchange.path))
      .map(({ number, index, recorded }) => ({ recorded, ours: answered.get(number)?.[index]?.body }));
  }

  it('says its version', () => {
    for (const { ours } of to(/version$/)) expect(ours).toMatchObject({ tag: expect.stringMatching(/^v\d/) });
  });

  it('says of each applied resource what it is and what became of it', () => {
    const named = (body: Json | undefined): readonly string[] =>
      (
        body as unknown as {
          updates: { status: string; resource: { kind: string; metadata: { name: string } } }[];
        }
      ).updates.map(
        ({ resource, status }) =>
          `${resource.kind} ${resource.metadata.name} ${/^(?:created|configured|unchanged)$/.test(status) ? 'good' : status}`,
      );
    for (const { recorded, ours } of to(/apply$/)) expect(named(ours)).toEqual(named(recorded));
  });

  it('gives the text that is written back', () => {
    const texts = to(/^\/v1\/configurations\//);
    expect(texts.length).toBeGreaterThan(10);
    for (const { ours } of texts) expect(ours).toMatchObject({ raw: expect.stringContaining('service:') });
  });

  it('gives the number of the rollout', () => {
    const status = { configuration: { status: { rollout: { status: expect.any(Number) } } } };
    for (const { ours } of to(/^\/v1\/rollouts\//)) expect(ours).toMatchObject(status);
  });

  it('starts each rollout once: with nothing changed there is nothing to start', () => {
    const pending = (number: number): number =>
      (answered.get(number) ?? []).filter(({ body }) => {
        const configuration = (body as { configuration?: { status: { rollout: { status: number } } } } | null)
          ?.configuration;
        return configuration?.status.rollout.status === 0 && (body as { raw: string }).raw === '';
      }).length;
    expect([4, 5, 6].map(pending)).toEqual([6, 0, 0]);
  });
});

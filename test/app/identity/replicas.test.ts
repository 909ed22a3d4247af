import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEncryptionKey } from '../../../app/identity/cipher.ts';
import { TestApp } from '../../support/app.ts';
import { TestAgent } from '../../support/opamp-agent.ts';
import { NO_POSTGRES, TestPostgres } from '../../support/postgres.ts';

const CANARY = 'canary-9f-in-a-database';
const KEY = makeEncryptionKey();

/** What is known of people and agents holds in every process on one store. */
describe.skipIf(NO_POSTGRES !== undefined)(`two replicas ${NO_POSTGRES ?? ''}`, () => {
  let postgres: TestPostgres;
  let url: string;
  let first: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    postgres = await TestPostgres.running();
    url = await postgres.database();
    first = await TestApp.start(url, { COLLIE_ENCRYPTION_KEY: KEY });
    second = await TestApp.start(url, { COLLIE_ENCRYPTION_KEY: KEY });
  }, 60_000);

  afterAll(async () => {
    await second.close();
    await first.close();
  }, 60_000);

  it('know the same tokens, and end what one of them revoked', async () => {
    const { body } = await second.call('POST', '/v1/collie/tokens', { name: 'watcher', scopes: ['read'] });
    const headers = { 'x-bindplane-api-key': body.key };
    for (const replica of [first, second]) {
      expect((await replica.call('GET', '/v1/agents', undefined, headers)).status).toBe(200);
    }
    const streams = [first, second].map(async (replica) => {
      const events = await fetch(`${replica.url}/v1/collie/events`, { headers });
      return events.text().then(
        () => 'ended',
        () => 'ended',
      );
    });
    await first.call('GET', '/v1/version');
    await first.call('DELETE', `/v1/collie/tokens/${body.token.id}`);
    expect(await Promise.all(streams)).toEqual(['ended', 'ended']);
    for (const replica of [first, second]) {
      expect((await replica.call('GET', '/v1/agents', undefined, headers)).status).toBe(401);
    }
  });

  it.each([
    ['the one that decides', () => first],
    ['another one', () => second],
  ])('an agent at %s gets its key’s labels, and goes when the key is revoked', async (name, at) => {
    const made = await first.call('POST', '/v1/collie/enrolment-keys', {
      name: 'prod',
      labels: { env: 'prod' },
    });
    const agent = await TestAgent.connect({ url: at().opampUrl, secretKey: made.body.key, name, labels: {} });
    const ended = agent.ended();
    for (;;) {
      const { body } = await first.call('GET', '/v1/agents');
      const found = body.agents.find((item: { name: string }) => item.name === name);
      if (found?.labels.env === 'prod') break;
    }
    await second.call('DELETE', `/v1/collie/enrolment-keys/${made.body.enrolmentKey.id}`);
    expect(await ended).toBe(1008);
  });

  it('write secrets into the database sealed, and the audit log so that nothing changes it', async () => {
    await second.call('POST', '/v1/apply', {
      resources: [
        {
          apiVersion: 'bindplane.observiq.com/v1',
          kind: 'Destination',
          metadata: { name: 'honeycomb' },
          spec: { type: 'honeycomb', parameters: [{ name: 'api_key', value: CANARY }] },
        },
      ],
    });
    const { rows } = await postgres.query(url, 'select document from resources');
    expect(JSON.stringify(rows)).toContain('sealed:1:');
    expect(JSON.stringify(rows)).not.toContain(CANARY);
    for (const text of ["update audit set entry = '{}'", 'delete from audit']) {
      await expect(postgres.query(url, text)).rejects.toThrow('the audit log is append-only');
    }
    const { body } = await first.call('GET', '/v1/collie/audit');
    expect(body.entries[0].changes).toEqual([{ object: 'Destination/honeycomb', did: 'put', version: 1 }]);
  });
});

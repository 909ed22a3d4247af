import { describe, expect, it } from 'vitest';
import { Authentication } from '../../../app/api/authentication.ts';
import { issueToken } from '../../../app/identity/tokens.ts';
import type { Scope } from '../../../app/identity/scopes.ts';
import { APP_LIMITS } from '../../../app/limits.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store } from '../../../app/store/store.ts';
import { ManualClock } from '../manual-clock.ts';

const CREDENTIALS = { apiKey: 'the-api-key-of-the-tests', username: 'ada', password: 'engine' };
const DAY = 86_400_000;

interface Stand {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly ask: (headers: Readonly<Record<string, string>>, address?: string) => Promise<string>;
  readonly token: (scopes: readonly Scope[], ttlMs?: number) => Promise<{ id: string; key: string }>;
}

async function stand(): Promise<Stand> {
  const clock = new ManualClock();
  const store = await openSqliteStore(':memory:', () => clock.now());
  const authentication = new Authentication(CREDENTIALS, store, APP_LIMITS, clock);
  return {
    clock,
    store,
    ask: (headers, address = '10.0.0.1') =>
      authentication.authenticate(headers, address).then(
        ({ kind, name, scopes }) => `${kind} ${name}: ${scopes.join(' ')}`,
        (error: unknown) => String(error),
      ),
    token: async (scopes, ttlMs) => {
      const request = { name: 'ci', scopes, createdBy: 'ada', ...(ttlMs === undefined ? {} : { ttlMs }) };
      const made = await issueToken(store, request, clock.now());
      if (made === undefined) throw new Error('no token');
      return { id: made.token.id, key: made.key };
    },
  };
}

const basic = (text: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });

describe('who is let in', () => {
  it('the API key, the user, and a token in either header', async () => {
    const { ask, token } = await stand();
    const { key } = await token(['read', 'apply']);
    expect(await ask({ 'x-bindplane-api-key': CREDENTIALS.apiKey })).toBe('api-key API key: admin');
    expect(await ask(bearer(CREDENTIALS.apiKey))).toBe('api-key API key: admin');
    expect(await ask(basic('ada:engine'))).toBe('user ada: admin');
    expect(await ask({ 'x-bindplane-api-key': key })).toBe('token ci: read apply');
    expect(await ask(bearer(key))).toBe('token ci: read apply');
  });

  it.each([
    ['nothing', {}],
    ['an empty key', { 'x-bindplane-api-key': '' }],
    ['another key', bearer('collie_0123456789abcdef_wrong')],
    ['an empty password', basic('ada:')],
    ['another password', basic('ada:engines')],
  ])('not %s', async (_, headers: Record<string, string>) => {
    const { ask } = await stand();
    expect(await ask(headers)).toContain('unauthorized');
  });

  it('not a token with one character changed, nor with the secret of another', async () => {
    const { ask, token } = await stand();
    const [one, two] = [await token(['read']), await token(['admin'])];
    expect(await ask(bearer(`${one.key.slice(0, -1)}${one.key.endsWith('A') ? 'B' : 'A'}`))).toContain(
      'unauthorized',
    );
    expect(await ask(bearer(two.key.replace(two.id, one.id)))).toContain('unauthorized');
  });

  it('not a token that was revoked, from the next request on', async () => {
    const { ask, token, store, clock } = await stand();
    const { id, key } = await token(['read']);
    expect(await store.tokens.revoke(id, clock.now())).toBe(true);
    expect(await ask(bearer(key))).toContain('unauthorized');
    expect(await store.tokens.revoke(id, clock.now())).toBe(false);
  });

  it('not a token at the moment it ends', async () => {
    const { ask, token, clock } = await stand();
    const { key } = await token(['read'], DAY);
    clock.advance(DAY - 1);
    expect(await ask(bearer(key))).toBe('token ci: read');
    clock.advance(1);
    expect(await ask(bearer(key))).toContain('unauthorized');
  });
});

it('no secret of a token is kept', async () => {
  const { token, store } = await stand();
  const { key } = await token(['read']);
  // The secret itself may have a `_`.
  const secret = key.split('_').slice(2).join('_');
  expect(JSON.stringify(await store.tokens.list())).not.toContain(secret);
  expect(secret).toHaveLength(43);
});

describe('SEC-84: whoever guesses', () => {
  it('gets 429 after the last allowed failure, for a minute, whatever comes then', async () => {
    const { ask, clock } = await stand();
    const allowed = APP_LIMITS.authFailuresPerMinute;
    for (let failure = 1; failure <= allowed; failure += 1) {
      expect(await ask(bearer(`guess-${failure}`))).toContain('unauthorized');
    }
    expect(await ask(bearer('guess-once-more'))).toContain('too many failed attempts');
    expect(await ask(bearer(CREDENTIALS.apiKey)), 'right, but too late').toContain('too many');
    expect(await ask(bearer(CREDENTIALS.apiKey), '10.0.0.2'), 'from elsewhere').toContain('admin');
    clock.advance(60_000);
    expect(await ask(bearer(CREDENTIALS.apiKey))).toContain('admin');
  });

  it('does not lock out who shows another key from the same address', async () => {
    const { ask, token } = await stand();
    const { key } = await token(['read']);
    for (let failure = 0; failure < 50; failure += 1) await ask(bearer('stale-key-of-a-forgotten-job'));
    expect(await ask(bearer(key))).toBe('token ci: read');
    expect(await ask(basic('ada:engine'))).toContain('user');
  });

  it('is not counted while nothing is shown', async () => {
    const { ask } = await stand();
    for (let request = 0; request < 50; request += 1) expect(await ask({})).toContain('unauthorized');
    expect(await ask(bearer(CREDENTIALS.apiKey))).toContain('admin');
  });
});

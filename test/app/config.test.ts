import { describe, expect, it } from 'vitest';
import { type AppConfig, readConfig } from '../../app/config.ts';
import { isLoopback } from '../../app/setting.ts';

function config(environment: Readonly<Record<string, string>>): AppConfig {
  return readConfig({ environment, readFile: () => undefined });
}

/** What a person is told, one problem a line. */
function problems(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    config(environment);
    return [];
  } catch (error) {
    return String(error).split('\n  - ').slice(1);
  }
}

const SERVER = 'https://bindplane.shop.example';

describe('a BindPlane server to watch', () => {
  it('is none unless it is set, whatever keys a shell holds', () => {
    expect(config({ BINDPLANE_API_KEY: 'k' }).bindplane).toBeUndefined();
  });

  it.each([
    ['a key', { BINDPLANE_API_KEY: 'k' }, { url: SERVER, apiKey: 'k' }],
    [
      'a user name and password',
      { BINDPLANE_USERNAME: 'u', BINDPLANE_PASSWORD: 'p' },
      { url: SERVER, username: 'u', password: 'p' },
    ],
    [
      'a key and a certificate authority',
      { BINDPLANE_API_KEY: 'k', BINDPLANE_TLS_CA: 'PEM' },
      { url: SERVER, apiKey: 'k', certificateAuthority: 'PEM' },
    ],
  ])('takes %s', (_, credentials, expected) => {
    expect(config({ BINDPLANE_REMOTE_URL: SERVER, ...credentials }).bindplane).toEqual(expected);
  });

  it.each([
    ['bindplane.shop.example', /^BINDPLANE_REMOTE_URL is no http\(s\) URL; write it like https:/],
    ['ftp://bindplane.shop.example', /is no http\(s\) URL/],
    ['https://ada:hunter2@bindplane.shop.example', /holds credentials; set BINDPLANE_API_KEY/],
    ['http://bindplane.shop.example:3001', /is plain http to another machine/],
    ['http://127.0.0.1.shop.example:3002', /is plain http to another machine/],
    ['http://localhost:3001', /is this server itself/],
    ['http://[::1]:3001/', /is this server itself/],
  ])('at %s is refused with a sentence that holds no secret', (url, sentence) => {
    const told = problems({ BINDPLANE_REMOTE_URL: url, BINDPLANE_API_KEY: 'k' });
    expect(told).toEqual([expect.stringMatching(sentence)]);
    expect(told.join()).not.toContain('hunter2');
  });

  it.each(['http://127.0.0.1:3002', 'http://[::1]:3002', 'http://localhost'])(
    'may be on this machine, at %s',
    (url) => {
      expect(problems({ BINDPLANE_REMOTE_URL: url, BINDPLANE_API_KEY: 'k' })).toEqual([]);
    },
  );

  it.each([
    [{}, /^BINDPLANE_API_KEY is not set, nor are BINDPLANE_USERNAME and BINDPLANE_PASSWORD/],
    [{ BINDPLANE_USERNAME: 'u' }, /^BINDPLANE_USERNAME and BINDPLANE_PASSWORD go together; one is missing/],
    [{ BINDPLANE_PASSWORD: 'p' }, /go together/],
  ])('with %o cannot be asked', (credentials, sentence) => {
    expect(problems({ BINDPLANE_REMOTE_URL: SERVER, ...credentials })).toEqual([
      expect.stringMatching(sentence),
    ]);
  });

  it('is told of together with every other problem', () => {
    expect(problems({ BINDPLANE_REMOTE_URL: 'x', COLLIE_SOAK_MS: 'soon' })).toHaveLength(3);
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['localhost', true],
  ['::1', true],
  ['127.0.0.1.shop.example', false],
  ['0.0.0.0', false],
])('%s is reached from this machine alone: %s', (host, only) => {
  expect(isLoopback(host)).toBe(only);
});

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { requireStrongSecret, secretWeakness } from '../../../app/webhooks/secret.ts';

describe('webhook secrets (SEC-41)', () => {
  it.each([
    ['', 'empty'],
    ['development', 'default'],
    [' Development ', 'default'],
    ['s3cr3t-9f8e7d6c5b4a', 'shorter than 20'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'repeats'],
    ['abababababababababababab', 'repeats'],
    ['my-github-webhook-secret', 'common words'],
    ['development-development-development', 'common words'],
    ['ChangeMe_ChangeMe_ChangeMe_1234', 'common words'],
    ['your-webhook-secret-here', 'common words'],
  ])('refuses %j: %s', (secret, why) => {
    expect(secretWeakness(secret)).toContain(why);
  });

  it('accepts what people are told to make', () => {
    for (let count = 0; count < 200; count += 1) {
      const bytes = randomBytes(24);
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(secretWeakness(bytes.toString(encoding))).toBeUndefined();
      }
    }
    expect(secretWeakness('correct horse battery staple, but longer')).toBeUndefined();
  });

  it('says what to do and never says the secret', () => {
    const refuse = (): void => requireStrongSecret('my-github-webhook-secret');
    expect(refuse).toThrow(/WEBHOOK_SECRET is too weak: it is made of common words/);
    expect(refuse).not.toThrow(/my-github/);
  });
});

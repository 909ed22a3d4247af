import { httpClient } from '../../src/io/http.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { GitHubIdentity } from '../identity/github-identity.ts';
import type { GitHubTrust } from '../identity-settings.ts';

/** Largest key set that is read; GitHub's has 5 KB. */
const KEY_SET_CHARACTERS = 262_144;

/** Knows workflow runs by the issuer's keys, which are asked for when the first one comes. */
export function gitHubIdentity(trust: GitHubTrust | undefined, clock: Clock): GitHubIdentity | undefined {
  if (trust === undefined) return undefined;
  const http = httpClient({ url: trust.issuer, headers: {}, name: `The issuer ${trust.issuer}`, clock });
  return new GitHubIdentity(
    trust,
    async () => {
      const { status, json, text } = await http.request('GET', '/.well-known/jwks');
      if (status !== 200 || text.length > KEY_SET_CHARACTERS) throw new Error(`no key set, but ${status}`);
      return json;
    },
    clock,
  );
}

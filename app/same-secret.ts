import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares secrets by their digests, so that neither content nor length shows in the time it takes (SEC-61). An empty one matches nothing. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return expected !== '' && timingSafeEqual(digest(given), digest(expected));
}

/** `name:password` of an `Authorization: Basic …` header; undefined when there is none. */
export function basicCredentials(authorization: string | undefined): string | undefined {
  const basic = /^Basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  return basic === undefined ? undefined : Buffer.from(basic, 'base64').toString('utf8');
}

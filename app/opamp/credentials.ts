import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Compares secrets by their digests, so that neither content nor length shows in the time it takes (SEC-61). */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return expected !== '' && timingSafeEqual(digest(given), digest(expected));
}

/**
 * The enrolment key a client shows: `Authorization: Secret-Key …` (BindPlane agent), `X-Bindplane-Authorization: Secret-Key …`
 * (supervisor set up by BindPlane) or `Authorization: Bearer …` (what people write into a supervisor's headers).
 */
export function shownKey(headers: IncomingHttpHeaders): string | undefined {
  for (const header of [headers.authorization, headers['x-bindplane-authorization']]) {
    const text = Array.isArray(header) ? header[0] : header;
    const match = /^(?:Secret-Key|Bearer)\s+(\S.*)$/i.exec(text ?? '');
    if (match?.[1] !== undefined) return match[1].trim();
  }
  return undefined;
}

import type { IncomingHttpHeaders } from 'node:http';

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

/** Makes the MAC of a text: HMAC-SHA-256 in hex, with a key that only the app has. */
export type Sign = (text: string) => string;

/** What a comment of ours is about; its marker says so. */
export interface MarkerSubject {
  readonly kind: 'plan' | 'rollout' | 'fix';
  /** Tells apart several comments of a kind on one pull request: a control plane, a configuration. */
  readonly key?: string;
  readonly repository?: string;
  readonly pullRequest?: number;
  readonly headSha?: string;
}

/**
 * How the first line of such a comment begins, whatever the commit: what a comment is found by (together with its author).
 * The key is percent-encoded, so that nothing in it ends the HTML comment.
 */
export function markerPrefix(subject: MarkerSubject): string {
  return `<!-- collie:${subject.kind} v1 key=${encoded(subject.key ?? 'default')} `;
}

/** The key of a comment that begins with a marker of this kind; undefined when it has none. Whoever wrote it may have made it up. */
export function markerKey(body: string, kind: MarkerSubject['kind']): string | undefined {
  const [first = ''] = body.split(/\r?\n/, 1);
  const start = `<!-- collie:${kind} v1 key=`;
  return first.startsWith(start) ? /^[\w.%*'()!~]+(?= )/.exec(first.slice(start.length))?.[0] : undefined;
}

/** The hidden first line. With `sign` it carries a MAC over repository, pull request, kind, key and head (SEC-23). */
export function marker(subject: MarkerSubject, sign?: Sign): string {
  const head = encoded(subject.headSha ?? '-');
  const mac = sign === undefined ? '' : ` mac=${encoded(sign(signedText(subject, head)))}`;
  return `${markerPrefix(subject)}head=${head}${mac} -->`;
}

/**
 * Whether a comment's body begins with a marker of ours for this subject, at any head commit. With `sign` the MAC must be
 * right as well; a pasted or edited marker is nobody's.
 */
export function hasMarker(body: string, subject: MarkerSubject, sign?: Sign): boolean {
  const [first = ''] = body.split(/\r?\n/, 1);
  if (!first.startsWith(markerPrefix(subject))) return false;
  const parts = /^head=([^\s=]+)(?: mac=([^\s=]+))? -->$/.exec(first.slice(markerPrefix(subject).length));
  if (parts === null) return false;
  const [, head = '', mac] = parts;
  return sign === undefined || mac === encoded(sign(signedText(subject, head)));
}

function signedText(subject: MarkerSubject, encodedHead: string): string {
  return JSON.stringify([
    'collie',
    1,
    subject.kind,
    subject.key ?? 'default',
    subject.repository ?? '',
    subject.pullRequest ?? 0,
    encodedHead,
  ]);
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('-', '%2D') || '%2D';
}

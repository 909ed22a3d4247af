import { createPublicKey, verify } from 'node:crypto';
import { Refusal } from './reply.ts';
import type { Account, App, GitHubState, RepositoryRecord, Token } from './state.ts';

/** Who makes a request. */
export interface Caller {
  readonly kind: 'anonymous' | 'app' | 'token';
  readonly account?: Account;
  readonly app?: App;
  readonly token?: Token;
  /** Whether a repository exists for this caller. */
  sees(repository: RepositoryRecord): boolean;
}

const ANONYMOUS: Caller = { kind: 'anonymous', sees: (repository) => !repository.private };

/**
 * Reads an Authorization header: an app's JWT (RS256, verified with the app's public key, at most ten minutes long), a token,
 * or nothing. Anything else is 401 `Bad credentials`, as on GitHub. `nowMs` decides what has expired.
 */
export function callerOf(state: GitHubState, header: string | undefined, nowMs: number): Caller {
  if (header === undefined) return ANONYMOUS;
  const text = /^(?:token|bearer)\s+(\S+)$/i.exec(header)?.[1];
  if (text === undefined) throw new Refusal(401, 'Bad credentials');
  // Libraries sign JWTs by the machine's clock, whatever time the server's state is at.
  if (text.split('.').length === 3) return appCaller(state, text, Date.now());
  const token = state.tokens.get(text);
  if (token === undefined || (token.expiresAt !== undefined && Date.parse(token.expiresAt) <= nowMs)) {
    throw new Refusal(401, 'Bad credentials');
  }
  return {
    kind: 'token',
    account: token.account,
    token,
    ...(token.app === undefined ? {} : { app: token.app }),
    sees: (repository) => token.repositories === undefined || token.repositories.includes(repository.id),
  };
}

function appCaller(state: GitHubState, jwt: string, nowMs: number): Caller {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  const header = decode(head);
  const payload = decode(claims);
  const app = state.apps.find((candidate) => String(candidate.id) === String(payload['iss']));
  if (app?.publicKey === undefined) throw new Refusal(404, 'Integration not found');
  const genuine =
    header['alg'] === 'RS256' &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${claims}`),
      createPublicKey(app.publicKey),
      Buffer.from(signature, 'base64url'),
    );
  if (!genuine) throw new Refusal(401, 'A JSON web token could not be decoded');
  const [issued, expires] = [Number(payload['iat']), Number(payload['exp'])];
  if (!(expires * 1000 > nowMs)) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (!(issued * 1000 <= nowMs + 60_000) || expires - issued > 660) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  return { kind: 'app', app, account: app.bot, sees: () => true };
}

function decode(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    throw new Refusal(401, 'A JSON web token could not be decoded');
  }
}

/** 401 without an identity, 403 where the token lacks every one of the wanted permissions. */
export function requirePermissions(
  caller: Caller,
  wanted: readonly (readonly [scope: string, level: 'read' | 'write'])[],
): void {
  const reading = wanted.some(([, level]) => level === 'read');
  if (caller.kind === 'anonymous') {
    if (reading) return;
    throw new Refusal(401, 'Requires authentication');
  }
  const held = caller.token?.permissions ?? {};
  const enough = wanted.some(
    ([scope, level]) =>
      held[scope] === 'write' || held[scope] === level || (level === 'read' && scope === 'metadata'),
  );
  if (!enough) throw new Refusal(403, 'Resource not accessible by integration');
}

import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import type { Clock } from '../../src/ports/clock.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { GitHubRule, GitHubTrust } from '../identity-settings.ts';
import type { Scope } from './scopes.ts';

/** A workflow run that GitHub vouches for, and what it may do here. */
export interface WorkflowRun {
  /** Id of GitHub's token: it is good for one exchange. */
  readonly tokenId: string;
  /** `shop/fleet refs/heads/main run 4711`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** `unknown`: nobody vouches for it (401). `forbidden`: GitHub does, and no rule lets it do anything (403). */
export type Refused = { readonly refused: 'unknown' | 'forbidden'; readonly why: string };

/** Longest token that is looked at; GitHub's have about 1.5 KB. */
const TOKEN_CHARACTERS = 16_384;
const SKEW_SECONDS = 60;
const KEYS_MS = 3_600_000;
/** Keys are asked for again this soon at most when a token names one that is not known. */
const AGAIN_MS = 30_000;

/**
 * Events that people without write access can cause, or that run with what such an event left behind: a rule that lets more than read has to
 * name them.
 */
const OF_STRANGERS =
  /^(?:pull_request(?:_target|_review|_review_comment)?|issue_comment|issues|discussion(?:_comment)?|fork|watch|workflow_run)$/;

/**
 * Checks GitHub's tokens for workflow runs (OIDC, SEC-12): RS256 alone, signed by a key of the issuer, for this audience, in its time with a
 * minute's grace; then what the rules say about repository (by number), ref, environment, workflow and event. Keys are kept for an hour, and
 * longer while GitHub does not answer.
 */
export class GitHubIdentity {
  readonly #trust: GitHubTrust;
  readonly #readKeys: () => Promise<unknown>;
  readonly #clock: Clock;
  #keys: { readonly set: ReturnType<typeof createLocalJWKSet>; readonly readAt: number } | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `readKeys` gets the JSON of the issuer's key set; it may reject. */
  constructor(trust: GitHubTrust, readKeys: () => Promise<unknown>, clock: Clock) {
    this.#trust = trust;
    this.#readKeys = readKeys;
    this.#clock = clock;
  }

  /** Who a token stands for. Rejects with OperationError when GitHub's keys were never read and cannot be. */
  async identify(token: string): Promise<WorkflowRun | Refused> {
    if (token.length > TOKEN_CHARACTERS) return unknown('the token is too long');
    const claims = await this.#verified(token);
    if ('refused' in claims) return claims;
    return this.#allowed(claims.payload);
  }

  async #verified(token: string): Promise<{ readonly payload: JWTPayload } | Refused> {
    await this.#refresh(KEYS_MS);
    try {
      return { payload: await this.#verify(token) };
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return unknown(wordsOf(error));
    }
    await this.#refresh(0);
    try {
      return { payload: await this.#verify(token) };
    } catch (error) {
      return unknown(wordsOf(error));
    }
  }

  async #verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#trust;
    const keys = this.#keys;
    if (keys === undefined) throw new errors.JWKSNoMatchingKey();
    const { payload } = await jwtVerify(token, keys.set, {
      issuer,
      audience,
      algorithms: ['RS256'],
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(this.#clock.now()),
      requiredClaims: ['jti', 'exp', 'iat', 'nbf', 'repository', 'repository_id', 'ref', 'event_name'],
    });
    return payload;
  }

  /** Reads the keys again when they are older than `maxAgeMs`, but not twice within half a minute; old ones stay good while none come. */
  async #refresh(maxAgeMs: number): Promise<void> {
    const now = this.#clock.now();
    if (this.#keys !== undefined && now - this.#keys.readAt < maxAgeMs) return;
    if (this.#keys !== undefined && now - this.#askedAt < AGAIN_MS) return;
    this.#askedAt = now;
    try {
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- jose checks the shape, and throws
      const set = createLocalJWKSet((await this.#readKeys()) as JSONWebKeySet);
      this.#keys = { set, readAt: now };
    } catch (cause) {
      if (this.#keys !== undefined) return;
      throw new OperationError({
        code: 'keys-unreadable',
        message: `The keys of ${this.#trust.issuer} cannot be read, so nobody can be known by its tokens`,
        hint: 'Run again later',
        retryable: true,
        cause,
      });
    }
  }

  #allowed(claims: JWTPayload): WorkflowRun | Refused {
    const text = (name: string): string => {
      const value = claims[name];
      return typeof value === 'string' ? value : '';
    };
    const scopes = this.#trust.rules.filter((rule) => matches(rule, text)).flatMap((rule) => rule.scopes);
    const who = `${text('repository')} ${text('ref')}`;
    if (scopes.length === 0) {
      return { refused: 'forbidden', why: `no rule lets ${who} on ${text('event_name')} do anything here` };
    }
    const run = text('run_id');
    return {
      tokenId: claims.jti ?? '',
      name: `${who}${run === '' ? '' : ` run ${run}`}`.slice(0, 300),
      scopes: [...new Set(scopes)],
    };
  }
}

function matches(rule: GitHubRule, text: (name: string) => string): boolean {
  const { repository, repositoryId, ref, environment, workflow, event, scopes } = rule;
  const wanted: readonly (readonly [string, string | undefined])[] = [
    ['repository', repository],
    ['repository_id', repositoryId],
    ['ref', ref],
    ['environment', environment],
    ['job_workflow_ref', workflow],
    ['event_name', event],
  ];
  if (!wanted.every(([claim, value]) => value === undefined || text(claim) === value)) return false;
  const readsOnly = scopes.every((scope) => scope === 'read');
  return event !== undefined || readsOnly || !OF_STRANGERS.test(text('event_name'));
}

function unknown(why: string): Refused {
  return { refused: 'unknown', why };
}

/** What is wrong with a token, without anything of it. */
function wordsOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is not right`;
  if (error instanceof errors.JWKSNoMatchingKey) return 'it is signed with a key that GitHub does not have';
  return 'it is no token of GitHub';
}

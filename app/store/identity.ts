/** Rows about who may do what, and about what was done. Secrets stand here as SHA-256 (hex) alone, never as text (SEC-61). */

/** A key for the REST API: made by an administrator, or handed to a GitHub workflow for its own token. */
export interface StoredToken {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** Id of the foreign token it was handed out for; no two rows have the same one, so none is used twice. */
  readonly source?: string;
}

export interface TokenTable {
  list(): Promise<readonly StoredToken[]>;
  get(id: string): Promise<StoredToken | undefined>;
  /** False, and nothing written, when a token of the same `source` is there already. */
  add(token: StoredToken): Promise<boolean>;
  /** False when there is none, or it was revoked before. */
  revoke(id: string, at: number): Promise<boolean>;
  /** Forgets tokens that ended before `at`. */
  forget(at: number): Promise<void>;
}

/** A key that agents may enrol with, and the labels that come with it: those count as given by us, not by the agent. */
export interface StoredEnrolmentKey {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly project: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly revokedAt?: number;
}

export interface EnrolmentKeyTable {
  list(): Promise<readonly StoredEnrolmentKey[]>;
  get(id: string): Promise<StoredEnrolmentKey | undefined>;
  add(key: StoredEnrolmentKey): Promise<void>;
  /** False when there is none, or it was revoked before. */
  revoke(id: string, at: number): Promise<boolean>;
}

/**
 * `offered`: sent to the agent, which has not come back with it. `active`: the agent was seen with it. `failed`: the agent said that it does
 * not take it. `retired`: a newer one was seen. `revoked`: taken away.
 */
export type CredentialState = 'offered' | 'active' | 'failed' | 'retired' | 'revoked';

/** What one agent proves itself with: a key of its own, a client certificate, or both. */
export interface StoredCredential {
  readonly id: string;
  /** The agent it belongs to, and nobody else. */
  readonly uid: string;
  readonly project: string;
  /** SHA-256 (hex) of its key; absent where it has a certificate alone. */
  readonly hash?: string;
  /** Hash (hex) of the connection settings it was offered with. */
  readonly offer?: string;
  /** SHA-256 (hex) of its client certificate (DER). */
  readonly certificate?: string;
  /** Labels that came with the key it enrolled by. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: CredentialState;
  readonly issuedAt: number;
  /** When its certificate ends. */
  readonly expiresAt?: number;
  readonly seenAt?: number;
  /** What the agent said when it refused. */
  readonly message?: string;
}

export interface CredentialTable {
  list(): Promise<readonly StoredCredential[]>;
  get(id: string): Promise<StoredCredential | undefined>;
  /** All of one agent, newest first. */
  of(uid: string): Promise<readonly StoredCredential[]>;
  /** The one with this client certificate. */
  byCertificate(fingerprint: string): Promise<StoredCredential | undefined>;
  /** Writes one; the same id again replaces it. */
  put(credential: StoredCredential): Promise<void>;
}

/** One thing that was written, without its content. */
export interface AuditChange {
  /** `Source/shop-logs`, `Rollout/node:3`, `Token/ci` … */
  readonly object: string;
  readonly did: 'put' | 'delete' | 'revoke';
  /** The version that was written, of things that have versions; what a rollout became. */
  readonly version?: number;
  readonly state?: string;
}

/** Who did what, when and from where. */
export interface AuditEntry {
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  readonly actor: {
    readonly kind: 'api-key' | 'user' | 'token' | 'github' | 'agent' | 'server';
    readonly id: string;
    readonly name: string;
  };
  /** The remote address; empty for the server itself. */
  readonly from: string;
  /** `POST /v1/apply`, `agent.enrolled` … */
  readonly action: string;
  readonly result: 'done' | 'unchanged' | 'denied';
  /** The same for all entries of one request. */
  readonly request: string;
  readonly changes: readonly AuditChange[];
  /** Changes beyond those that are listed. */
  readonly more: number;
  readonly note?: string;
}

/** Nothing in it is ever changed or removed (SEC-86). */
export interface AuditTable {
  append(entry: AuditEntry): Promise<void>;
  /** The newest `limit` entries before the one with id `before` (all, where none is named), newest first. */
  list(limit: number, before?: string): Promise<readonly AuditEntry[]>;
}

/** Tables of the identity room. */
export interface IdentityTables {
  readonly tokens: TokenTable;
  readonly enrolmentKeys: EnrolmentKeyTable;
  readonly credentials: CredentialTable;
  readonly audit: AuditTable;
}

/** Their columns, as Kysely sees them. Lists and maps are JSON; times are milliseconds. */
export interface IdentitySchema {
  tokens: {
    id: string;
    name: string;
    hash: string;
    scopes: string;
    created_at: number;
    created_by: string;
    expires_at: number | null;
    revoked_at: number | null;
    source: string | null;
  };
  enrolment_keys: {
    id: string;
    name: string;
    hash: string;
    project: string;
    labels: string;
    created_at: number;
    created_by: string;
    revoked_at: number | null;
  };
  credentials: {
    id: string;
    uid: string;
    certificate: string | null;
    issued_at: number;
    credential: string;
  };
  audit: { id: string; at: number; entry: string };
}

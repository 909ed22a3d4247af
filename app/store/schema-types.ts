import type { Generated } from 'kysely';
import type { IdentitySchema } from './identity.ts';

/** Tables as Kysely sees them. JSON columns hold text; times are milliseconds; booleans are 0 and 1. */
export interface Schema extends IdentitySchema {
  resources: {
    kind: string;
    name: string;
    version: number;
    id: string;
    document: string;
    modified_at: number;
  };
  configs: { configuration: string; version: number; hash: string; text: string; raw: string };
  configuration_status: { name: string; current: number | null; pending: number | null };
  effective_configs: { hash: string; text: string };
  agents: {
    uid: string;
    record: string;
    labels: string;
    target: string | null;
    owner: string | null;
    sent: string | null;
    revision: Generated<number>;
  };
  leases: { name: string; holder: string; epoch: number; expires_at: number };
  replicas: { id: string; address: string; expires_at: number };
  refusals: { agent: string; hash: string; message: string; at: number; rollout: string | null };
  rollouts: {
    seq: Generated<number>;
    id: string;
    configuration: string;
    version: number;
    open: number;
    active: number;
    head: string;
    revision: string;
    undecided: number;
    snapshot: string | null;
    snapshot_seq: number;
    since_snapshot: number;
  };
  rollout_members: { rollout: string; position: number; agent: string; member: string };
  rollout_events: { rollout: string; seq: number; events: string };
  holds: { configuration: string; reason: string; by: string; at: number };
  policies: { name: string; policy: string };
  origins: {
    configuration: string;
    render_hash: string;
    commit_sha: string;
    origin: string;
    received_at: number;
  };
  handovers: { seq: Generated<number>; id: string; over: number; handover: string };
  branches: { repository: string; branch: string; commit_sha: string; base_sha: string; first_sha: string };
  deliveries: {
    seq: Generated<number>;
    id: string;
    event: string;
    payload: string;
    attempts: number;
    state: string;
    reason: string | null;
    received_at: number;
  };
  outbox: {
    seq: Generated<number>;
    key: string;
    payload: string;
    body_hash: string;
    attempts: number;
    state: string;
    reference: string | null;
    error: string | null;
  };
}

import type { Kysely } from 'kysely';
import type { Schema } from './schema-types.ts';
import type { StoreTables } from './store.ts';
import { agentTable, refusalTable } from './tables/agents.ts';
import { configTable } from './tables/configs.ts';
import { handoverTable } from './tables/handovers.ts';
import { holdTable, policyTable } from './tables/holds.ts';
import { identityTablesOver } from './tables/identity.ts';
import { originTable } from './tables/origins.ts';
import { deliveryQueue, outbox } from './tables/queues.ts';
import type { ReadRollouts } from './tables/read-rollouts.ts';
import { resourceTable } from './tables/resources.ts';
import { rolloutTable } from './tables/rollouts.ts';

/** All tables over one connection or transaction; `read` is what the process knows of rollouts. */
export function tablesOver(db: Kysely<Schema>, now: () => number, read?: ReadRollouts): StoreTables {
  return {
    ...identityTablesOver(db),
    resources: resourceTable(db),
    configs: configTable(db),
    agents: agentTable(db),
    refusals: refusalTable(db),
    rollouts: rolloutTable(db, read),
    origins: originTable(db),
    holds: holdTable(db),
    policies: policyTable(db),
    handovers: handoverTable(db),
    deliveries: deliveryQueue(db, now),
    outbox: outbox(db),
  };
}

import { textDrift } from '../../src/core/collector/drift/text-drift.ts';
import type { Judged } from '../../src/core/collector/drift/text-drift.ts';
import type { AgentState } from '../../src/core/fleet/agent-state.ts';
import type { AgentRecord } from '../../src/core/opamp/record.ts';
import type { StoredConfig, StoreTables } from '../store/store.ts';

/** Pairs of configs whose comparison is kept; a fleet that runs the same config reports few different ones. */
const KEPT = 2000;

/** How what agents report to run differs from what they were given. The same two configs are compared once. */
export class KnownDrifts {
  readonly #config: (tables: StoreTables, hash: string) => Promise<StoredConfig | undefined>;
  readonly #known = new Map<string, Judged>();

  /** `config` gives a config that this server made, by its hash. */
  constructor(config: (tables: StoreTables, hash: string) => Promise<StoredConfig | undefined>) {
    this.#config = config;
  }

  /** Whether it was compared before; undefined where nothing can be compared. */
  knows(record: AgentRecord): boolean | undefined {
    const key = pairKey(record);
    return key === undefined ? undefined : this.#known.has(key);
  }

  /** The differences, or why nothing can be said of them. */
  async of(tables: StoreTables, record: AgentRecord): Promise<Pick<AgentState, 'drift' | 'driftUnknown'>> {
    const key = pairKey(record);
    if (key === undefined) return { driftUnknown: unknownBecause(record) };
    if (!this.#known.has(key)) {
      const given = await this.#config(tables, record.config?.hash ?? '');
      const reported = await tables.configs.effective(record.effectiveHash ?? '');
      if (given === undefined) return { driftUnknown: 'it runs a config that this server did not make' };
      if (reported === undefined) return { driftUnknown: 'its effective config is not known yet' };
      if (this.#known.size >= KEPT) this.#known.clear();
      this.#known.set(key, textDrift(given.text, reported));
    }
    const judged = this.#known.get(key);
    if (judged === undefined) return { driftUnknown: 'it was not compared' };
    return 'unknown' in judged ? { driftUnknown: judged.unknown } : judged;
  }
}

/** What was given and what is reported, where the two can be compared: only while the agent says that it applied ours. */
function pairKey({ client, config, effectiveHash }: AgentRecord): string | undefined {
  if (client === 'bridge' || config?.state !== 'applied' || effectiveHash === undefined) return undefined;
  return config.hash === '' ? undefined : `${config.hash}:${effectiveHash}`;
}

function unknownBecause({ client, config, effectiveHash }: AgentRecord): string {
  if (client === 'bridge') return 'a bridge reports resources, not a collector config';
  if (config === undefined || config.hash === '') return 'it runs no config of this server';
  if (effectiveHash === undefined) return 'it does not report its effective config';
  return `its config is ${config.state}, not applied`;
}

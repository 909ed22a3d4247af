import { setImmediate as yieldToSockets } from 'node:timers/promises';
import { configOffer } from '../../src/core/opamp/offer.ts';
import { heldAgents } from '../../src/core/rollout/decide.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { AgentLink } from '../../src/ports/agent-link.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentTarget, Hold, Store } from '../store/store.ts';
import type { Agents } from './agents.ts';
import { dueOffers, restoringAgents, triedAgents, type DeliveryView } from './delivery.ts';
import { isHeld } from './gatekeeper.ts';
import type { Ledger } from './ledger.ts';
import type { Remembered } from './remembered.ts';

export interface PostmanOptions {
  readonly store: Store;
  readonly agents: Agents;
  readonly ledger: Ledger;
  readonly remembered: Remembered;
  readonly limits: AppLimits;
  readonly warn: (message: string, error: unknown) => void;
}

/** Offers that are counted in one transaction and sent in one go; others have their turn in between. */
const AT_ONCE = 500;

/**
 * Sends each agent whose socket is here its target where it is due; the count of offers is stored before anything leaves
 * (REL-01). Where several processes share the store, what holds offers back is read in the same transaction: a pause that
 * is acknowledged is followed by no offer, whoever makes it (REL-11).
 */
export class Postman {
  readonly #options: PostmanOptions;

  constructor(options: PostmanOptions) {
    this.#options = options;
  }

  /** `decided` are the open rollouts, where this process knows them. */
  async deliver(link: AgentLink | undefined, decided: readonly Rollout[] | undefined): Promise<void> {
    const { agents } = this.#options;
    const due = [...dueOffers(agents.local(), this.#view(decided ?? [])).keys()];
    for (let start = 0; start < due.length; start += AT_ONCE) {
      if (start > 0) await yieldToSockets();
      await this.#deliverTo(due.slice(start, start + AT_ONCE), link, decided);
    }
  }

  async #deliverTo(
    uids: readonly string[],
    link: AgentLink | undefined,
    decided: readonly Rollout[] | undefined,
  ): Promise<void> {
    const { store, agents, remembered } = this.#options;
    const { due, counted, apply } = await store.record(async (tables) => {
      const open = store.shared === undefined ? (decided ?? []) : await remembered.open(tables);
      const still = uids.flatMap((uid) => agents.get(uid) ?? []);
      const due = dueOffers(still, this.#view(open, await tables.holds.all()));
      return { due, ...(await agents.countOffers(tables, due)) };
    });
    apply();
    for (const [uid, target] of due) if (counted.has(uid)) await this.#send(uid, target, link);
  }

  #view(open: readonly Rollout[], holds: readonly Hold[] = []): DeliveryView {
    const { limits, ledger } = this.#options;
    return {
      held: new Set(
        open.flatMap((rollout) => [...heldAgents(rollout, isHeld(holds, rollout.configuration))]),
      ),
      // Going back is never held: it is what a stop is for.
      ...(isHeld(holds, '') ? { only: restoringAgents(open) } : {}),
      tried: triedAgents(open),
      limits,
      refused: (uid, hash) => ledger.refused(uid, hash),
    };
  }

  async #send(uid: string, target: AgentTarget, link: AgentLink | undefined): Promise<void> {
    const { store, agents, remembered, warn } = this.#options;
    const config = await remembered.config(store, target.hash);
    const agent = agents.get(uid);
    if (config === undefined || agent === undefined) return;
    const offer = configOffer(agent.record, config, new Uint8Array(), agents.policy);
    if ('refused' in offer) {
      const what = `${config.configuration}:${config.version}`;
      warn(`${agent.record.name} is not sent ${what}: ${offer.refused}`, undefined);
      // Nothing changes that until it comes anew: it is told of once a socket, not in every round.
      agents.noteSent(uid, config.hash);
    } else if (link?.send(uid, offer.message) === true) agents.noteSent(uid, config.hash);
  }
}

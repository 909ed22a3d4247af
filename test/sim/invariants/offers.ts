import { sha256 } from '../../../src/core/document/digest.ts';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { offerProblem } from '../../../src/core/opamp/offer.ts';
import { agentsIn, type Invariant, type Scene } from './invariant.ts';

/** Counting an offer takes less than this, but for a process that stands still. */
const SAID_MS = 130_000;

/**
 * - INV-09: what is offered is stored under its hash, is that hash, is not empty and not too large.
 * - INV-17: an agent that says it runs its target is not sent it again; nothing leaves that was not counted before (REL-01).
 */
export function offers(scene: Scene): Invariant {
  const { world, database } = scene;
  /** Offers that were counted and have not left: `<uid> <hash>`. */
  const counted = new Map<string, number>();
  return {
    names: ['INV-09', 'INV-17'],
    committed(_by, changes) {
      for (const { uid, before, after } of agentsIn(changes)) {
        const { target } = after;
        if (target === undefined) continue;
        const offersBefore = before?.target?.hash === target.hash ? before.target.offers : 0;
        if (target.offers <= offersBefore) continue;
        const key = `${uid} ${target.hash}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      }
    },
    sent({ process, uid, hash, text }) {
      const stored = [...database.rows.configs.values()].some((config) => config.hash === hash);
      if (!stored) world.violate('INV-09', `${uid} is sent ${hash.slice(0, 8)}, which is not stored`);
      if (sha256(text) !== hash) world.violate('INV-09', `${uid} is sent a text under another hash`);
      if (offerProblem(text) !== undefined || text.length > LIMITS.opamp.offerBytes) {
        world.violate('INV-09', `${uid} is sent a config that is empty or too large`);
      }
      const key = `${uid} ${hash}`;
      const left = counted.get(key) ?? 0;
      if (left <= 0) world.violate('INV-17', `${uid} is sent ${hash.slice(0, 8)}, which nobody counted`);
      counted.set(key, left - 1);
      const live = process.engine.agents.get(uid);
      const config = live?.record.config;
      // `sent` is still what left before over this connection. What it said while the offer was counted came too late.
      const isLongSaid = config !== undefined && process.clock.now() - config.at > SAID_MS;
      if (isLongSaid && config.hash === hash && config.state === 'applied' && live?.sent === undefined) {
        world.violate('INV-17', `${uid} says that it runs ${hash.slice(0, 8)}, and is sent it again`);
      }
    },
  };
}

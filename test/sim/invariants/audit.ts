import type { Invariant, Scene } from './invariant.ts';

/** INV-16: what somebody changed stands in the audit log, once; what came to nothing does not. */
export function audit(scene: Scene): Invariant {
  const { world, database, operator } = scene;
  return {
    names: ['INV-16'],
    atRest() {
      if (scene.isBlind) return;
      const entries = new Map<string, number>();
      for (const { actor } of database.rows.audit.values()) {
        entries.set(actor.id, (entries.get(actor.id) ?? 0) + 1);
      }
      for (const { id, name, on, answer } of operator().commands) {
        const count = entries.get(id) ?? 0;
        const isChange = name === 'apply' && answer === 'done';
        if (count > 1 || (isChange && count === 0)) {
          world.violate('INV-16', `${name} of ${on} stands ${count} times in the audit log`);
        }
      }
    },
  };
}

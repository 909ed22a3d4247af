import { APP_LIMITS } from '../../../app/limits.ts';
import type { ConfigurationStatus } from '../../../app/store/store.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { NO_OP_CONFIG } from '../../../src/core/opamp/no-op.ts';
import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import type { AgentRow, RowChange } from '../store/database.ts';
import { agentsIn, type Invariant, isAsked, rolloutsIn, type Scene } from './invariant.ts';

const TAKES_TARGET: readonly Member['state'][] = ['offered', 'applying', 'soaking', 'done'];

/** Agents of other replicas that may have come back, or said something else, since they were read. */
const UNREAD = 2;

/**
 * - INV-06: what an agent is to run changes only by a wave that was released, by a rollback to its own previous config, by
 *   getting its configuration's proven version late, or by going back to what it ran when it refused that. A version is proven
 *   by a rollout that was stable.
 * - INV-24: outside rollouts only a few agents at a time are brought to a version (REL-38).
 * - INV-26: a member goes back to what it was to run, or ran, before the rollout.
 */
export function targets(scene: Scene): Invariant {
  const { world, database, plan } = scene;
  const { rows } = database;
  const isProven = (hash: string): boolean =>
    [...rows.statuses.values()].some(
      ({ name, current }) => rows.configs.get(`${name}:${current ?? 0}`)?.hash === hash,
    );
  const byRollout = (uid: string, hash: string): boolean =>
    [...rows.rollouts.values()].some(({ rollout }) => {
      const member = rollout.members.find(({ agent }) => agent === uid);
      return member !== undefined && allows(rollout, member, hash);
    });
  const wentBack = (uid: string, before: AgentRow, hash: string): boolean =>
    before.target?.previous?.hash === hash && rows.refusals.has(`${uid} ${before.target.hash}`);
  const checkLate = (hash: string): void => {
    const decided = [...rows.rollouts.values()].filter(({ open }) => open);
    const busy = new Set(
      decided.flatMap(({ rollout }) =>
        rollout.members.flatMap(({ agent, state }) =>
          hasEnded(rollout.state) && state !== 'restoring' ? [] : [agent],
        ),
      ),
    );
    const late = [...rows.agents].filter(([uid, { record, target }]) => {
      const isThere = record.config?.hash === hash && record.config.state === 'applied';
      return target?.hash === hash && record.connected && !isThere && !busy.has(uid);
    });
    // What other replicas wrote a moment ago, the one that decides may not have read.
    const most = APP_LIMITS.lateOffers + (plan.replicas > 1 ? UNREAD : 0);
    if (late.length > most) {
      world.violate(
        'INV-24',
        `${late.length} agents are brought to ${hash.slice(0, 8)} at once outside rollouts`,
      );
    }
  };
  return {
    names: ['INV-06', 'INV-24', 'INV-26'],
    committed(by, changes) {
      for (const { uid, before, after } of agentsIn(changes)) {
        const hash = after.target?.hash;
        if (hash === undefined || before === undefined || before.target?.hash === hash) continue;
        if (byRollout(uid, hash) || wentBack(uid, before, hash)) continue;
        if (rows.refusals.has(`${uid} ${hash}`)) {
          world.violate('INV-02', `${uid} is to run ${hash.slice(0, 8)}, which it refused`);
        }
        if (isProven(hash)) checkLate(hash);
        else world.violate('INV-06', `${uid} is to run ${hash.slice(0, 8)} now, and nothing says why`);
      }
      checkProven(scene, by, changes);
      checkWaysBack(scene, changes);
    },
  };
}

function allows({ targetHash }: Rollout, member: Member, hash: string): boolean {
  if (hash === targetHash) return TAKES_TARGET.includes(member.state);
  const wasTouched = member.offeredAt !== undefined || member.carried === true;
  return hash === member.previousHash && wasTouched;
}

/** The version that counts as proven was proven, or is what a rollback went back to. */
function checkProven(scene: Scene, by: string, changes: readonly RowChange[]): void {
  const { world, database } = scene;
  for (const { table, key, before, after } of changes) {
    if (table !== 'statuses') continue;
    const current = (after as ConfigurationStatus | undefined)?.current;
    if (current === undefined || current === (before as ConfigurationStatus | undefined)?.current) continue;
    const isStable = [...database.rows.rollouts.values()].some(
      ({ rollout: { configuration, version, state } }) =>
        configuration === key && version === current && state === 'stable',
    );
    if (!isStable && !isAsked(scene, by, ['rollback'], key)) {
      world.violate('INV-06', `${key}:${current} counts as proven, and no rollout of it was stable`);
    }
  }
}

const NO_OP_HASH = sha256(NO_OP_CONFIG);

function checkWaysBack({ world, database }: Scene, changes: readonly RowChange[]): void {
  const { rows } = database;
  const written = rolloutsIn(changes);
  const rowsBefore = new Map(agentsIn(changes).map(({ uid, before }) => [uid, before]));
  for (const { before, after } of written) {
    if (before !== undefined) continue;
    const { id, members, targetHash, configuration } = after.rollout;
    const replaced = written.find(
      (other) =>
        other.after.rollout.state === 'replaced' && other.after.rollout.configuration === configuration,
    );
    const earlier = new Map(
      replaced?.after.rollout.members.map((member) => [member.agent, member.previousHash]),
    );
    for (const { agent, name, previousHash } of members) {
      const row = rowsBefore.get(agent) ?? rows.agents.get(agent);
      const wanted = earlier.get(agent) ?? row?.target?.hash;
      const reported = row?.record.config?.hash;
      const current = rows.configs.get(
        `${configuration}:${rows.statuses.get(configuration)?.current ?? 0}`,
      )?.hash;
      const isUsable =
        wanted !== undefined && wanted !== targetHash && !rows.refusals.has(`${agent} ${wanted}`);
      const fitting = isUsable ? [wanted] : [row?.target?.hash, reported, current, NO_OP_HASH, undefined];
      if (!fitting.includes(previousHash)) {
        world.violate(
          'INV-26',
          `${name} would go back from ${id} to ${previousHash?.slice(0, 8) ?? 'nothing'}`,
        );
      }
    }
  }
}

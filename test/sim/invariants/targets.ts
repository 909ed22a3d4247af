import { APP_LIMITS } from '../../../app/limits.ts';
import type { ConfigurationStatus } from '../../../app/store/store.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import { NO_OP_CONFIG } from '../../../src/core/opamp/no-op.ts';
import type { Member, Rollout } from '../../../src/core/rollout/rollout.ts';
import { hasEnded } from '../../../src/core/rollout/rollout.ts';
import type { AgentRow, RowChange } from '../store/database.ts';
import { agentsIn, type Invariant, isAsked, rolloutsIn, type Scene } from './invariant.ts';

const TAKES_TARGET: readonly Member['state'][] = ['offered', 'applying', 'soaking', 'done'];

/**
 * - INV-06: what an agent is to run changes only by a wave that was released, by a rollback to its own previous config, by
 *   getting its configuration's proven version late, or by going back to what it ran when it refused that. A version is proven
 *   by a rollout that was stable.
 * - INV-24: outside rollouts only a few agents at a time are brought to a version (REL-38), by what whoever decides knew when it did: what
 *   agents say while that is being written, and what other replicas wrote since it read, nobody can count. Whoever says nothing before the
 *   deadline counts no longer: that newcomers do not wait for it is INV-18.
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
  /** Whether `by` waited for an agent's answer to its target when it decided. Of agents of others it knows what it read before. */
  const waitedFor = (by: string): ((uid: string, row: AgentRow) => boolean) => {
    const process = scene.cluster().processes.find(({ name }) => name === by);
    const now = process?.clock.now() ?? world.now;
    const begunAt = now - (world.now - scene.begunAt(by));
    return (uid, { record: stored, target }) => {
      const { connected, connectedAt, config } = process?.engine.agents.get(uid)?.record ?? stored;
      const isNews = Math.max(connectedAt, config?.at ?? 0) >= begunAt;
      const hasAnswered =
        config?.hash === target?.hash && (config?.state === 'applied' || config?.state === 'failed');
      const isInTime = now < (target?.since ?? 0) + plan.timings.deadlineMs;
      return connected && !isNews && !hasAnswered && isInTime;
    };
  };
  const checkLate = (by: string, brought: string, hash: string): void => {
    const isWaitedFor = waitedFor(by);
    const decided = [...rows.rollouts.values()].filter(({ open }) => open);
    const busy = new Set(
      decided.flatMap(({ rollout }) =>
        rollout.members.flatMap(({ agent, state }) =>
          hasEnded(rollout.state) && state !== 'restoring' ? [] : [agent],
        ),
      ),
    );
    const late = [...rows.agents].filter(
      ([uid, row]) => row.target?.hash === hash && !busy.has(uid) && isWaitedFor(uid, row),
    );
    // Whoever runs it already changes nothing; whoever was brought to it earlier and came back since is sent it again, in any number.
    if (late.length > APP_LIMITS.lateOffers && late.some(([uid]) => uid === brought)) {
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
        if (isProven(hash)) checkLate(by, uid, hash);
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

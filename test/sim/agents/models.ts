import type { Random } from '../random.ts';

/**
 * How an agent takes a config that it cannot run:
 *
 * - `refuses`: says FAILED and goes on with what it ran (BindPlane agent).
 * - `keeps-file`: says FAILED, but has the bad file; after a restart it starts that again (older supervisors).
 * - `goes-back`: says APPLYING, FAILED, and then APPLIED for what it ran before, of which only the last may be heard (newer supervisors).
 * - `hangs`: says nothing and stays connected.
 * - `crash-loops`: dies, comes back with the config, dies again, until it is given another one.
 * - `turns-unhealthy`: says APPLIED, and reports after some time that it is not healthy.
 * - `lies`: says APPLIED whatever it was given, and goes on with what it ran.
 */
export const REACTIONS = [
  'refuses',
  'keeps-file',
  'goes-back',
  'hangs',
  'crash-loops',
  'turns-unhealthy',
  'lies',
] as const;

export type Reaction = (typeof REACTIONS)[number];

/** What kind of agent it is, apart from configs that it cannot run. */
export interface Model {
  readonly reaction: Reaction;
  readonly client: 'bindplane-agent' | 'supervisor';
  readonly transport: 'websocket' | 'http';
  /** Takes up to this long to apply a config, saying APPLYING meanwhile where that is long. */
  readonly applyMs: number;
  /** Says APPLYING before APPLIED. */
  readonly saysApplying: boolean;
  /** Forgets the last status when its process starts anew. */
  readonly isForgetful: boolean;
  /** Never answers to an offer, though it runs what it is given. */
  readonly isMute: boolean;
  /** Loses its connection again and again. */
  readonly flapsMs: number | undefined;
  /** Turns its config down at random, whatever it is: a bad disk, no memory. */
  readonly failsAtRandom: number;
}

/** The model of one agent. Most are good; a few of everything else. */
export function modelOf(random: Random): Model {
  const client = random.chance(0.5) ? 'bindplane-agent' : 'supervisor';
  const reaction = random.weighted<Reaction>({
    refuses: client === 'bindplane-agent' ? 6 : 2,
    'keeps-file': client === 'supervisor' ? 3 : 0,
    'goes-back': client === 'supervisor' ? 3 : 0.5,
    hangs: 1,
    'crash-loops': 2,
    'turns-unhealthy': client === 'supervisor' ? 2 : 0,
    lies: 0.2,
  });
  const isSlow = random.chance(0.08);
  return {
    reaction,
    client,
    transport: random.chance(0.1) ? 'http' : 'websocket',
    applyMs: isSlow ? 45_000 : 6000,
    saysApplying: isSlow || random.chance(0.5),
    isForgetful: random.chance(0.2),
    isMute: random.chance(0.01),
    flapsMs: random.chance(0.03) ? 20_000 : undefined,
    failsAtRandom: random.chance(0.03) ? 0.2 : 0,
  };
}

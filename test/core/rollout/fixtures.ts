import type {
  Effect,
  Member,
  ObservedAgent,
  Rollout,
  RolloutPolicy,
} from '../../../src/core/rollout/rollout.ts';
import { decide } from '../../../src/core/rollout/decide.ts';

export const TARGET = 'target';
export const START = 1_000_000;

export const POLICY: RolloutPolicy = {
  initial: 1,
  multiplier: 2,
  maximum: 100,
  maxErrors: 0,
  rollbackOnFailure: true,
  deadlineMs: 60_000,
  soakMs: 10_000,
  unhealthyMs: 5000,
  absenceMs: 30_000,
};

export function member(name: string, change: Partial<Member> = {}): Member {
  return {
    agent: name,
    name,
    version: '1.80.1',
    state: 'waiting',
    previousHash: `before-${name}`,
    ...change,
  };
}

export function rollout(members: readonly Member[], change: Partial<Rollout> = {}): Rollout {
  return {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    fromVersion: 1,
    targetHash: TARGET,
    state: 'started',
    policy: POLICY,
    phase: 0,
    members,
    timeline: [],
    startedAt: START,
    ...change,
  };
}

/** Agents as a small world: `decide` is asked, its offers change what agents were sent. */
export class World {
  now: number = START;
  rollout: Rollout;
  readonly agents: Map<string, ObservedAgent> = new Map<string, ObservedAgent>();
  readonly effects: Effect[] = [];

  constructor(initial: Rollout) {
    this.rollout = initial;
    for (const { agent, previousHash } of initial.members) {
      const hash = previousHash ?? '';
      this.agents.set(agent, {
        connected: true,
        takesConfig: true,
        hash,
        config: hash === '' ? 'unset' : 'applied',
        message: '',
      });
    }
  }

  set(agent: string, change: Partial<ObservedAgent>): void {
    const before = this.agents.get(agent) ?? {
      connected: true,
      takesConfig: true,
      hash: '',
      config: 'unset',
      message: '',
    };
    this.agents.set(agent, { ...before, ...change });
  }

  says(agent: string, config: ObservedAgent['config'], hash: string = TARGET, message = ''): void {
    this.set(agent, { config, hash, message });
  }

  pass(milliseconds: number): readonly Effect[] {
    this.now += milliseconds;
    return this.step();
  }

  /** One decision, carried out: saved, and sent to those that are connected. */
  step(): readonly Effect[] {
    const effects = decide(this.rollout, this.agents, this.now);
    for (const effect of effects) {
      if (effect.kind === 'save') this.rollout = effect.rollout;
      if (effect.kind === 'offer' || effect.kind === 'restore') {
        if (this.agents.get(effect.agent)?.connected === true) this.set(effect.agent, { sent: effect.hash });
      }
    }
    this.effects.push(...effects);
    return effects;
  }

  /** Until nothing more is decided at this moment. */
  settle(): void {
    for (let round = 0; round < 50 && this.step().length > 0; round += 1);
  }

  states(): Record<string, string> {
    return Object.fromEntries(this.rollout.members.map(({ agent, state }) => [agent, state]));
  }

  sent(kind: 'offer' | 'restore'): string[] {
    return this.effects.flatMap((effect) => (effect.kind === kind ? [effect.agent] : []));
  }
}

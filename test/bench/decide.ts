import { decide } from '../../src/core/rollout/decide.ts';
import { eventsOf, replay, type RolloutEvent } from '../../src/core/rollout/events.ts';
import { judgePhase } from '../../src/core/rollout/judge-phase.ts';
import { policyFor } from '../../src/core/rollout/policy.ts';
import type { Member, ObservedAgent, Rollout } from '../../src/core/rollout/rollout.ts';

/**
 * What a decision costs (`npm run bench:decide`): for a fleet in the middle of a phase, where nothing is to be done and where everybody is to be
 * offered, and beside it the cost of only looking at each agent once. Then a rollout from a long log, beside parsing the same log as JSON.
 */
const AGENTS = Number(process.argv[2] ?? 10_000);
const EVENTS = Number(process.argv[3] ?? 100_000);
const ROUNDS = 30;
const TIMINGS = { deadlineMs: 60_000, unhealthyMs: 5000, absenceMs: 30_000 };

function begun(): Rollout {
  const members = Array.from({ length: AGENTS }, (_, index): Member => ({
    agent: `agent-${index}`,
    name: `node-${index}`,
    version: index % 10 === 0 ? '1.80.1' : '1.84.0',
    stratum: index % 10 === 0 ? 'old' : 'new',
    domain: `zone-${index % 4}`,
    state: 'waiting',
    previousHash: 'before',
  }));
  const policy = policyFor({ agents: AGENTS, timings: TIMINGS, options: null });
  return {
    id: 'node:2',
    configuration: 'node',
    version: 2,
    targetHash: 'target',
    state: 'started',
    phase: 0,
    policy,
    members,
    timeline: [],
    startedAt: 0,
  };
}

function agentsOf(
  { members }: Rollout,
  change: Partial<ObservedAgent> = {},
): ReadonlyMap<string, ObservedAgent> {
  const seen = {
    connected: true,
    takesConfig: true,
    hash: 'before',
    config: 'applied',
    message: '',
    healthy: true,
  } as const;
  return new Map(members.map(({ agent }) => [agent, { ...seen, ...change }]));
}

function median(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }).toSorted((a, b) => a - b);
  return times[Math.floor(ROUNDS / 2)] ?? 0;
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;
const line = (what: string, own: number, least: number): void => {
  process.stdout.write(
    `${what.padEnd(58)} ${ms(own).padStart(10)} ${ms(least).padStart(10)} ${(own / least).toFixed(1)}x\n`,
  );
};

const start = begun();
const agents = agentsOf(start);
const half: Rollout = {
  ...start,
  phase: 5,
  phaseAt: 0,
  members: start.members.map((member, index): Member =>
    index < AGENTS / 2
      ? { ...member, state: 'soaking', wave: 4, offeredAt: 1, appliedAt: 2, soakingSince: 2 }
      : member,
  ),
};
const soaking = agentsOf(half, { hash: 'target' });
const everybody = {
  ...start,
  policy: { ...start.policy, initial: AGENTS, maximum: AGENTS, maxConcurrent: AGENTS, domainShare: 1 },
};
const { canaryMaximum: _canary, shares: _shares, ...plain } = everybody.policy;
const topology = { pipelines: [], connectors: new Set<string>(), retryMs: new Map<string, number>() };
const view = { agents: soaking, signalsOf: () => undefined, topologyOf: () => topology };
process.stdout.write(`${AGENTS} agents, CPU time, medians of ${ROUNDS}${' '.repeat(24)}ours    looking\n`);
const look = median(() => start.members.filter(({ agent }) => agents.get(agent)?.connected === true));
line(
  'nothing to do, half the fleet soaking',
  median(() => decide(half, soaking, 10)),
  look,
);
line(
  'nothing to do, with the gates that need no metrics',
  median(() => decide(half, soaking, 10, { gates: judgePhase(half, view, 10) })),
  look,
);
line(
  'a canary is chosen',
  median(() => decide(start, agents, 10)),
  look,
);
line(
  'everybody is offered at once',
  median(() => decide({ ...everybody, policy: plain }, agents, 10)),
  look,
);

function longLog(): readonly RolloutEvent[] {
  const log: RolloutEvent[] = [...eventsOf(undefined, start, 0)];
  for (let index = 1; index < EVENTS; index += 1) {
    const agent = `agent-${index % AGENTS}`;
    log.push({
      type: 'soaking',
      at: index,
      agent,
      set: { state: 'soaking', appliedAt: index, soakingSince: index },
    });
  }
  return log;
}

const text = JSON.stringify(longLog());
const parse = (): readonly RolloutEvent[] => JSON.parse(text) as readonly RolloutEvent[];
line(
  `a rollout from its log of ${EVENTS} events, read from JSON`,
  median(() => replay(parse())),
  median(parse),
);

/** One guard of the product, taken away. */
export interface PlantedBug {
  readonly bug: string;
  /** A file of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Invariants of which one has to be broken. */
  readonly broken: readonly string[];
  /** What runs have to be like for it to matter, where that is not what all have. */
  readonly runs?: Runs;
}

/** Seeds that a bug has to show itself in. */
export interface Runs {
  readonly from: number;
  readonly seeds: number;
  /** How many agents, or `LOW..HIGH`. */
  readonly agents: string;
  /** 0 is as the seed has it. */
  readonly replicas: number;
}

/** What runs are like for all bugs that say nothing else. */
export const RUNS: Runs = { from: 1, seeds: 200, agents: '40', replicas: 0 };

/** For what only several replicas can get wrong. */
const THREE_REPLICAS: Runs = { ...RUNS, replicas: 3 };

const ENGINE = 'app/engine/engine.ts';
const CONTROL = 'app/engine/control.ts';
const DELIVERY = 'app/engine/delivery.ts';
const AGENTS = 'app/engine/agents.ts';
const ASSIGNMENTS = 'app/engine/assignments.ts';
const DECIDE = 'src/core/rollout/decide.ts';
const PHASES = 'src/core/rollout/phases.ts';
const MEMBER = 'src/core/rollout/member.ts';
const EFFECTS = 'src/core/rollout/effects.ts';
const EVENTS = 'src/core/rollout/events.ts';

/** Each guard with one way to take it away (TST-23). */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    bug: 'a hash that an agent refused is offered again',
    file: DELIVERY,
    from: 'if (sent === target.hash || refused(record.uid, target.hash)) continue;',
    to: 'if (sent === target.hash) continue;',
    broken: ['INV-02'],
  },
  {
    bug: 'agents get late what they refused',
    file: ASSIGNMENTS,
    from: 'if (view.refused(record.uid, config.hash)) return undefined;',
    to: '',
    broken: ['INV-02', 'INV-06', 'INV-04', 'INV-18'],
  },
  {
    bug: 'a crash loop is offered the same for ever',
    file: DELIVERY,
    from: 'target.offers >= limits.offersPerConfig',
    to: 'target.offers >= 1e9',
    broken: ['INV-02'],
  },
  {
    bug: 'offers count anew without a confirmation',
    file: ASSIGNMENTS,
    from: "if (record.config?.hash === target.hash && record.config.state === 'applied') {\n      yield",
    to: 'if (record.connected) {\n      yield',
    broken: ['INV-02'],
  },
  {
    bug: 'no fencing: what a stale leader decides is stored',
    file: ENGINE,
    from: 'const after = await store.transaction(async (tables) => {\n      const targets',
    to: 'const after = await store.record(async (tables) => {\n      const targets',
    broken: ['INV-05', 'INV-03', 'INV-20'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'no fencing of commands',
    file: CONTROL,
    from: 'const after = await this.#store.transaction(work);',
    to: 'const after = await this.#store.record(work);',
    broken: ['INV-05', 'INV-03', 'INV-07', 'INV-20'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'a phase advances on APPLIED alone',
    file: MEMBER,
    from: 'if (now - since >= soakOf(member, policy)) return',
    to: 'if (now >= since) return',
    broken: ['INV-22'],
  },
  {
    bug: 'a phase advances while agents of it are under way',
    file: PHASES,
    from: 'return !rollout.members.some((member) => IN_FLIGHT.includes(member.state) || isQueued(member, rollout));',
    to: 'return !rollout.members.some((member) => isQueued(member, rollout));',
    broken: ['INV-21'],
  },
  {
    bug: 'APPLIED for anything counts as APPLIED for the target',
    file: MEMBER,
    from: 'if (agent !== undefined && agent.hash === targetHash) {',
    to: 'if (agent !== undefined) {',
    broken: ['INV-01', 'INV-22'],
  },
  {
    bug: 'a pause holds nothing back',
    file: DECIDE,
    from: "if (rollout.state !== 'paused' && !isHeld) return new Set();",
    to: 'if (!isHeld) return new Set();',
    broken: ['INV-05'],
  },
  {
    bug: 'a paused rollout goes on by itself',
    file: DECIDE,
    from: "  if (rollout.state !== 'started') return rollout;\n  if (failed",
    to: '  if (failed',
    broken: ['INV-03', 'INV-05'],
  },
  {
    bug: 'a pause is acknowledged before it is stored',
    file: CONTROL,
    from: 'if (next !== rollout) await this.#save(next, rollout);',
    to: 'if (next !== rollout) void this.#save(next, rollout).catch(() => undefined);',
    broken: ['INV-03'],
  },
  {
    bug: 'one error more than the budget',
    file: DECIDE,
    from: 'if (faults.length > policy.maxErrors) {',
    to: 'if (faults.length > policy.maxErrors + 1) {',
    broken: ['INV-01'],
  },
  {
    bug: 'the canary is as large as it likes',
    file: PHASES,
    from: 'Math.max(1, Math.floor(members.length * CANARY_SHARE))',
    to: 'Math.max(1, members.length)',
    broken: ['INV-21', 'INV-01'],
  },
  {
    bug: 'whoever runs the target already is the canary',
    file: PHASES,
    from: "return wave !== undefined && (state !== 'done' || offeredAt !== undefined);",
    to: "return wave !== undefined && (state !== 'done' || offeredAt !== -1);",
    broken: ['INV-21', 'INV-23'],
  },
  {
    bug: 'two rollouts of a configuration decide',
    file: CONTROL,
    from: 'const replaced = latest !== undefined && !hasEnded(latest.state) ? latest : undefined;',
    to: 'const replaced = latest !== undefined && latest.id === "" ? latest : undefined;',
    broken: ['INV-07'],
  },
  {
    bug: 'two rollouts try their configs on an agent whose labels moved',
    file: 'app/engine/planner.ts',
    from: '.filter(({ record }) => !elsewhere.has(record.uid));',
    to: '.filter(({ record }) => !elsewhere.has(record.uid) || record.uid !== "");',
    broken: ['INV-07'],
  },
  {
    bug: 'intent after effect: offers leave before they are counted',
    file: AGENTS,
    from: 'const counted = await tables.agents.countOffers(offers, this.#owner);',
    to: 'const counted = new Set([...due.keys()]);',
    broken: ['INV-17', 'INV-02'],
  },
  {
    bug: 'a rollback sends the target again',
    file: EFFECTS,
    from: "effects.push({ kind: 'restore', agent, hash: previousHash });",
    to: "effects.push({ kind: 'restore', agent, hash: targetHash });",
    broken: ['INV-06', 'INV-02', 'INV-18'],
  },
  {
    bug: 'a rollback goes to the proven version instead of each agent’s own',
    file: 'app/engine/membership.ts',
    from: 'const candidates = [before?.previousHash, target?.hash, reported, view.currentHash];',
    to: 'const candidates = [view.currentHash];',
    broken: ['INV-26'],
  },
  {
    bug: 'a rollback forgets agents that were under way',
    file: DECIDE,
    from: '  return IN_FLIGHT.includes(state);',
    to: '  return IN_FLIGHT.length === 0;',
    broken: ['INV-25'],
  },
  {
    bug: 'an empty config is offered',
    file: 'src/core/opamp/offer.ts',
    from: "const problem = offerProblem(text) ?? (client === 'supervisor' ? overrideProblem(text) : undefined);",
    to: "const problem = client === 'supervisor' ? overrideProblem(text) : undefined;",
    broken: ['INV-09'],
  },
  {
    bug: 'members that have nothing to go back to are lost',
    file: DECIDE,
    from: '  const settled = settleAll(open, agents, now);',
    to: "  const all = settleAll(open, agents, now);\n  const settled = { ...all, members: all.members.filter(({ state }) => state !== 'left' && state !== 'skipped') };",
    broken: ['INV-08', 'INV-20'],
  },
  {
    bug: 'the log forgets what went away',
    file: EVENTS,
    from: '...(unset.length === 0 ? {} : { unset })',
    to: '...(unset.length === 0 ? {} : {})',
    broken: ['INV-20'],
  },
  {
    bug: 'the log forgets a member’s step where the rollout itself changed',
    file: EVENTS,
    from: '  for (const [index, member] of members.entries()) {\n    const was',
    to: '  for (const [index, member] of (changed === undefined ? members : []).entries()) {\n    const was',
    broken: ['INV-20'],
  },
  {
    bug: 'newcomers all get the version at once',
    file: ASSIGNMENTS,
    from: 'if (!running && count >= view.limits.lateOffers) {',
    to: 'if (!running && count >= 1e9) {',
    broken: ['INV-24'],
  },
  {
    bug: 'newcomers that never answer keep their places',
    file: ASSIGNMENTS,
    from: 'return now >= since + deadlineMs;',
    to: 'return now < since;',
    broken: ['INV-18'],
  },
  {
    bug: 'agents are given a version before there is a row of them',
    file: 'app/engine/steady.ts',
    from: 'const stored = candidates.filter(({ record }) => agents.isStored(record.uid));',
    to: 'const stored = candidates;',
    broken: ['INV-18', 'INV-28'],
    // An agent's row has to be late just while it is to have an older version: in one of a few hundred runs, and sooner with many agents.
    runs: { from: 1001, seeds: 400, agents: '20..120', replicas: 1 },
  },
  {
    bug: 'a version counts as proven when its rollout begins',
    file: CONTROL,
    from: 'await tables.configs.setStatus({ ...status, pending: version });',
    to: 'await tables.configs.setStatus({ ...status, pending: version, current: version });',
    broken: ['INV-06'],
  },
  {
    bug: 'nobody waits for an answer in vain: no deadline',
    file: MEMBER,
    from: 'if (now < answerBy(member, policy)) return member;',
    to: 'if (now >= 0) return member;',
    broken: ['INV-18'],
  },
  {
    bug: 'a rollback never ends',
    file: MEMBER,
    from: 'if (now < restoredBy(member, policy) || agent?.connected !== true) return member;',
    to: 'if (now >= 0) return member;',
    broken: ['INV-18'],
  },
  {
    bug: 'a replaced rollout goes on',
    file: DECIDE,
    from: "!hasEnded(rollout.state) || state === 'restoring';",
    to: "!hasEnded(rollout.state) || state !== 'left';",
    broken: ['INV-06', 'INV-07', 'INV-18', 'INV-02', 'INV-27'],
  },
  {
    bug: 'agents that did not confirm keep the target of what ended',
    file: DECIDE,
    from: "    member.state === 'offered' || member.state === 'applying' ? restore(member, now) : member,",
    to: '    now < 0 ? restore(member, now) : member,',
    broken: ['INV-05'],
  },
  {
    bug: 'a rollout whose writing fails holds nothing for that moment',
    file: ENGINE,
    from: '        decided.push(rollout);\n      }',
    to: '      }',
    broken: ['INV-05', 'INV-02', 'INV-06'],
  },
  {
    bug: 'a text is asked for outside the transaction that needs it',
    file: CONTROL,
    from: 'await this.#engine.config(previousHash, tables);',
    to: 'await this.#engine.config(previousHash);',
    broken: ['INV-18'],
  },
  {
    bug: 'the others never hear that the full state came',
    file: 'src/core/opamp/session.ts',
    from: '(before?.awaitsFullState === true) !== record.awaitsFullState;',
    to: 'record.awaitsFullState;',
    broken: ['INV-18', 'INV-04'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'the same is sent in every round',
    file: DELIVERY,
    from: 'if (sent === target.hash || refused',
    to: 'if (refused',
    broken: ['INV-02', 'INV-17'],
  },
  {
    bug: 'agents that run the target are sent it again after a restart',
    file: DELIVERY,
    from: "if (state === 'failed' || (state === 'applied' && sent === undefined)) continue;",
    to: "if (state === 'failed') continue;",
    broken: ['INV-17'],
  },
  {
    bug: 'what is remembered of a rollout is believed though others wrote it',
    file: 'app/store/tables/known-rollouts.ts',
    from: 'known?.revision === revision',
    to: 'known !== undefined',
    broken: ['INV-02', 'INV-03', 'INV-20', 'INV-08', 'INV-01', 'INV-21', 'INV-22', 'INV-05', 'INV-18'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'a hold is not looked at',
    file: 'app/engine/gatekeeper.ts',
    from: 'if (hold === undefined) return closedWindow(policy.windows, now);',
    to: 'if (hold?.at !== -1) return closedWindow(policy.windows, now);',
    broken: ['INV-05'],
  },
  {
    bug: 'a stage begins without its approval',
    file: DECIDE,
    from: 'policy.stages?.[stage]?.approval === true && waived?.includes(`stage:${name}`) !== true;',
    to: "policy.stages?.[stage]?.name === '' && waived?.includes(`stage:${name}`) !== true;",
    broken: ['INV-23'],
  },
  {
    bug: 'stages are taken from the last to the first',
    file: PHASES,
    from: 'Math.min(...ready.map(stageOf))',
    to: 'Math.max(...ready.map(stageOf))',
    broken: ['INV-23'],
  },
  {
    bug: 'as many change at once as wait',
    file: PHASES,
    from: 'let free = (policy.maxConcurrent ?? Number.POSITIVE_INFINITY) - changing.length;',
    to: 'let free = Number.POSITIVE_INFINITY - changing.length;',
    broken: ['INV-21'],
  },
  {
    bug: 'a failure domain changes as a whole',
    file: PHASES,
    from: 'room.set(domain, Math.max(1, Math.floor(size * share)));',
    to: 'room.set(domain, Math.max(1, size));',
    broken: ['INV-21'],
  },
  {
    bug: 'agents that were given up while their process stood still are nobody’s',
    file: AGENTS,
    from: '(this.#claims.has(uid) || row.owner === this.#owner)',
    to: '(this.#dirty.has(uid) || row.owner === this.#owner)',
    broken: ['INV-18', 'INV-28'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'news that could not be written are lost',
    file: 'app/engine/news.ts',
    from: '      agents.putBack(news);\n',
    to: '',
    broken: ['INV-18', 'INV-04', 'INV-28'],
    runs: THREE_REPLICAS,
  },
  {
    bug: 'a merge whose job comes late is applied after later ones',
    file: 'app/handovers/way.ts',
    from: "  if (relation === 'before') {\n",
    to: '  if (false as boolean) {\n',
    broken: ['INV-11'],
  },
  {
    bug: 'merges whose job was cancelled are left out',
    file: 'app/handovers/way.ts',
    from: '    commits.unshift(next);\n',
    to: '',
    broken: ['INV-29'],
  },
];

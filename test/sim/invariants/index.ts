import type { AgentObserver, AgentStatus, SimulatedAgent } from '../agents/agent.ts';
import type { Sending } from '../cluster.ts';
import type { Command } from '../operator.ts';
import type { RowChange } from '../store/database.ts';
import { commands } from './commands.ts';
import { fleetFiles } from './fleet-files.ts';
import { handedOver } from './handed-over.ts';
import type { Invariant, Scene } from './invariant.ts';
import { offers } from './offers.ts';
import { refusals } from './refusals.ts';
import { rest } from './rest.ts';
import { rollouts } from './rollouts.ts';
import { audit } from './audit.ts';
import { secrets } from './secrets.ts';
import { targets } from './targets.ts';
import { told } from './told.ts';
import { waves } from './waves.ts';

/** The literal list of families; each watches a run for itself. */
const INVARIANTS: readonly ((scene: Scene) => Invariant)[] = [
  rollouts,
  waves,
  refusals,
  commands,
  targets,
  offers,
  rest,
  told,
  handedOver,
  fleetFiles,
  secrets,
  audit,
];

/** All invariants over one run, and how often what happened in it. */
export class InvariantList implements AgentObserver {
  readonly #invariants: readonly Invariant[];
  readonly #scene: Scene;
  readonly #counts: Record<string, number> = {};

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#invariants = INVARIANTS.map((family) => family(scene));
  }

  committed(by: string, changes: readonly RowChange[]): void {
    this.#count('commits');
    for (const invariant of this.#invariants) invariant.committed?.(by, changes);
  }

  sent(sending: Sending): void {
    this.#count('offers');
    if (this.#scene.isBlind) return;
    for (const invariant of this.#invariants) invariant.sent?.(sending);
  }

  answered(command: Command): void {
    this.#count(`${command.name} ${command.answer}`);
    if (this.#scene.isBlind) return;
    for (const invariant of this.#invariants) invariant.answered?.(command);
  }

  took(agent: SimulatedAgent, hash: string, fails: boolean): void {
    this.#count(fails ? 'taken, cannot run' : 'taken');
    for (const invariant of this.#invariants) invariant.took?.(agent, hash, fails);
  }

  told(agent: SimulatedAgent, status: AgentStatus): void {
    this.#count(`said ${status.state}`);
    for (const invariant of this.#invariants) invariant.told?.(agent, status);
  }

  /** Why the world is not at rest yet; undefined when it is. */
  unrest(): string | undefined {
    for (const invariant of this.#invariants) {
      const found = invariant.unrest?.();
      if (found !== undefined) return found;
    }
    return undefined;
  }

  atRest(): void {
    for (const { rollout } of this.#scene.database.rows.rollouts.values()) {
      this.#count(`ended ${rollout.state}`);
    }
    for (const invariant of this.#invariants) invariant.atRest?.();
  }

  counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }
}

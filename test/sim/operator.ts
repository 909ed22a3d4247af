import { sha256 } from '../../src/core/document/digest.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { POLICY_LABEL, type PolicySpec } from '../../src/core/rollout/policy.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { RolloutOptions } from '../../src/core/rollout/options.ts';
import { errorText } from '../../src/ports/operation-error.ts';
import type { StoredOrigin } from '../../app/store/store.ts';
import { REPOSITORY, type SimulatedMerge } from './github.ts';
import type { Cluster } from './cluster.ts';
import type { ServerProcess } from './process.ts';
import type { Random } from './random.ts';
import { secretIn, secretOf } from './secrets.ts';
import type { World } from './world.ts';

/** Commands to a rollout that take nothing but its configuration. */
export type RolloutCommandName = 'pause' | 'resume' | 'abort' | 'rollback' | 'promote' | 'retry';

export type CommandName = RolloutCommandName | 'apply' | 'start' | 'labels' | 'hold' | 'lift';

/**
 * Something that was asked of a process. Until it is answered it may be carried out at any moment; whoever asked knows the
 * outcome only with the answer, and never when the process dies.
 */
export interface Command {
  /** What the audit log knows it by. */
  readonly id: string;
  readonly name: CommandName;
  /** A configuration, or the uid of an agent. */
  readonly on: string;
  readonly process: ServerProcess;
  answer: 'none' | 'done' | 'refused';
  /** Of a rollout command that is done: what it left behind. */
  rollout?: Rollout;
}

/** A text that was made, and which agents cannot run it. */
export interface MadeConfig {
  readonly text: string;
  readonly hash: string;
  readonly bad: ReadonlySet<number>;
}

/** People and clients: they apply versions and command rollouts, and wait for answers. */
export class Operator {
  readonly commands: Command[] = [];
  /** By text: what was ever made. */
  readonly made: Map<string, MadeConfig> = new Map();
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #answered: (command: Command) => void;

  constructor(world: World, cluster: Cluster, answered: (command: Command) => void) {
    this.#world = world;
    this.#cluster = cluster;
    this.#random = world.random.fork();
    this.#answered = answered;
  }

  /** A new text that the agents with these indices cannot run; now and then one that is as good as empty. */
  make(configuration: string, bad: ReadonlySet<number>): MadeConfig {
    const isEmpty = this.#random.chance(0.02);
    const text = isEmpty
      ? `# ${this.made.size + 1}\n`
      : `# ${configuration}, made ${this.made.size + 1}, ${secretOf(this.made.size + 1)}\nreceivers: {nop: {}}\nexporters: {nop: {}}\n`;
    const config = { text, hash: sha256(text), bad };
    this.made.set(text, config);
    return config;
  }

  /** Writes a new version of a configuration whose text is `config`, in one transaction as the REST API does. */
  apply(
    configuration: string,
    { text, hash }: MadeConfig,
    { policy, merge }: { readonly policy?: PolicySpec; readonly merge?: SimulatedMerge } = {},
  ): Command | undefined {
    return this.#ask('apply', configuration, ({ engine, store, clock }) =>
      engine.exclusively(() =>
        store.transaction(async (tables) => {
          const before = await tables.resources.get('Configuration', configuration);
          const version = (before?.version ?? 0) + 1;
          const parameters = [{ name: 'key', value: secretIn(text), sensitive: true }];
          const document: JsonMap = {
            apiVersion: 'bindplane.observiq.com/v1',
            kind: 'Configuration',
            metadata: {
              name: configuration,
              ...(policy === undefined ? {} : { labels: { [POLICY_LABEL]: policy.name } }),
            },
            spec: { selector: { matchLabels: { configuration } }, parameters },
          };
          const resource = { kind: 'Configuration' as const, name: configuration, version };
          if (policy !== undefined) await tables.policies.put(policy);
          if (merge !== undefined) await tables.origins.put(originOf(merge, hash, clock.now()));
          await tables.configs.put({ hash, text, raw: text, configuration, version });
          await tables.resources.put({ ...resource, id: configuration, document, modifiedAt: clock.now() });
        }),
      ),
    );
  }

  start(configuration: string, options: RolloutOptions | null): Command | undefined {
    return this.#ask('start', configuration, ({ control }) => control.start(configuration, options));
  }

  change(name: RolloutCommandName, configuration: string): Command | undefined {
    return this.#ask(name, configuration, ({ control }) => control[name](configuration));
  }

  /** Nothing new of a configuration is offered (of none at all where it is empty), until that is lifted. */
  hold(configuration: string): Command | undefined {
    return this.#ask('hold', configuration, ({ control, clock }) =>
      control.hold({ configuration, reason: 'a freeze', by: 'operator', at: clock.now() }),
    );
  }

  lift(configuration: string): Command | undefined {
    return this.#ask('lift', configuration, ({ control }) => control.lift(configuration));
  }

  label(uid: string, labels: Readonly<Record<string, string>>): Command | undefined {
    return this.#ask('labels', uid, ({ engine, store }) =>
      engine.exclusively(() =>
        engine.agents.putLabels((work) => store.record(work), new Map([[uid, labels]])),
      ),
    );
  }

  /** Options of a rollout as clients send them; mostly none where a policy says how. */
  options(hasPolicy: boolean): RolloutOptions | null {
    const random = this.#random;
    if (random.chance(hasPolicy ? 0.8 : 0.15)) return null;
    return {
      maxErrors: random.below(4),
      rollbackOnFailure: random.chance(0.8),
      phaseAgentCount: {
        initial: random.between(1, 3),
        multiplier: random.pick([1, 2, 5]),
        maximum: random.pick([2, 10, 100]),
      },
    };
  }

  #ask(
    name: CommandName,
    on: string,
    work: (process: ServerProcess) => Promise<unknown>,
  ): Command | undefined {
    // What is asked of another process is handed on to the one that leads (app/replicas/forward.ts).
    const process = this.#cluster.leader;
    if (process === undefined || process.isPaused) return undefined;
    const command: Command = { id: `command ${this.commands.length + 1}`, name, on, process, answer: 'none' };
    this.commands.push(command);
    this.#world.tell('operator', name, on, 'at', process.name);
    process.hand(() => {
      const actor = { kind: 'user' as const, id: command.id, name: 'operator' };
      process.audit
        .run({ actor, from: '', action: name }, () => work(process))
        .then(
          (result) => this.#answer(command, 'done', isRollout(result) ? result : undefined),
          (error: unknown) => {
            this.#world.tell('operator', name, on, 'is refused:', errorText(error));
            this.#answer(command, 'refused', undefined);
          },
        );
    });
    return command;
  }

  #answer(command: Command, answer: 'done' | 'refused', rollout: Rollout | undefined): void {
    if (!command.process.isAlive) return;
    command.answer = answer;
    if (rollout !== undefined) command.rollout = rollout;
    if (answer === 'done') {
      this.#world.tell('operator', command.name, command.on, 'is done', rollout?.state ?? '');
    }
    this.#answered(command);
  }
}

/** Where a render came from, as a client says it; which pull request brought the commit it leaves to the webhook. */
function originOf(
  { commit, configuration }: SimulatedMerge,
  renderHash: string,
  receivedAt: number,
): StoredOrigin {
  return {
    configuration,
    renderHash,
    repository: REPOSITORY,
    commit,
    digest: commit,
    sourceMap: null,
    receivedAt,
  };
}

function isRollout(value: unknown): value is Rollout {
  return typeof value === 'object' && value !== null && 'members' in value;
}

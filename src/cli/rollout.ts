import { Option, type Command } from 'commander';
import type { RolloutView } from '../core/rollout/view.ts';
import type { ControlPlane, RolloutCommand, ServerRollout } from '../ports/control-plane.ts';
import { coloursOf } from './colours.ts';
import { UsageError, type CommandDefinition, type ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import { defineCheck } from './rollout-check.ts';
import { defineHolds } from './rollout-holds.ts';
import { defineLog } from './rollout-log.ts';
import { textTable } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly format: 'text' | 'json';
  readonly watch?: boolean;
  readonly agent?: string;
}

function show(rollout: ServerRollout, format: Options['format'], terminal: Terminal): void {
  if (format === 'json') {
    terminal.out(`${JSON.stringify(rollout, null, 2)}\n`);
    return;
  }
  const { configuration, version, status, phase, completed, errors, pending, waiting } = rollout;
  const counts = [phase, completed, errors, pending, waiting].map(String);
  terminal.out(
    textTable(
      ['name', 'status', 'phase', 'completed', 'errors', 'pending', 'waiting'],
      [[`${configuration}:${version}`, status, ...counts]],
    ),
  );
}

/** What a verb did: the rollout as it stands then, and what has to be said beside it. Undefined: there is no such configuration. */
interface Done {
  readonly rollout: ServerRollout;
  readonly said?: string;
  readonly failed?: true;
}

type Call = (
  server: ControlPlane,
  configuration: string,
  options: Options,
  terminal: Terminal,
) => Promise<Done | undefined>;

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly call: Call;
  /** Whether waiting for the end makes sense after it. */
  readonly watchable: boolean;
}

const done = async (call: Promise<ServerRollout | undefined>): Promise<Done | undefined> => {
  const rollout = await call;
  return rollout === undefined ? undefined : { rollout };
};

const VERBS: readonly Verb[] = [
  {
    name: 'status',
    summary: 'counts and state',
    call: (server, name) => done(server.rollout(name)),
    watchable: true,
  },
  {
    name: 'start',
    summary: "roll out the newest version, with the server's defaults",
    call: (server, name) => done(server.startRollout(name, null)),
    watchable: true,
  },
  {
    name: 'pause',
    summary: 'stop giving it to further agents',
    call: (server, name) => done(server.pauseRollout(name)),
    watchable: false,
  },
  { name: 'resume', summary: 'go on', call: resume, watchable: true },
  {
    name: 'promote',
    summary: 'let the present wave pass its gates and its soak (Collie servers)',
    call: command('promote', bindplaneCannot),
    watchable: true,
  },
  {
    name: 'abort',
    summary: 'end it where it stands; a BindPlane server is paused',
    call: command('abort', pauseInstead),
    watchable: false,
  },
  {
    name: 'rollback',
    summary: 'bring the version before back; a BindPlane server gets its spec as a new version',
    call: command('rollback', undoInstead),
    watchable: true,
  },
  {
    name: 'retry',
    summary: 'offer it again to agents that failed (Collie servers)',
    call: command('retry', bindplaneCannot),
    watchable: true,
  },
];

/** One of Collie's own commands, and what a BindPlane server is asked for instead. */
function command(name: RolloutCommand, instead: (name: RolloutCommand) => Call): Call {
  return async (server, configuration, options, terminal) => {
    if ((await server.rolloutViews()) === undefined) {
      return instead(name)(server, configuration, options, terminal);
    }
    const { agent } = options;
    return done(server.commandRollout(configuration, name, agent === undefined ? {} : { agent }));
  };
}

const CANNOT: Readonly<Partial<Record<RolloutCommand, string>>> = {
  promote:
    'a BindPlane server has no gates to pass and releases its batches by itself; a paused rollout goes on with: collie rollout resume',
  retry:
    'a BindPlane server offers a version again to nobody who refused it; apply a fixed version, or begin anew with: collie rollout start',
};

function bindplaneCannot(name: RolloutCommand): Call {
  return async (server, configuration) => {
    const rollout = await server.rollout(configuration);
    const said = `${CANNOT[name] ?? `a BindPlane server has no ${name}`} ${configuration}`;
    return rollout === undefined ? undefined : { rollout, said, failed: true };
  };
}

function pauseInstead(): Call {
  return async (server, configuration) => {
    const before = await server.rollout(configuration);
    if (before === undefined) return undefined;
    const rollout = before.status === 'started' ? await server.pauseRollout(configuration) : before;
    const { version, completed } = rollout;
    const runs = completed === 1 ? '1 agent runs' : `${completed} agents run`;
    const state = rollout.status === 'paused' ? 'it is paused where it stands' : `it is ${rollout.status}`;
    const said = `a BindPlane server has no abort: ${state}, and ${runs} version ${version}; bring the one before back with: collie rollout rollback ${configuration}`;
    return { rollout, said };
  };
}

/** The previous spec as a new version, as a driven rollout that fails does it. */
function undoInstead(): Call {
  return async (server, configuration, _, terminal) => {
    const latest = await server.configuration(configuration, 'latest');
    if (latest === undefined) return undefined;
    const current = await server.configuration(configuration, 'current');
    const { undoRollout } = await import('../flows/undo.ts');
    if (latest.rollout.status === 'started') await server.pauseRollout(configuration);
    const { undo, done: isDone } = await undoRollout({
      controlPlane: server,
      clock: terminal.clock,
      configuration,
      version: latest.version,
      ...(current === undefined || current.version === latest.version ? {} : { current: current.version }),
      deadlineMs: UNDO_DEADLINE_MS,
      onStep: (text) => terminal.err(`collie: ${text}\n`),
    });
    const rollout = (await server.rollout(configuration)) ?? latest.rollout;
    const { agents, applied, version } = undo;
    if (version === undefined) return { rollout, failed: true };
    const said = `version ${version} is version ${undo.of} again; ${applied} of ${agents} agents run it`;
    return isDone ? { rollout, said } : { rollout, said, failed: true };
  };
}

/** Longest silence of agents that are brought back: as long as where no policy says otherwise. */
const UNDO_DEADLINE_MS = 300_000;

/**
 * Goes on. One that stopped with errors is not resumed on a BindPlane server: it would give the same config to the next agents
 * and call itself Stable when nobody is left (reference/lab-bindplane.md §4).
 */
async function resume(server: ControlPlane, configuration: string): Promise<Done | undefined> {
  const before = await server.rollout(configuration);
  if (before === undefined) return undefined;
  if (before.status !== 'error' || (await server.rolloutViews()) !== undefined) {
    return done(server.resumeRollout(configuration));
  }
  const said = `version ${before.version} stopped because agents refused it; a BindPlane server would give it to the next ones and call it Stable in the end. Apply a fixed version, or begin anew with: collie rollout start ${configuration}`;
  return { rollout: before, said, failed: true };
}

/**
 * Follows a rollout, to its end or for one look, and prints it with the agents' own words. Only a Collie server knows lines here: it got them with
 * the apply.
 */
async function tell(
  server: ControlPlane,
  configuration: string,
  terminal: Terminal,
  deadlineMs?: number,
): Promise<RolloutView> {
  const [{ watchRollout }, { newsOf, rolloutTerminal }, views] = await Promise.all([
    import('../flows/watch.ts'),
    import('../core/report/rollout-terminal.ts'),
    server.rolloutViews(),
  ]);
  const colours = coloursOf(terminal);
  const from = views === undefined ? await versionBefore(server, configuration) : undefined;
  let last: RolloutView | undefined;
  const { view } = await watchRollout({
    controlPlane: server,
    clock: terminal.clock,
    configuration,
    configs: [],
    engine: views === undefined ? 'bindplane' : 'collie',
    ...(from === undefined ? {} : { fromVersion: from }),
    ...(deadlineMs === undefined
      ? {
          everyChange: true,
          onChange: async (changed) => {
            for (const line of newsOf(last, changed, { colours })) terminal.err(`${line}\n`);
            last = changed;
          },
        }
      : { deadlineMs }),
  });
  terminal.out(rolloutTerminal(view, { colours }));
  return view;
}

/** What a BindPlane server calls current while another version is rolled out; before any finished rollout that is the newest itself. */
async function versionBefore(server: ControlPlane, configuration: string): Promise<number | undefined> {
  const [current, rollout] = await Promise.all([
    server.configuration(configuration, 'current'),
    server.rollout(configuration),
  ]);
  if (current === undefined || rollout === undefined) return undefined;
  return current.version < rollout.version ? current.version : undefined;
}

/** `--watch`: 0 when it ends well, 1 when it does not. */
async function watch(server: ControlPlane, configuration: string, terminal: Terminal): Promise<ExitCode> {
  const { state } = await tell(server, configuration, terminal);
  return state === 'stable' || state === 'no-agents' ? 0 : 1;
}

async function run(
  verb: Verb,
  configuration: string,
  options: Options,
  terminal: Terminal,
): Promise<ExitCode> {
  if (configuration.includes(':')) {
    throw new UsageError(`${configuration}: a rollout is that of the newest version; give the name alone`);
  }
  const server = requiredControlPlane(options, terminal);
  const result = await verb.call(server, configuration, options, terminal);
  if (result === undefined) {
    terminal.err(`collie: the server has no configuration ${configuration}\n`);
    return 1;
  }
  if (result.said !== undefined) terminal.err(`collie: ${result.said}\n`);
  if (result.failed === true) return 1;
  if (options.watch === true) return watch(server, configuration, terminal);
  show(result.rollout, options.format, terminal);
  // Somebody refused: their words are what one looks for.
  if (options.format === 'text' && result.rollout.errors > 0) await tell(server, configuration, terminal, 0);
  return 0;
}

function define(
  group: Command,
  verb: Verb,
  start: (run: (terminal: Terminal) => Promise<ExitCode>) => void,
): void {
  const described = group
    .command(verb.name)
    .description(verb.summary)
    .argument('<configuration>', 'name of the configuration')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(controlPlaneOption())
    .addHelpText(
      'after',
      `\nExample:\n  collie rollout ${verb.name} shop-node --control-plane https://app.bindplane.com`,
    );
  if (verb.watchable) described.option('--watch', 'wait until it ends; fail when it fails');
  if (verb.name === 'retry') described.option('--agent <id>', 'only this agent');
  described.action((configuration: string, options: Options) => {
    start((terminal) => run(verb, configuration, options, terminal));
  });
}

/** `collie rollout`: look at and steer a rollout on a server. */
export const rollout: CommandDefinition = {
  name: 'rollout',
  usage:
    'rollout status|start|pause|resume|promote|abort|rollback|retry|log|check|hold|lift|holds CONFIGURATION|--all --control-plane URL [--watch] [--at TIME] [--reason TEXT] [--evidence TEXT]',
  summary: 'look at and steer a rollout',
  define(program, start) {
    const group = program.command('rollout').description('look at and steer a rollout');
    for (const verb of VERBS) define(group, verb, start);
    defineLog(group, start);
    defineCheck(group, start);
    defineHolds(group, start);
  },
};

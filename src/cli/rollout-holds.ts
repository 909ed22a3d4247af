import { Option, type Command } from 'commander';
import { closest } from '../core/document/closest.ts';
import { LIMITS } from '../core/document/limits.ts';
import { visibleLine } from '../core/report/untrusted.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { coloursOf } from './colours.ts';
import { UsageError, type ExitCode, type Run } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import type { Terminal } from './terminal.ts';

interface Target extends ServerOptions {
  readonly all?: true;
}

interface HoldOptions extends Target {
  readonly reason?: string;
}

interface ListOptions extends ServerOptions {
  readonly format: 'text' | 'json';
}

/** The configuration that is meant, or undefined for everything; wrong usage where neither or both are named. */
function targetOf(verb: 'hold' | 'lift', name: string | undefined, { all }: Target): string | undefined {
  const reason = verb === 'hold' ? ' --reason TEXT' : '';
  const ways = `collie rollout ${verb} CONFIGURATION${reason} for one, or collie rollout ${verb} --all${reason} for everything`;
  if ((name === undefined || name === '') && all !== true) {
    throw new UsageError(`${verb} what? Write ${ways}`);
  }
  if (name !== undefined && all === true) {
    throw new UsageError(`${name} and --all together leave open what is meant. Write ${ways}`);
  }
  if (name?.includes(':') === true) {
    throw new UsageError(`${name}: a hold is on every version; give the name alone`);
  }
  return name;
}

/** Why, as people write it; wrong usage where it is empty or too long. */
function reasonOf({ reason = '' }: HoldOptions): string {
  const text = reason.trim();
  const most = LIMITS.rollout.holdReasonCharacters;
  if (text === '') {
    throw new UsageError(
      'Say why, for whoever wonders later that nothing moves: --reason "incident 7, until the database is back"',
    );
  }
  const length = Array.from(text).length;
  if (length > most) throw new UsageError(`--reason has ${length} characters; at most ${most} are taken`);
  return text;
}

/** What there is in place of each verb on a server without holds. */
const INSTEAD = {
  hold: (name?: string) =>
    `pause ${name === undefined ? 'each rollout that is under way' : 'its rollout'} instead: collie rollout pause ${name ?? 'CONFIGURATION'}`,
  lift: (name?: string) => `what was paused goes on with: collie rollout resume ${name ?? 'CONFIGURATION'}`,
  holds: () => 'whether a rollout is paused tells: collie rollout status CONFIGURATION',
};

function bindplaneCannot(verb: keyof typeof INSTEAD, terminal: Terminal, name?: string): ExitCode {
  terminal.err(`collie: a BindPlane server has no holds; ${INSTEAD[verb](name)}\n`);
  return 1;
}

/** A mistyped name would hold nothing while people believe that it does. */
async function unknown(
  server: ControlPlane,
  name: string,
  terminal: Terminal,
): Promise<ExitCode | undefined> {
  const names = (await server.list('Configuration')).map((resource) => resource.name);
  if (names.includes(name)) return undefined;
  const near = closest(name, names);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  terminal.err(
    visibleLine(`collie: the server has no configuration ${name}, so nothing was held${meant}`) + '\n',
  );
  return 1;
}

async function hold(name: string | undefined, options: HoldOptions, terminal: Terminal): Promise<ExitCode> {
  const configuration = targetOf('hold', name, options);
  const reason = reasonOf(options);
  const server = requiredControlPlane(options, terminal);
  const [holds, { newHoldText }] = await Promise.all([server.holds(), import('../core/report/holds.ts')]);
  if (holds === undefined) return bindplaneCannot('hold', terminal, configuration);
  const refused = configuration === undefined ? undefined : await unknown(server, configuration, terminal);
  if (refused !== undefined) return refused;
  const held = await server.hold(reason, configuration);
  const before = holds.find((one) => one.configuration === configuration);
  terminal.out(newHoldText(held, before, { colours: coloursOf(terminal) }));
  return 0;
}

async function lift(name: string | undefined, options: Target, terminal: Terminal): Promise<ExitCode> {
  const configuration = targetOf('lift', name, options);
  const server = requiredControlPlane(options, terminal);
  const [holds, { liftedText, nothingToLift }] = await Promise.all([
    server.holds(),
    import('../core/report/holds.ts'),
  ]);
  if (holds === undefined) return bindplaneCannot('lift', terminal, configuration);
  if (!(await server.lift(configuration))) {
    terminal.err(`collie: ${nothingToLift(configuration, holds)}\n`);
    return 1;
  }
  const left = holds.filter((one) => one.configuration !== configuration);
  terminal.out(liftedText(configuration, left, { colours: coloursOf(terminal) }));
  return 0;
}

async function list(options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const server = requiredControlPlane(options, terminal);
  const [holds, { holdsText }] = await Promise.all([server.holds(), import('../core/report/holds.ts')]);
  if (holds === undefined) return bindplaneCannot('holds', terminal);
  if (options.format === 'json') {
    terminal.out(`${JSON.stringify(holds, null, 2)}\n`);
    return 0;
  }
  const now = new Date(terminal.clock.now()).toISOString();
  terminal.out(holdsText(holds, now, { colours: coloursOf(terminal) }));
  return 0;
}

/** `collie rollout hold`, `lift` and `holds`: what keeps anything new from being offered. */
export function defineHolds(group: Command, start: (run: Run) => void): void {
  const named = (verb: string, summary: string, all: string): Command =>
    group
      .command(verb)
      .description(summary)
      .argument('[configuration]', 'name of the configuration')
      .option('--all', all)
      .addOption(controlPlaneOption());
  named(
    'hold',
    'offer nothing new of a configuration, or of any, until it is lifted; going back is never held (Collie servers)',
    'stop everything',
  )
    .option('--reason <text>', 'why, for whoever wonders later (required)')
    .addHelpText(
      'after',
      '\nExamples:\n  collie rollout hold shop-node --reason "waits for the new certificate" --control-plane http://127.0.0.1:3001\n  collie rollout hold --all --reason "incident 7"',
    )
    .action((name: string | undefined, options: HoldOptions) => {
      start((terminal) => hold(name, options, terminal));
    });
  named(
    'lift',
    'end a hold: what waited goes on (Collie servers)',
    'end the stop of everything; holds by name stay',
  )
    .addHelpText('after', '\nExample:\n  collie rollout lift shop-node --control-plane http://127.0.0.1:3001')
    .action((name: string | undefined, options: Target) => {
      start((terminal) => lift(name, options, terminal));
    });
  group
    .command('holds')
    .description('what is held, why, by whom and since when (Collie servers)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(controlPlaneOption())
    .addHelpText('after', '\nExample:\n  collie rollout holds --control-plane http://127.0.0.1:3001')
    .action((options: ListOptions) => {
      start((terminal) => list(options, terminal));
    });
}

import { Argument, type Command } from 'commander';
import { LIMITS } from '../core/document/limits.ts';
import type { RolloutView } from '../core/rollout/view.ts';
import type { CheckedPhase, CheckWord, ControlPlane } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import { coloursOf } from './colours.ts';
import { UsageError, type ExitCode, type Run } from './command.ts';
import { controlPlaneOption, requiredControlPlane, type ServerOptions } from './connect.ts';
import type { Terminal } from './terminal.ts';

interface Options extends ServerOptions {
  readonly evidence?: string;
}

/** Longest wait for the gate's look; a server's gates look once a second. */
const LOOK_MS = 3000;
const PAUSE_MS = 100;

/** Wrong usage where a text is empty or longer than the server takes. */
function withinLimit(what: string, text: string, most: number): string {
  const length = Array.from(text).length;
  if (length > most) throw new UsageError(`${what} has ${length} characters; at most ${most} are taken`);
  return text;
}

function wordOf(name: string, verdict: CheckWord['verdict'], { evidence = '' }: Options): CheckWord {
  if (name.trim() === '') throw new UsageError('Give the check a name, like smoke or error-budget');
  const { checkNameCharacters, evidenceCharacters } = LIMITS.rollout;
  return {
    name: withinLimit('The name of the check', name.trim(), checkNameCharacters),
    verdict,
    evidence: withinLimit('--evidence', evidence.trim(), evidenceCharacters),
  };
}

/** The rollout once the gate has looked at what was said, or as it is when that takes too long. */
async function afterLook(
  server: ControlPlane,
  configuration: string,
  checked: CheckedPhase,
  clock: Terminal['clock'],
): Promise<RolloutView | undefined> {
  const { hasLooked } = await import('../core/report/outside-check.ts');
  const version = Number(checked.rollout.slice(configuration.length + 1).split('.', 1)[0]);
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    const view = (await server.rolloutViews())?.findLast(
      (one) => one.configuration === configuration && one.toVersion === version,
    );
    if (waitedMs >= LOOK_MS || hasLooked(checked, view)) return view;
    await clock.wait(PAUSE_MS);
  }
}

async function run(
  configuration: string,
  word: CheckWord,
  options: Options,
  terminal: Terminal,
): Promise<ExitCode> {
  if (configuration.includes(':')) {
    throw new UsageError(
      `${configuration}: a check speaks of the newest version's rollout; give the name alone`,
    );
  }
  const server = requiredControlPlane(options, terminal);
  if ((await server.rolloutViews()) === undefined) {
    terminal.err(
      `collie: a BindPlane server has no gates that ask checks outside; where a check says no, stop the rollout instead: collie rollout pause ${configuration}\n`,
    );
    return 1;
  }
  const checked = await server.checkRollout(configuration, word).catch((error: unknown) => {
    if (error instanceof OperationError && error.code === 'conflict') return 'never' as const;
    throw error;
  });
  if (checked === 'never') {
    terminal.err(
      `collie: ${configuration} was never rolled out, and a check speaks of the phase under way; begin with: collie rollout start ${configuration}\n`,
    );
    return 1;
  }
  if (checked === undefined) {
    terminal.err(`collie: the server has no configuration ${configuration}\n`);
    return 1;
  }
  const { checkText, uselessCheck } = await import('../core/report/outside-check.ts');
  const useless = uselessCheck(checked);
  if (useless !== undefined) {
    terminal.err(`collie: ${useless}\n`);
    return 1;
  }
  const view = await afterLook(server, configuration, checked, terminal.clock);
  terminal.out(checkText(word, checked, view, { colours: coloursOf(terminal) }));
  return 0;
}

/** `collie rollout check`: what a check outside says of the phase of a rollout that is under way. */
export function defineCheck(group: Command, start: (run: Run) => void): void {
  group
    .command('check')
    .description('what a check outside (a test run, an alert) says of the phase under way (Collie servers)')
    .argument('<configuration>', 'name of the configuration')
    .argument('<name>', 'what is checked; its last word counts')
    .addArgument(new Argument('<verdict>', 'its word').choices(['pass', 'fail', 'inconclusive']))
    .option('--evidence <text>', 'what it goes by, for people; never a secret')
    .addOption(controlPlaneOption())
    .addHelpText(
      'after',
      '\nExample:\n  collie rollout check shop-node smoke fail --evidence "3 of 9 requests failed" --control-plane http://127.0.0.1:3001',
    )
    .action((configuration: string, name: string, verdict: CheckWord['verdict'], options: Options) => {
      start((terminal) => run(configuration, wordOf(name, verdict, options), options, terminal));
    });
}

import { Option } from 'commander';
import { durationMs } from '../flows/duration.ts';
import { planTerminal } from '../core/report/terminal.ts';
import { rolloutText } from '../core/report/rollout-facts.ts';
import { apply as carryOut, keptByPrune } from '../flows/apply.ts';
import { loadCatalogue } from '../io/files.ts';
import { gitCommit, gitTopLevel } from '../io/git.ts';
import { coloursOf } from './colours.ts';
import { UsageError, type CommandDefinition, type ExitCode } from './command.ts';
import { controlPlaneOption, requiredControlPlane } from './connect.ts';
import { hasChanges, planOf, type PlanOptions } from './plan.ts';
import { readingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

interface Options extends PlanOptions {
  readonly prune?: boolean;
  readonly rollout: 'auto' | 'manual' | 'none';
  readonly wait: string;
  readonly yes?: boolean;
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const waitMs = durationMs(options.wait);
  if (waitMs === undefined) throw new UsageError(`--wait ${options.wait}: write it like 90s, 15m or 2h`);
  const controlPlane = requiredControlPlane(options, terminal);
  const review = await planOf(paths, options, terminal, controlPlane);
  terminal.err(planTerminal(review.plan, { colours: coloursOf(terminal) }));
  if (!hasChanges(review.plan)) return 0;
  if (!review.plan.applyable) {
    terminal.err(`collie: not applied: ${(review.plan.notApplyableReasons ?? []).join('; ')}\n`);
    return 1;
  }
  if (options.yes !== true) {
    terminal.err('collie: nothing was applied; give --yes to apply this plan\n');
    return 64;
  }
  const top = (await gitTopLevel(terminal.directory)) ?? terminal.directory;
  const result = await carryOut({
    review,
    controlPlane,
    clock: terminal.clock,
    catalogue: await loadCatalogue(),
    origin: { repository: top.split('/').at(-1) ?? 'local', commit: (await gitCommit(top)) ?? 'worktree' },
    rollout: options.rollout,
    waitMs,
    prune: options.prune === true,
    onStep: ({ step, state, text }) => {
      terminal.err(`${step.text}: ${state}: ${text}\n`);
    },
    onRollout: async (view) => {
      terminal.err(`${rolloutText(view)}\n`);
    },
  });
  const kept = options.prune === true ? [] : keptByPrune(review.plan);
  if (kept.length > 0) terminal.err(`kept, since --prune was not given: ${kept.join(', ')}\n`);
  for (const view of result.views) terminal.out(`${rolloutText(view)}\n`);
  return result.failed ? 1 : 0;
}

/** `collie apply`: brings a server to what the files say, and follows the rollouts. */
export const apply: CommandDefinition = {
  name: 'apply',
  usage: 'apply [PATH…] --control-plane URL [--prune] [--rollout auto|manual|none] [--wait DURATION] --yes',
  summary: 'bring a server to what the files say, and follow the rollouts',
  define(program, start) {
    readingOptions(
      program.command('apply').description('bring a server to what the files say, and follow the rollouts'),
    )
      .option('--base <ref>', 'apply only what changed since this revision (default: everything)')
      .option('--head <ref>', 'apply this revision (default: the files on disk)')
      .addOption(controlPlaneOption())
      .option('--prune', 'delete resources whose files are gone since --base')
      .addOption(
        new Option('--rollout <mode>', 'what to do with new versions')
          .choices(['auto', 'manual', 'none'])
          .default('auto'),
      )
      .option('--wait <duration>', 'longest wait for each rollout; 0 does not wait', '15m')
      .option('--yes', 'apply; without it the plan is shown')
      .addHelpText(
        'after',
        '\nExample:\n  collie apply bindplane/ --control-plane https://app.bindplane.com --yes',
      )
      .action((paths: string[], options: Options) => {
        start((terminal) => run(paths, options, terminal));
      });
  },
};

import { hasChanges } from '../core/plan/changes.ts';
import { Option } from 'commander';
import { durationMs } from '../flows/duration.ts';
import { planTerminal } from '../core/report/terminal.ts';
import { createRedactor } from '../core/report/redact.ts';
import { rolloutLine, rolloutTerminal } from '../core/report/rollout-terminal.ts';
import { visibleBlock, visibleLine } from '../core/report/untrusted.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { apply as carryOut, keptByPrune } from '../flows/apply.ts';
import { stopForFindings, stopText } from '../flows/reviewed-check.ts';
import { loadCatalogue } from '../io/files.ts';
import { gitCommit, gitTopLevel } from '../io/git.ts';
import { coloursOf } from './colours.ts';
import { FAIL_ON, UsageError, type CommandDefinition, type ExitCode, type FailOn } from './command.ts';
import { controlPlaneOption, requiredControlPlane } from './connect.ts';
import { planOf, type PlanOptions } from './plan.ts';
import { readingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

interface Options extends PlanOptions {
  readonly prune?: boolean;
  readonly rollout: 'auto' | 'manual' | 'none';
  readonly wait: string;
  readonly yes?: boolean;
  readonly failOn: FailOn;
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const waitMs = durationMs(options.wait);
  if (waitMs === undefined) throw new UsageError(`--wait ${options.wait}: write it like 90s, 15m or 2h`);
  const controlPlane = requiredControlPlane(options, terminal);
  const review = await planOf(paths, options, terminal, controlPlane);
  const colours = coloursOf(terminal);
  const redaction = redactionOf(review.base, review.head);
  const redactor = createRedactor(redaction);
  terminal.err(planTerminal(review.plan, { colours, redaction }));
  if (!hasChanges(review.plan)) return 0;
  const stop = stopForFindings(review, options.failOn, '--fail-on never');
  if (stop !== undefined) {
    terminal.err(visibleBlock(redactor.text(`collie: not applied. ${stopText(stop)}\n`)));
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
      terminal.err(`${visibleLine(redactor.text(`${step.text}: ${state}: ${text}`))}\n`);
    },
    onRollout: async (view) => {
      terminal.err(`${rolloutLine(view, { colours, redactor })}\n`);
    },
  });
  const kept = options.prune === true ? [] : keptByPrune(review.plan);
  if (kept.length > 0) terminal.err(`kept, since --prune was not given: ${kept.join(', ')}\n`);
  for (const view of result.views) terminal.out(rolloutTerminal(view, { colours, redactor }));
  return result.failed ? 1 : 0;
}

/** `collie apply`: brings a server to what the files say, and follows the rollouts. */
export const apply: CommandDefinition = {
  name: 'apply',
  usage:
    'apply [PATH…] --control-plane URL [--prune] [--rollout auto|manual|none] [--wait DURATION] [--fail-on error|warning|notice|never] --yes',
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
      .addOption(
        new Option(
          '--fail-on <severity>',
          'findings that keep it from applying; what cannot be applied as it is written is never applied',
        )
          .choices(FAIL_ON)
          .default('error'),
      )
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

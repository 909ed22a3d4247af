import { resolve } from 'node:path';
import { Option } from 'commander';
import { hasFindingsAtLeast } from '../core/document/finding.ts';
import { hasChanges } from '../core/plan/changes.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { RedactorOptions } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { review, type Review } from '../flows/review.ts';
import { loadCatalogue, loadTypes } from '../io/files.ts';
import { EMPTY_TREE, gitDefaultBranch, WORKTREE } from '../io/git.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { coloursOf } from './colours.ts';
import {
  FAIL_ON,
  threshold,
  UsageError,
  type CommandDefinition,
  type ExitCode,
  type FailOn,
} from './command.ts';
import { controlPlaneOf, controlPlaneOption, type ServerOptions } from './connect.ts';
import { inputsOf, type Inputs } from './inputs.ts';
import { inventory, readingOptions, type ReadingOptions } from './reading.ts';
import type { Terminal } from './terminal.ts';

export interface PlanOptions extends ReadingOptions, ServerOptions {
  readonly base?: string;
  readonly head?: string;
}

interface Options extends PlanOptions {
  readonly format: 'terminal' | 'markdown' | 'json' | 'html';
  readonly detailedExitcode?: boolean;
  readonly failOn: FailOn;
}

async function revision(inputs: Inputs, option: string, value: string): Promise<string> {
  const found = await inputs.repository.resolve(value);
  if (found === undefined) throw new UsageError(`${option} ${value} is not in this repository`);
  return found;
}

/** The merge base with the default branch; without git, or with a server and no branch to compare with, nothing. */
async function defaultBase(inputs: Inputs, head: string): Promise<string> {
  if (!inputs.git) return EMPTY_TREE;
  const branch = await gitDefaultBranch(inputs.root);
  if (branch === undefined) return EMPTY_TREE;
  const tip = head === WORKTREE ? 'HEAD' : head;
  return (await inputs.repository.mergeBase(branch, tip)) ?? EMPTY_TREE;
}

/**
 * The plan that PATH, `--base`, `--head` and `--control-plane` mean. With a server and no `--base`, everything in the files is compared with
 * what the server has.
 */
export async function planOf(
  paths: readonly string[],
  options: PlanOptions,
  terminal: Terminal,
  controlPlane: ControlPlane | undefined,
): Promise<Review> {
  const inputs = await inputsOf(paths, terminal);
  const head = options.head === undefined ? WORKTREE : await revision(inputs, '--head', options.head);
  const unsetBase =
    controlPlane === undefined ? () => defaultBase(inputs, head) : () => Promise.resolve(EMPTY_TREE);
  const base =
    options.base === undefined ? await unsetBase() : await revision(inputs, '--base', options.base);
  const [types, catalogue, agents] = await Promise.all([
    loadTypes(options.types.map((folder) => resolve(terminal.directory, folder))),
    loadCatalogue(),
    inventory(options.agents, terminal),
  ]);
  const { collectorVersion } = options;
  return review({
    repository: inputs.repository,
    base,
    head,
    paths: inputs.paths,
    named: inputs.named,
    types,
    catalogue,
    ...(agents === undefined ? {} : { agents }),
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  });
}

async function print(
  plan: Plan,
  redaction: RedactorOptions,
  format: Options['format'],
  terminal: Terminal,
): Promise<void> {
  if (format === 'terminal') {
    const { planTerminal } = await import('../core/report/terminal.ts');
    terminal.out(planTerminal(plan, { colours: coloursOf(terminal), redaction }));
  } else if (format === 'json') {
    const [{ planJson }, { jsonText }] = await Promise.all([
      import('../core/report/plan-json.ts'),
      import('../core/report/json-text.ts'),
    ]);
    terminal.out(jsonText(planJson(plan, redaction)));
  } else if (format === 'html') {
    const { planHtml } = await import('../core/report/plan-html.ts');
    terminal.out(planHtml(plan, { redaction }));
  } else {
    const { planJobSummary } = await import('../core/report/summary.ts');
    terminal.out(`${planJobSummary(plan, { redaction }).trimEnd()}\n`);
  }
}

async function run(paths: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const { plan, base, head } = await planOf(paths, options, terminal, controlPlaneOf(options, terminal));
  await print(plan, redactionOf(base, head), options.format, terminal);
  const least = threshold(options.failOn);
  if (least !== undefined && hasFindingsAtLeast(plan.findings, least)) return 1;
  return options.detailedExitcode === true && hasChanges(plan) ? 2 : 0;
}

/** `collie plan`: what a change means for the fleet. */
export const plan: CommandDefinition = {
  name: 'plan',
  usage:
    'plan [PATH…] [--base REF] [--head REF] [--control-plane URL] [--agents FILE] [--format terminal|markdown|json|html]',
  summary: 'what a change means for the fleet',
  define(program, start) {
    readingOptions(program.command('plan').description('what a change means for the fleet'))
      .option(
        '--base <ref>',
        'compare with this revision, or `none` (default: merge base with the default branch)',
      )
      .option('--head <ref>', 'plan this revision (default: the files on disk)')
      .addOption(controlPlaneOption())
      .addOption(
        new Option('--format <format>', 'how to print')
          .choices(['terminal', 'markdown', 'json', 'html'])
          .default('terminal'),
      )
      .addOption(
        new Option('--fail-on <severity>', 'findings that make it end with 1')
          .choices(FAIL_ON)
          .default('error'),
      )
      .option('--detailed-exitcode', 'end with 2 when there are changes')
      .addHelpText('after', '\nExample:\n  collie plan --base origin/main --format markdown')
      .action((paths: string[], options: Options) => {
        start((terminal) => run(paths, options, terminal));
      });
  },
};

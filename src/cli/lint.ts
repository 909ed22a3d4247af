import { Option } from 'commander';
import type { Finding } from '../core/document/finding.ts';
import { hasFindingsAtLeast } from '../core/document/finding.ts';
import { createRedactor } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import type { Terminal } from './terminal.ts';
import { FAIL_ON, threshold, type CommandDefinition, type FailOn } from './command.ts';
import { countsOf, readingOptions, readWorktree, type ReadFiles, type ReadingOptions } from './reading.ts';

interface Options extends ReadingOptions {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly failOn: FailOn;
}

async function print(
  findings: readonly Finding[],
  read: ReadFiles,
  format: Options['format'],
  terminal: Terminal,
  durationMs: number,
): Promise<void> {
  const counts = countsOf(read.revision);
  const redactor = createRedactor(redactionOf(read.revision.view));
  switch (format) {
    case 'json': {
      const [{ findingsJson }, { jsonText }] = await Promise.all([
        import('../core/report/findings-json.ts'),
        import('../core/report/json-text.ts'),
      ]);
      terminal.out(jsonText({ findings: findingsJson(findings, redactor), counts }));
      return;
    }
    case 'sarif': {
      const [{ sarif }, { jsonText }, { RULES }] = await Promise.all([
        import('../core/report/sarif.ts'),
        import('../core/report/json-text.ts'),
        import('../core/lint/index.ts'),
      ]);
      terminal.out(
        jsonText(sarif(findings, { redactor, rules: new Map(RULES.map((rule) => [rule.id, rule.summary])) })),
      );
      return;
    }
    case 'github': {
      const { workflowCommands } = await import('../core/report/annotations.ts');
      for (const line of workflowCommands(findings, redactor)) terminal.out(`${line}\n`);
      return;
    }
    case 'text': {
      const [{ lintText }, { coloursOf }] = await Promise.all([
        import('../core/report/lint-text.ts'),
        import('./colours.ts'),
      ]);
      terminal.out(lintText(findings, { counts, durationMs, colours: coloursOf(terminal), redactor }));
    }
  }
}

/** `collie lint`: what is wrong, where, and what to do. */
export const lint: CommandDefinition = {
  name: 'lint',
  usage: 'lint [PATH…] [--format text|json|sarif|github] [--fail-on error|warning|notice|never]',
  summary: 'findings with their lines and fixes',
  define(program, start) {
    readingOptions(program.command('lint').description('findings with their lines and fixes'))
      .addOption(
        new Option('--format <format>', 'how to print')
          .choices(['text', 'json', 'sarif', 'github'])
          .default('text'),
      )
      .addOption(
        new Option('--fail-on <severity>', 'findings that make it end with 1')
          .choices(FAIL_ON)
          .default('error'),
      )
      .addHelpText('after', '\nExample:\n  collie lint bindplane/ --format sarif > collie.sarif')
      .action((paths: string[], options: Options) => {
        start(async (terminal) => {
          const startedAt = terminal.clock.now();
          const [read, catalogue, rules] = await Promise.all([
            readWorktree(paths, options, terminal),
            import('../io/files.ts').then((files) => files.loadCatalogue()),
            import('../core/lint/lint.ts'),
          ]);
          const { collectorVersion } = options;
          const all = rules.lint({
            head: read.revision.view,
            catalogue,
            ...(collectorVersion === undefined ? {} : { collectorVersion }),
          });
          const findings = all.filter(({ at }) => at === undefined || read.isAsked(at.file));
          await print(findings, read, options.format, terminal, terminal.clock.now() - startedAt);
          const least = threshold(options.failOn);
          return least !== undefined && hasFindingsAtLeast(findings, least) ? 1 : 0;
        });
      });
  },
};

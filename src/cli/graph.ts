import { Option } from 'commander';
import { topologyOf } from '../core/plan/topology.ts';
import { jsonText } from '../core/report/json-text.ts';
import { topologyDot, topologyJson, topologyMermaid } from '../core/report/topology-text.ts';
import type { CommandDefinition } from './command.ts';
import { readingOptions, readWorktree, type ReadingOptions } from './reading.ts';

interface Options extends ReadingOptions {
  readonly format: 'mermaid' | 'dot' | 'json';
}

/** `collie graph`: sources, configurations and where they send, as a picture. */
export const graph: CommandDefinition = {
  name: 'graph',
  usage: 'graph [PATH…] [--format mermaid|dot|json]',
  summary: 'sources, configurations and where they send, as a picture',
  define(program, start) {
    readingOptions(
      program.command('graph').description('sources, configurations and where they send, as a picture'),
    )
      .addOption(
        new Option('--format <format>', 'how to print')
          .choices(['mermaid', 'dot', 'json'])
          .default('mermaid'),
      )
      .addHelpText('after', '\nExample:\n  collie graph bindplane/ --format dot | dot -Tsvg > fleet.svg')
      .action((paths: string[], options: Options) => {
        start(async (terminal) => {
          const { revision } = await readWorktree(paths, options, terminal);
          const topology = topologyOf(revision.view);
          if (topology.nodes.length === 0) terminal.err('collie: these files hold no Configuration\n');
          if (options.format === 'json') terminal.out(jsonText(topologyJson(topology)));
          else terminal.out(options.format === 'dot' ? topologyDot(topology) : topologyMermaid(topology));
          return 0;
        });
      });
  },
};

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lint } from '../../src/core/lint/lint.ts';
import type { TrialStage } from '../../src/core/collector/trial/ending.ts';
import { tryConfigs } from '../../src/flows/try-configs.ts';
import { collectorProgram } from '../../src/io/collector-program.ts';
import { builtInCatalogue } from '../support/catalogue.ts';
import { rawConfig } from '../support/raw-config.ts';
import { repositoryView } from '../support/repository.ts';
import { buildBinaries } from './build.ts';

/**
 * Which stage of a trial catches which mistake: every recorded refusal of a collector, its config given to a real one again, once as
 * `validate` sees it and once started on loopback. `node test/collectors/stages.ts [--collector PATH]` prints the table.
 */
const RECORDED = resolve(import.meta.dirname, '../core/collector/errors/collector-errors.json');

interface Sample {
  readonly cause: string;
  readonly config: string;
  readonly where: string;
  readonly text: string;
}

/** Who told of a mistake: the first stage that does, nobody, or nobody but by saying that it cannot be told here. */
export type CaughtBy = TrialStage | 'untried' | 'nobody';

export interface StageRow {
  readonly cause: string;
  /** Where the recording was made: `validate` or `start`. */
  readonly recorded: string;
  readonly by: CaughtBy;
  /** Whether a finding stands on a line. */
  readonly placed: boolean;
  /** Whether lint tells of an error, without any binary. */
  readonly lint: boolean;
  readonly words: string;
}

/** Every cause that was recorded of a collector itself, each once. */
function causes(): readonly Sample[] {
  const samples = (JSON.parse(readFileSync(RECORDED, 'utf8')) as readonly Sample[]).filter(
    ({ where, text }) => /^(?:validate|start) stderr$/.test(where) && text.trim() !== '',
  );
  return [...new Map(samples.map((sample) => [`${sample.where} ${sample.cause}`, sample])).values()];
}

export async function stageRows(collector: string, runForMs: number): Promise<readonly StageRow[]> {
  const catalogue = builtInCatalogue();
  const program = await collectorProgram(collector);
  const samples = causes();
  const configs = samples.map(({ config }, index) => ({
    config: rawConfig('config.yaml', config, `case-${index}`),
    versions: [],
  }));
  const { tried } = await tryConfigs([program], configs, { catalogue, runForMs });
  return samples.map(({ cause, config, where }, index) => {
    const findings = tried[index]?.findings ?? [];
    const [first] = findings.toSorted((a, b) => (a.severity < b.severity ? -1 : 1));
    const by = (/^collector-(validate|start|run|untried)$/.exec(first?.rule ?? '')?.[1] ??
      'nobody') as CaughtBy;
    const alone = repositoryView({ 'config.yaml': config });
    return {
      cause,
      recorded: where.replace(' stderr', ''),
      by,
      placed: first?.at !== undefined,
      lint: lint({ head: alone, catalogue, collectorVersion: program.capabilities.version }).some(
        ({ severity }) => severity === 'error',
      ),
      words: first?.message ?? '',
    };
  });
}

/** The rows as people read them, with counts first. */
export function stageTable(rows: readonly StageRow[]): string {
  const counts = [...Map.groupBy(rows, ({ by }) => by)].map(([by, all]) => `${by} ${all.length}`);
  const lines = rows
    .toSorted((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))
    .map(({ cause, recorded, by, lint: isLinted, placed }) =>
      [by.padEnd(9), recorded.padEnd(9), isLinted ? 'lint' : '    ', placed ? 'line' : '    ', cause].join(
        ' ',
      ),
    );
  return [
    `${rows.length} causes: ${counts.join(', ')}`,
    '',
    'caught by recorded lint line cause',
    ...lines,
    '',
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { collector: { type: 'string' } } });
  const built =
    values.collector === undefined ? buildBinaries((text) => process.stderr.write(`${text}\n`)) : undefined;
  if (built !== undefined && 'reason' in built) throw new Error(built.reason);
  const collector = values.collector ?? built?.collector ?? '';
  process.stdout.write(stageTable(await stageRows(collector, 1000)));
}

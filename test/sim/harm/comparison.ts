import { Random } from '../random.ts';
import type { BadConfig, Harm } from './bad-configs.ts';
import { HarmedFleet } from './fleet.ts';
import { bindplaneSchedule, collieSchedule, type Outcome } from './schedules.ts';

/** One bad config under each schedule, on the same agents. */
export interface Row {
  readonly config: BadConfig;
  readonly bindplane: Outcome;
  readonly plain: Outcome;
  readonly metrics: Outcome;
}

/** Runs each bad config on a fleet of its own, the same for every schedule. */
export function comparison(configs: readonly BadConfig[], agents: number, random: Random): readonly Row[] {
  return configs.map((config) => {
    const seed = random.below(2 ** 31);
    const fleet = (): HarmedFleet => new HarmedFleet(config, agents, new Random(seed));
    return {
      config,
      bindplane: bindplaneSchedule(fleet()),
      plain: collieSchedule(fleet(), false),
      metrics: collieSchedule(fleet(), true),
    };
  });
}

const KINDS: readonly Harm[] = [
  'refused',
  'crash-loop',
  'unhealthy',
  'drops-all',
  'backend-401',
  'dead-backend',
];

/** A line for each kind of harm: agents harmed in all, how many of the configs were noticed, and after how long (median). */
export function comparisonText(rows: readonly Row[]): string {
  const lines = [
    ['kind', 'configs', 'BindPlane', 'Collie, no metrics', 'Collie, own metrics', 'noticed by'],
    ...KINDS.map((harm) =>
      line(
        harm,
        rows.filter(({ config }) => config.harm === harm),
      ),
    ),
    line('all', rows),
  ];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0))) ?? [];
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function line(kind: string, rows: readonly Row[]): readonly string[] {
  const causes = new Map<string, number>();
  for (const { metrics } of rows) {
    if (metrics.by !== undefined) causes.set(metrics.by, (causes.get(metrics.by) ?? 0) + 1);
  }
  const by = [...causes].toSorted(([, a], [, b]) => b - a).map(([cause, count]) => `${cause} ${count}`);
  return [
    kind,
    String(rows.length),
    cell(rows.map(({ bindplane }) => bindplane)),
    cell(rows.map(({ plain }) => plain)),
    cell(rows.map(({ metrics }) => metrics)),
    kind === 'all' ? '' : by.join(', '),
  ];
}

function cell(outcomes: readonly Outcome[]): string {
  const harmed = outcomes.reduce((sum, outcome) => sum + outcome.harmed, 0);
  const noticed = outcomes.flatMap(({ stoppedMs }) => stoppedMs ?? []).toSorted((a, b) => a - b);
  const median = noticed[Math.floor(noticed.length / 2)];
  const after = median === undefined ? '' : `, ${Math.round(median / 1000)} s`;
  return `${harmed} (${noticed.length}/${outcomes.length}${after})`;
}

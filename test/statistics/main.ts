import { CANARIES, ROWS, SETTINGS, play } from './table.ts';

/** `node test/statistics/main.ts [RUNS] [SEED]`: the table of waves stopped by statistics, beside the reference's. */
const [runs = 4000, seed = 1] = process.argv.slice(2).map(Number);

process.stdout.write(`${runs} waves a cell, seed ${seed}; ${SETTINGS}\n`);
process.stdout.write(
  'Share of waves stopped (window at which half of them were); in brackets: the reference\n\n',
);
const cells = (row: (typeof ROWS)[number]): readonly string[] =>
  CANARIES.map((canaries, index) => {
    const { percent, medianWindow } = play(row, canaries, runs, seed);
    const when = medianWindow === undefined || row.ratio === 1 ? '' : ` (${medianWindow})`;
    return `${percent.toFixed(percent < 10 ? 2 : 1)} %${when} [${row.printed[index] ?? ''}]`;
  });
process.stdout.write(
  `${''.padEnd(55)} ${CANARIES.map((count) => `${count} ${count === 1 ? 'canary' : 'canaries'}`.padEnd(28)).join('')}\n`,
);
for (const row of ROWS) {
  process.stdout.write(
    `${row.name.padEnd(55)} ${cells(row)
      .map((cell) => cell.padEnd(28))
      .join('')}\n`,
  );
}

/** Columns of text, two spaces apart, without trailing spaces; the head in capitals, its words apart. Control characters become spaces. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')));
  const all = [head.map((title) => title.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase()), ...clean];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

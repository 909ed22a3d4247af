/** A key that starts later in its line is none. */
const LINE_CHARACTERS = 500;

/**
 * The path of keys around a line of YAML text, read by indentation alone, so that it also works where the text is no YAML; empty for
 * line 0 and beyond the end. Sequences count as part of their key.
 */
export function pathAtLine(text: string, line: number): readonly string[] {
  const open: { readonly indent: number; readonly key: string }[] = [];
  const lines = text.split('\n');
  if (line < 1 || line > lines.length) return [];
  for (const current of lines.slice(0, line)) {
    const match = /^([ \t]*(?:- )*)("[^"]*"|'[^']*'|[^\s:#"'][^:#]*?)\s*:(?:\s|$)/.exec(
      current.slice(0, LINE_CHARACTERS),
    );
    if (match === null) continue;
    const indent = (match[1] ?? '').length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    open.push({ indent, key: (match[2] ?? '').replace(/^["']|["']$/g, '') });
  }
  return open.map(({ key }) => key);
}

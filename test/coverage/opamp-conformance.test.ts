import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPAMP_RULES } from './opamp-conformance.ts';

const TESTS = join(import.meta.dirname, '..');
const FOLDERS = ['core/opamp', 'app/opamp', 'collectors'];
const PAGE = join(import.meta.dirname, '..', '..', 'app', 'opamp', 'CONFORMANCE.md');

/** Ids in the names of tests (`it('OAP-101 …'`, also several, and where the name stands on a line of its own) → files of `test/`. */
function filesByRule(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const folder of FOLDERS) {
    const names = readdirSync(join(TESTS, folder)).filter((name) => /\.(test|case)\.ts$/.test(name));
    for (const name of names.toSorted()) {
      const text = readFileSync(join(TESTS, folder, name), 'utf8');
      const titles = [...text.matchAll(/['"`]((?:OAP-\d{3} )+)/g)].map((match) => match[1] ?? '');
      for (const id of new Set(titles.flatMap((title) => title.trim().split(' ')))) {
        found.set(id, [...(found.get(id) ?? []), `${folder}/${name}`]);
      }
    }
  }
  return found;
}

function page(files: ReadonlyMap<string, readonly string[]>): string {
  const rows = Object.entries(OPAMP_RULES).map(
    ([id, rule]) => `| ${id} | ${rule} | ${(files.get(id) ?? []).map((file) => `\`${file}\``).join(', ')} |`,
  );
  return `# How far the server follows OpAMP

Specification v0.20, over WebSocket and plain HTTP. Each rule names the tests (below \`test/\`) that hold it.
Written by \`npm test -- test/coverage/opamp-conformance.test.ts --update\`.

On purpose it is otherwise here:

- Packages are shown and never offered.
- Own telemetry and credentials are offered only where the settings say so; an offer of OpAMP settings is whole or is not made.
- Nothing is pushed to an agent that has not shown itself to be a collector, or that does not say what becomes of configs.
- An agent that sends too fast is read more slowly; over plain HTTP it gets 429. No message of a socket is dropped.
- Of two living agents with one uid the newer gets another uid; the older is left alone.
- Overload is told before the upgrade (503 with Retry-After) and never by ending a connection: clients redial at once when they lose one.

| id | rule | tests |
| - | - | - |
${rows.join('\n')}
`;
}

describe('the rules of OpAMP', () => {
  const files = filesByRule();

  it('have a test each, whose name carries their id', () => {
    expect(Object.keys(OPAMP_RULES).filter((id) => !files.has(id))).toEqual([]);
  });

  it('are all that tests name', () => {
    expect([...files.keys()].filter((id) => OPAMP_RULES[id] === undefined)).toEqual([]);
  });

  it('stand on a page', async () => {
    await expect(page(files)).toMatchFileSnapshot(PAGE);
  });
});

import { expect, it } from 'vitest';
import { textTable } from '../../src/cli/table.ts';
import { collie } from './support.ts';

it('has the words of its head apart, nothing that moves the cursor, and no blanks at the end of lines', () => {
  const rows = [
    ['a', ''],
    ['bcd', 'n\u0007w'],
  ];
  expect(textTable(['id', 'createdAt'], rows)).toBe('ID   CREATED AT\na\nbcd  n w\n');
});

it('is told how to ask for the help of a command of a command', async () => {
  const { code, err } = await collie(['agents', 'why']);
  expect(err).toContain('Try: collie agents why --help');
  expect(code).toBe(64);
});

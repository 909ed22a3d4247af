import type { CommandDefinition } from '../../src/cli/command.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { StoreCopies } from '../store/index.ts';

interface Options {
  readonly store?: string;
}

/** `collie store`: copies of what the app remembers. */
export const storeCommand: CommandDefinition = {
  name: 'store',
  usage: 'store backup|restore FILE [--store FOLDER]',
  summary: 'copies the store of a server to a file, also while it runs, and puts a copy back',
  define(program, start) {
    const store = program.command('store').description('copies what `collie serve` remembers');
    store
      .command('backup <file>')
      .description('copies the store to a new file, whole and checked; the server may run meanwhile')
      .option('--store <folder>', 'folder of the store (default: COLLIE_STORE, else ./.collie)')
      .addHelpText('after', '\nExample:\n  collie store backup /var/backups/collie-$(date +%F).sqlite')
      .action((file: string, options: Options) => {
        start(async (terminal) => {
          const { location, copies } = await copiesOf(options, terminal);
          await copies.backUp(location, file);
          terminal.err(
            `The store ${location} is in ${file}. It holds secrets; the key they are encrypted with is not in it: keep both, apart.\n`,
          );
          return 0;
        });
      });
    store
      .command('restore <file>')
      .description('puts a backup in the place of the store; the server must not run')
      .option('--store <folder>', 'folder of the store (default: COLLIE_STORE, else ./.collie)')
      .addHelpText('after', '\nExample:\n  collie store restore /var/backups/collie-2026-01-02.sqlite')
      .action((file: string, options: Options) => {
        start(async (terminal) => {
          const { location, copies } = await copiesOf(options, terminal);
          const { kept } = await copies.restore(location, file, terminal.clock.now());
          const before = kept === undefined ? '' : ` What was there before is in ${kept}.`;
          terminal.err(`The store ${location} is as it was in ${file}.${before}\n`);
          return 0;
        });
      });
  },
};

async function copiesOf(
  options: Options,
  { environment }: Terminal,
): Promise<{ readonly location: string; readonly copies: StoreCopies }> {
  const { memberFor } = await import('./open-store.ts');
  const location = options.store ?? (environment['COLLIE_STORE']?.trim() || './.collie');
  const { name, copies, tools = '' } = memberFor(location);
  if (copies !== undefined) return { location, copies };
  throw new OperationError({
    code: 'store-has-tools',
    message: `A store in ${name} is copied with that database's own tools: ${tools}`,
    hint: '',
  });
}

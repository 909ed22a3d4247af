import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Writes `src/core/opamp/gen` from `schemas/opamp/v1`. Needed only after a change of the .proto files, with network for
 * buf (a development-time tool, not a dependency): `node app/opamp/generate.ts`.
 */

const ROOT = join(import.meta.dirname, '../..');
const BUF = '@bufbuild/buf@1.75.0';
const NAMES = ['anyvalue', 'opamp'] as const;

/** SHA-256 (hex) over the .proto files in the order of their names; the header of each generated file holds it. */
export function protoDigest(root: string = ROOT): string {
  const hash = createHash('sha256');
  for (const name of NAMES) hash.update(readFileSync(join(root, `schemas/opamp/v1/${name}.proto`)));
  return hash.digest('hex');
}

function generate(): void {
  const folder = mkdtempSync(join(tmpdir(), 'collie-proto-'));
  const plugin = {
    local: join(ROOT, 'node_modules/.bin/protoc-gen-es'),
    out: 'gen',
    opt: ['target=ts', 'import_extension=ts', 'erasable_syntax=true'],
  };
  const template = { version: 'v2', inputs: [{ directory: '.' }], plugins: [plugin] };
  try {
    cpSync(join(ROOT, 'schemas/opamp'), join(folder, 'opamp'), { recursive: true });
    writeFileSync(join(folder, 'buf.gen.yaml'), JSON.stringify(template));
    writeFileSync(join(folder, 'buf.yaml'), JSON.stringify({ version: 'v2', modules: [{ path: '.' }] }));
    execFileSync('npx', ['-y', BUF, 'generate'], { cwd: folder, stdio: 'inherit' });
    mkdirSync(join(ROOT, 'src/core/opamp/gen'), { recursive: true });
    for (const name of NAMES) {
      const text = readFileSync(join(folder, `gen/opamp/v1/${name}_pb.ts`), 'utf8');
      const header = `// sha256 of schemas/opamp/v1/*.proto: ${protoDigest()}\n`;
      writeFileSync(join(ROOT, `src/core/opamp/gen/${name}_pb.ts`), header + text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) generate();

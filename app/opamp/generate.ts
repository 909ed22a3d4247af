import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Writes the code of each wire that stands in `schemas`. Needed only after a change of the .proto files, with network for
 * buf (a development-time tool, not a dependency): `node app/opamp/generate.ts`.
 */

const ROOT = join(import.meta.dirname, '../..');
const BUF = '@bufbuild/buf@1.75.0';

/** Folders of .proto files below `schemas`, their names, and the folder that their code is written to. */
export const WIRES = {
  opamp: { names: ['anyvalue', 'opamp'], code: 'src/core/opamp/gen' },
  otlp: { names: ['metrics'], code: 'src/core/rollout/own-metrics/gen' },
} as const;

/** SHA-256 (hex) over the .proto files of a wire in the order of their names; the header of each generated file holds it. */
export function protoDigest(wire: keyof typeof WIRES): string {
  const hash = createHash('sha256');
  for (const name of WIRES[wire].names) {
    hash.update(readFileSync(join(ROOT, `schemas/${wire}/v1/${name}.proto`)));
  }
  return hash.digest('hex');
}

function generate(wire: keyof typeof WIRES): void {
  const { names, code } = WIRES[wire];
  const folder = mkdtempSync(join(tmpdir(), 'collie-proto-'));
  const plugin = {
    local: join(ROOT, 'node_modules/.bin/protoc-gen-es'),
    out: 'gen',
    opt: ['target=ts', 'import_extension=ts', 'erasable_syntax=true'],
  };
  const template = { version: 'v2', inputs: [{ directory: '.' }], plugins: [plugin] };
  try {
    cpSync(join(ROOT, 'schemas', wire), join(folder, wire), { recursive: true });
    writeFileSync(join(folder, 'buf.gen.yaml'), JSON.stringify(template));
    writeFileSync(join(folder, 'buf.yaml'), JSON.stringify({ version: 'v2', modules: [{ path: '.' }] }));
    execFileSync('npx', ['-y', BUF, 'generate'], { cwd: folder, stdio: 'inherit' });
    mkdirSync(join(ROOT, code), { recursive: true });
    for (const name of names) {
      const text = readFileSync(join(folder, `gen/${wire}/v1/${name}_pb.ts`), 'utf8');
      const header = `// sha256 of schemas/${wire}/v1/*.proto: ${protoDigest(wire)}\n`;
      writeFileSync(join(ROOT, code, `${name}_pb.ts`), header + text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  generate('opamp');
  generate('otlp');
}

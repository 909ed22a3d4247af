import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json, JsonMap } from '../../src/core/document/node.ts';
import { builtInCatalogue, catalogueFiles } from '../support/catalogue.ts';

/** Collectors that `schemas/components/gen` compiled, where they are at hand. */
const BUILDS = join(
  process.env['COLLIE_CACHE'] ?? join(homedir(), '.cache', 'collie'),
  'components',
  'build',
);
const VERSIONS = ['0.129.0', '0.149.0', '0.158.0'];

const CONFIG = `
receivers: { otlp: { protocols: { grpc: { endpoint: "localhost:4317" } } } }
exporters: { debug: {} }
service: { pipelines: { traces: { receivers: [otlp], exporters: [debug] } } }
`;

const folder = mkdtempSync(join(tmpdir(), 'collie-gates-'));
const config = join(folder, 'config.yaml');
writeFileSync(config, CONFIG);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const catalogue = builtInCatalogue();
const gates = Object.entries((catalogueFiles()['gates'] as { readonly gates: JsonMap }).gates);

describe.each(VERSIONS)('feature gates of otelcol %s', (version) => {
  const program = join(BUILDS, version, 'otelcol');

  it.skipIf(!existsSync(program))('are refused where the catalogue says so, and nowhere else', () => {
    const said = spawnSync(program, ['gates'], { encoding: 'utf8' });
    const { linked } = JSON.parse(said.stdout) as { readonly linked: readonly string[] };
    const asked = gates.flatMap(([id, gate]) => (isIn(gate, linked) ? [id, `-${id}`] : []));
    const judged = [...asked, 'service.profileSupport', '-nobody.knows'].flatMap((written) => {
      const ours = isRefused(written, version);
      return ours === undefined ? [] : [{ written, refused: ours }];
    });
    expect(judged.length).toBeGreaterThan(50);
    expect(judged.map(({ written }) => ({ written, refused: refuses(program, written) }))).toEqual(judged);
  });
});

/** A collector says nothing of the gates of modules that it was built without. */
function isIn(gate: Json, linked: readonly string[]): boolean {
  const { module } = gate as { readonly module?: string };
  return module === undefined || linked.includes(module);
}

function isRefused(written: string, version: string): boolean | undefined {
  const verdict = catalogue.gate(written.replace(/^-/, ''), version);
  if (verdict.verdict === 'unknown') return undefined;
  if (verdict.verdict === 'absent') return true;
  return verdict.stage === (written.startsWith('-') ? 'stable' : 'deprecated');
}

function refuses(program: string, written: string): boolean {
  const run = spawnSync(program, ['validate', `--config=${config}`, `--feature-gates=${written}`], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return run.stderr.includes('for "--feature-gates" flag');
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Builds a small real collector and the OpAMP supervisor from their Go modules, once, into a cache outside the repository
 * (`COLLIE_CACHE`, else `~/.cache/collie`). Versions and the module set: the newest release for which every one of these
 * modules is served by the Go module proxy; the nop receiver stops one release earlier.
 */
const COLLECTOR_VERSION = '0.158.0';
const CORE = 'go.opentelemetry.io/collector';
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';

type Modules = Readonly<Record<string, readonly string[]>>;

const MODULES: Modules = {
  receivers: [`${CORE}/receiver/otlpreceiver v0.158.0`, `${CORE}/receiver/nopreceiver v0.156.0`],
  processors: [
    `${CORE}/processor/batchprocessor v0.158.0`,
    `${CORE}/processor/memorylimiterprocessor v0.158.0`,
  ],
  exporters: [
    `${CORE}/exporter/debugexporter v0.158.0`,
    `${CORE}/exporter/nopexporter v0.158.0`,
    `${CORE}/exporter/otlpexporter v0.158.0`,
  ],
  extensions: [
    `${CONTRIB}/extension/opampextension v0.158.0`,
    `${CONTRIB}/extension/healthcheckextension v0.158.0`,
  ],
  providers: [
    `${CORE}/confmap/provider/fileprovider v1.64.0`,
    `${CORE}/confmap/provider/envprovider v1.64.0`,
    `${CORE}/confmap/provider/yamlprovider v1.64.0`,
  ],
};

/**
 * A second, older collector for a fleet of two versions: the oldest that the supervisor can drive (it speaks of resource attributes in a way
 * that 0.149 does not know), and without the processors of the newer one.
 */
const OLDER_VERSION = '0.157.0';
const OLDER_MODULES: Modules = {
  receivers: [`${CORE}/receiver/otlpreceiver v0.157.0`, `${CORE}/receiver/nopreceiver v0.156.0`],
  exporters: [
    `${CORE}/exporter/debugexporter v0.157.0`,
    `${CORE}/exporter/nopexporter v0.157.0`,
    `${CORE}/exporter/otlpexporter v0.157.0`,
  ],
  extensions: [`${CONTRIB}/extension/opampextension v0.157.0`],
  providers: [
    `${CORE}/confmap/provider/fileprovider v1.63.0`,
    `${CORE}/confmap/provider/envprovider v1.63.0`,
    `${CORE}/confmap/provider/yamlprovider v1.63.0`,
  ],
  // Interfaces alone, the same in both; 0.157.0 of it is not served.
  replaces: [`${CONTRIB}/extension/opampcustommessages => ${CONTRIB}/extension/opampcustommessages v0.158.0`],
};

export interface Binaries {
  readonly collector: string;
  readonly supervisor: string;
  readonly version: string;
}

/** Paths of both binaries, or the reason why they cannot be had here. Prints what it builds; seconds when cached. */
export function buildBinaries(say: (text: string) => void): Binaries | { readonly reason: string } {
  const given = { collector: process.env['COLLIE_OTELCOL'], supervisor: process.env['COLLIE_SUPERVISOR'] };
  if (given.collector !== undefined && given.supervisor !== undefined) {
    return { collector: given.collector, supervisor: given.supervisor, version: 'given by environment' };
  }
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (go.status !== 0) return { reason: 'Go is not installed (the collector is built from its Go modules)' };
  const folder = cacheFolder();
  const collector = join(folder, 'otelcol');
  const supervisor = join(folder, 'opampsupervisor');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(supervisor)) {
    const reason = buildSupervisor(folder, supervisor, say);
    if (reason !== undefined) return { reason };
  }
  if (!existsSync(collector)) {
    const reason = buildCollector(folder, collector, say);
    if (reason !== undefined) return { reason };
  }
  return { collector, supervisor, version: COLLECTOR_VERSION };
}

/** Path of the older collector, or the reason why it cannot be had. `COLLIE_OTELCOL_OLDER` names one that is there. */
export function buildOlder(
  say: (text: string) => void,
): { readonly collector: string; readonly version: string } | { readonly reason: string } {
  const given = process.env['COLLIE_OTELCOL_OLDER'];
  if (given !== undefined) return { collector: given, version: 'given by environment' };
  if (spawnSync('go', ['version']).status !== 0) return { reason: 'Go is not installed' };
  const folder = cacheFolder(OLDER_VERSION, OLDER_MODULES);
  const collector = join(folder, 'otelcol');
  mkdirSync(folder, { recursive: true });
  const reason = existsSync(collector)
    ? undefined
    : buildCollector(folder, collector, say, OLDER_VERSION, OLDER_MODULES);
  return reason === undefined ? { collector, version: OLDER_VERSION } : { reason };
}

function cacheFolder(version: string = COLLECTOR_VERSION, modules: Modules = MODULES): string {
  const root = process.env['COLLIE_CACHE'] ?? join(homedir(), '.cache', 'collie');
  const key = createHash('sha256')
    .update(JSON.stringify([modules, version]))
    .digest('hex')
    .slice(0, 12);
  return join(root, `collector-${version}-${key}`);
}

/** The builder writes sources and go.mod; compiling apart keeps the linker flags ours. */
function buildCollector(
  folder: string,
  output: string,
  say: (text: string) => void,
  version: string = COLLECTOR_VERSION,
  modules: Modules = MODULES,
): string | undefined {
  const sources = join(folder, 'collector');
  const manifest = join(folder, 'builder.yaml');
  writeFileSync(manifest, builderManifest(sources, version, modules));
  say(`building otelcol ${version} from its Go modules (about a minute when nothing is cached) …`);
  return (
    run(folder, 'go', [
      'run',
      // A builder of the same version: another one brings its own core in.
      `${CORE}/cmd/builder@v${version}`,
      '--skip-strict-versioning',
      '--skip-compilation',
      `--config=${manifest}`,
    ]) ?? goBuild(sources, output, '.')
  );
}

function builderManifest(sources: string, version: string, modules: Modules): string {
  const lines = ['dist:', '  name: otelcol', `  output_path: ${sources}`, `  version: ${version}`];
  for (const [section, of] of Object.entries(modules)) {
    const item = section === 'replaces' ? '  - ' : '  - gomod: ';
    lines.push(`${section}:`, ...of.map((module) => `${item}${module}`));
  }
  return `${lines.join('\n')}\n`;
}

/** `go install` refuses the supervisor's replace directives; a module that requires it builds. */
function buildSupervisor(folder: string, output: string, say: (text: string) => void): string | undefined {
  const sources = join(folder, 'supervisor');
  const path = `${CONTRIB}/cmd/opampsupervisor`;
  mkdirSync(sources, { recursive: true });
  writeFileSync(
    join(sources, 'go.mod'),
    `module collie.test/supervisor\n\ngo 1.25.0\n\nrequire ${path} v${COLLECTOR_VERSION}\n`,
  );
  writeFileSync(join(sources, 'tools.go'), `//go:build tools\n\npackage tools\n\nimport _ "${path}"\n`);
  say(`building opampsupervisor ${COLLECTOR_VERSION} (about a minute when nothing is cached) …`);
  return goBuild(sources, output, path);
}

function goBuild(folder: string, output: string, target: string): string | undefined {
  const partial = `${output}.partial`;
  const failed = run(folder, 'go', ['build', '-trimpath', '-ldflags=-s -w', '-o', partial, target]);
  if (failed === undefined) renameSync(partial, output);
  return failed;
}

function run(folder: string, command: string, args: readonly string[]): string | undefined {
  const environment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
  const result = spawnSync(command, args, { cwd: folder, env: environment, encoding: 'utf8' });
  if (result.status === 0) return undefined;
  const tail = result.stderr.trim().split('\n').slice(-5).join('\n');
  return `${command} ${args[0] ?? ''} failed: ${tail}`;
}

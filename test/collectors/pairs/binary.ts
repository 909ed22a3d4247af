import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ComponentClass } from '../../../src/core/collector/component-id.ts';

const GENERATOR = resolve(import.meta.dirname, '../../../schemas/components/gen');

/** Decodes everywhere, and no collector can start it. */
const LOGS_IN_TRACES = `
receivers: { filelog: { include: [/tmp/none.log] } }
exporters: { debug: {} }
service: { pipelines: { traces: { receivers: [filelog], exporters: [debug] } } }
`;

/** A real collector of one version, and what is in it. */
export interface Collector {
  readonly version: string;
  /** Path of the binary. */
  readonly program: string;
  /** Names and signals of its components. */
  readonly components: Readonly<Record<ComponentClass, readonly Component[]>>;
  /** What `otelcol validate` says: undefined when it takes the config, else its error. */
  validate(config: string): string | undefined;
  /** What the collector says when it cannot build its pipelines or find an extension at the start; undefined when it can. */
  start(config: string): string | undefined;
  /** The config as the collector reports it: expanded, with defaults; undefined where it does not take it, or cannot print. */
  print(config: string): string | undefined;
  /** Whether `validate` builds the pipelines too; older ones leave to the start what only shows there, as a signal that is not supported. */
  readonly buildsPipelines: boolean;
}

interface Component {
  readonly names: readonly string[];
  readonly signals: readonly string[];
}

interface Described {
  readonly class: string;
  readonly names: readonly string[];
  readonly stability: Readonly<Record<string, readonly string[]>>;
}

/**
 * The collector of a version, built by `schemas/components/gen` into `COLLIE_CACHE` (else `~/.cache/collie`)`/components` where it is
 * not there yet; or why there is none. A build takes 5 to 15 minutes, so it has to be asked for.
 */
export function collectorOf(
  version: string,
  build: boolean,
  say: (text: string) => void,
): Collector | { readonly reason: string } {
  const cache = join(process.env['COLLIE_CACHE'] ?? join(homedir(), '.cache', 'collie'), 'components');
  const program = join(cache, 'build', version, 'otelcol');
  const description = join(cache, 'build', `${version}.json`);
  if (!existsSync(program) || !existsSync(description)) {
    if (!build) return { reason: `otelcol ${version} is not built (--build builds it)` };
    const reason = compile(cache, version, say);
    if (reason !== undefined) return { reason };
  }
  const all = JSON.parse(readFileSync(description, 'utf8')) as readonly Described[];
  return {
    version,
    program,
    components: byClass(all),
    validate: (config) => validate(program, config),
    start: (config) => start(program, config),
    print: (config) => print(program, config),
    buildsPipelines: validate(program, LOGS_IN_TRACES) !== undefined,
  };
}

function compile(cache: string, version: string, say: (text: string) => void): string | undefined {
  if (spawnSync('go', ['version']).status !== 0) {
    return 'Go is not installed (the collector is built from its Go modules)';
  }
  say(`building otelcol ${version} from its Go modules, 5 to 15 minutes …`);
  const built = spawnSync('go', ['run', '.', 'build', '-out', cache, '-version', version], {
    cwd: GENERATOR,
    env: { ...process.env, GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  return built.status === 0 ? undefined : `otelcol ${version} cannot be built: ${built.stderr.trim()}`;
}

function byClass(all: readonly Described[]): Collector['components'] {
  const of = (name: ComponentClass): readonly Component[] =>
    all
      .filter((one) => one.class === name)
      .map(({ names, stability }) => ({ names, signals: Object.values(stability).flat() }));
  return {
    receivers: of('receivers'),
    processors: of('processors'),
    exporters: of('exporters'),
    connectors: of('connectors'),
    extensions: of('extensions'),
  };
}

function validate(program: string, config: string): string | undefined {
  const result = run(program, ['validate'], config, 30_000);
  return result.status === 0 ? undefined : `${result.stderr}${result.stdout}`.trim() || 'no words';
}

/** A collector that starts is stopped again after three seconds. */
function start(program: string, config: string): string | undefined {
  const { stderr } = run(program, [], config, 3000);
  return /^Error: (?:.*(?:build pipelines?:|authenticator|storage|middleware|extension)).*/m.exec(
    stderr,
  )?.[0];
}

/** Older ones print only with a feature gate, which newer ones do not have. */
function print(program: string, config: string): string | undefined {
  const gated = run(program, ['print-config', '--feature-gates=otelcol.printInitialConfig'], config, 30_000);
  const result = gated.status === 0 ? gated : run(program, ['print-config'], config, 30_000);
  return result.status === 0 ? result.stdout : undefined;
}

function run(
  program: string,
  words: readonly string[],
  config: string,
  timeout: number,
): SpawnSyncReturns<string> {
  const folder = mkdtempSync(join(tmpdir(), 'collie-pair-'));
  const file = join(folder, 'config.yaml');
  writeFileSync(file, config);
  const result = spawnSync(program, [...words, '--config', file], { encoding: 'utf8', timeout });
  rmSync(folder, { recursive: true });
  return result;
}

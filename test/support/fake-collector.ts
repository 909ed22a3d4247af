import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { READY } from '../../src/core/collector/trial/ending.ts';

/** What the program answers where a config holds a text: the words and the end of a real collector. */
export interface FakeAnswer {
  readonly to: 'validate' | 'start';
  readonly where: string;
  readonly prints: string;
  readonly code?: number;
  /** Sends itself this signal instead of ending. */
  readonly signal?: string;
  /** Goes on instead of ending. */
  readonly hangs?: boolean;
}

export interface FakeCollectorOptions {
  readonly version?: string;
  readonly answers?: readonly FakeAnswer[];
  /** Exporters that are built in. */
  readonly exporters?: readonly string[];
}

const READY_LINE = `info\tservice/service.go:282\t${READY}`;

/**
 * Writes a program that behaves as a collector's binary does towards us: `components`, `validate --config FILE`, `--config FILE`. What it is given and sees
 * (config, environment, folder) goes into `calls.json` beside it, one line a call.
 */
export function writeFakeCollector(folder: string, options: FakeCollectorOptions = {}): string {
  const { version = '0.158.0', answers = [], exporters = ['nop', 'debug', 'otlp_grpc'] } = options;
  const path = join(folder, `otelcol-${version}`);
  const all = ['logs', 'metrics', 'traces'].map((signal) => `        ${signal}: Stable`).join('\n');
  const list = (names: readonly string[]): string =>
    names.map((name) => `    - name: ${name}\n      stability:\n${all}`).join('\n');
  const components = [
    `buildinfo:\n    command: otelcol\n    version: ${version}`,
    `receivers:\n${list(['otlp', 'nop', 'file_log'])}`,
    `processors:\n${list(['batch', 'memory_limiter'])}`,
    `exporters:\n${list(exporters)}`,
    'connectors: []',
    'extensions: []',
    'providers:\n    - scheme: env\n    - scheme: file',
  ].join('\n');
  writeFileSync(
    path,
    `#!${process.execPath}
const { appendFileSync, readFileSync, statSync } = require('node:fs');
const args = process.argv.slice(2);
if (args[0] === 'components') {
  console.error('warn: a warning that is no data');
  console.log(${JSON.stringify(components)});
  process.exit(0);
}
const to = args[0] === 'validate' ? 'validate' : 'start';
const file = args.at(-1);
const config = readFileSync(file, 'utf8');
const mode = (statSync(process.cwd()).mode & 0o777).toString(8);
const call = { to, args, config, mode, directory: process.cwd(), environment: { ...process.env } };
appendFileSync(${JSON.stringify(join(folder, 'calls.json'))}, JSON.stringify(call) + '\\n');
const answer = ${JSON.stringify(answers)}.find((one) => one.to === to && config.includes(one.where));
const stop = () => { console.error('info\\tReceived signal from OS'); process.exit(0); };
if (answer === undefined) {
  if (to === 'validate') process.exit(0);
  console.error(${JSON.stringify(READY_LINE)});
  process.on('SIGTERM', stop);
  setInterval(() => {}, 1000);
} else if (answer.hangs) {
  console.error(answer.prints);
  setInterval(() => {}, 1000);
} else {
  process.stderr.write(answer.prints + '\\n', () => {
    if (answer.signal) process.kill(process.pid, answer.signal);
    else process.exit(answer.code ?? 1);
  });
}
`,
  );
  chmodSync(path, 0o755);
  return path;
}

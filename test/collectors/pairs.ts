import { parseArgs } from 'node:util';
import { readObserved } from '../../src/core/collector/observed.ts';
import { readCatalogue } from '../../src/core/collector/catalogue.ts';
import { catalogueFiles } from '../support/catalogue.ts';
import { collectorOf } from './pairs/binary.ts';
import type { Collector } from './pairs/binary.ts';
import { drawPair } from './pairs/configs.ts';
import { randomFrom } from './pairs/random.ts';
import { objections } from './pairs/verdict.ts';
import type { Objection } from './pairs/verdict.ts';

/**
 * Generated (config, version) pairs, valid and broken: what we say against what `otelcol validate` of that version says.
 *
 *   node test/collectors/pairs.ts [--pairs 300] [--seed 1] [--kind fields] [--version 0.139.0 …] [--build]
 *
 * `validate` resolves no extensions, and that of old versions builds no pipelines: what it takes and we do not is started, and listed
 * where the collector does not come up for such a reason.
 * Versions that are not built are left out with the reason; `--build` builds them. Prints every disagreement and the rates.
 */
export const VERSIONS: readonly string[] = ['0.111.0', '0.129.0', '0.139.0', '0.149.0', '0.158.0'];

/** One pair, what the collector said and what we had against it. */
export interface Outcome {
  readonly version: string;
  readonly kind: string;
  readonly config: string;
  readonly error: string | undefined;
  /** Where `validate` has nothing against it because it does not look: why the collector does not start. */
  readonly atStart?: string;
  readonly objections: readonly Objection[];
}

/** Draws and judges `count` pairs, the versions in turn. */
export function comparePairs(
  collectors: readonly Collector[],
  count: number,
  seed: number,
  kind?: string,
): readonly Outcome[] {
  const files = catalogueFiles();
  const catalogue = readCatalogue(files);
  const observed = readObserved(files);
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, index) => {
    const collector = collectors[index % collectors.length];
    if (collector === undefined) throw new Error('no collectors');
    const { kind: drawn, config } = drawPair(random, collector, observed, kind);
    const error = collector.validate(config);
    const ours = objections(config, collector, catalogue);
    const late = error === undefined && ours.length > 0;
    const atStart = late ? collector.start(config) : undefined;
    return {
      version: collector.version,
      kind: drawn,
      config,
      error,
      ...(atStart !== undefined && { atStart }),
      objections: ours,
    };
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`;
}

function report(outcomes: readonly Outcome[], say: (text: string) => void): void {
  const refused = outcomes.filter(({ error }) => error !== undefined);
  const late = outcomes.filter(({ atStart }) => atStart !== undefined);
  const taken = outcomes.filter(({ error, atStart }) => error === undefined && atStart === undefined);
  const missed = refused.filter((one) => one.objections.length === 0);
  const alarms = taken.filter((one) => one.objections.length > 0);
  for (const { version, kind, error, config } of missed) {
    say(`missed ${version} (${kind})${reasonOf(error ?? '')}: ${lastLines(error ?? '')}`);
    if (process.env['COLLIE_PAIRS_CONFIGS'] !== undefined) say(config);
  }
  for (const { version, kind, atStart } of late) {
    say(`only at the start ${version} (${kind}): ${atStart ?? ''}`);
  }
  for (const { version, kind, objections, config } of alarms) {
    if (process.env['COLLIE_PAIRS_CONFIGS'] !== undefined) say(config);
    for (const { by, why, certainty } of objections) {
      say(`false alarm ${version} (${kind}): ${by}, ${certainty}: ${why}`);
    }
  }
  say('kind                      pairs  refused  missed  false alarms');
  for (const kind of [...new Set(outcomes.map((one) => one.kind))].sort()) {
    const of = (all: readonly Outcome[]): string => String(all.filter((one) => one.kind === kind).length);
    say(
      `${kind.padEnd(24)} ${of(outcomes).padStart(6)} ${of(refused).padStart(8)} ${of(missed).padStart(7)} ${of(alarms).padStart(13)}`,
    );
  }
  say(
    `${outcomes.length} pairs: missed refusals ${percent(missed.length, refused.length)}, false alarms ${percent(alarms.length, taken.length)}; ${late.length} taken by \`validate\` and refused at the start, as we say`,
  );
}

/** What no reader of files can know. */
function reasonOf(error: string): string {
  return error.includes('no such file or directory') ? ', depends on the files of the machine' : '';
}

/** The part of an error that says what is wrong, in one line. */
function lastLines(error: string): string {
  const lines = error
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes('decoding failed due to'));
  return [...new Set(lines)].join(' | ').slice(0, 300);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      kind: { type: 'string' },
      version: { type: 'string', multiple: true, default: [...VERSIONS] },
      build: { type: 'boolean', default: false },
    },
  });
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const collectors = values.version.flatMap((version) => {
    const found = collectorOf(version, values.build, say);
    if ('reason' in found) say(`skipped: ${found.reason}`);
    return 'reason' in found ? [] : [found];
  });
  if (collectors.length > 0) {
    report(comparePairs(collectors, Number(values.pairs), Number(values.seed), values.kind), say);
  }
}

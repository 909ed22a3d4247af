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
 *   node test/collectors/pairs.ts [--pairs 300] [--seed 1] [--version 0.139.0 …] [--build]
 *
 * Versions that are not built are left out with the reason; `--build` builds them. Prints every disagreement and the rates.
 */
export const VERSIONS: readonly string[] = ['0.111.0', '0.129.0', '0.139.0', '0.149.0', '0.158.0'];

/** One pair, what the collector said and what we had against it. */
export interface Outcome {
  readonly version: string;
  readonly kind: string;
  readonly config: string;
  readonly error: string | undefined;
  readonly objections: readonly Objection[];
}

/** Draws and judges `count` pairs, the versions in turn. */
export function comparePairs(
  collectors: readonly Collector[],
  count: number,
  seed: number,
): readonly Outcome[] {
  const files = catalogueFiles();
  const catalogue = readCatalogue(files);
  const observed = readObserved(files);
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, index) => {
    const collector = collectors[index % collectors.length];
    if (collector === undefined) throw new Error('no collectors');
    const { kind, config } = drawPair(random, collector, observed);
    const error = collector.validate(config);
    return {
      version: collector.version,
      kind,
      config,
      error,
      objections: objections(config, collector, catalogue).filter(
        ({ by }) => by !== 'signal' || collector.buildsPipelines,
      ),
    };
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`;
}

function report(outcomes: readonly Outcome[], say: (text: string) => void): void {
  const refused = outcomes.filter(({ error }) => error !== undefined);
  const taken = outcomes.filter(({ error }) => error === undefined);
  const missed = refused.filter((one) => one.objections.length === 0);
  const alarms = taken.filter((one) => one.objections.length > 0);
  for (const { version, kind, error, config } of missed) {
    say(`missed ${version} (${kind}): ${lastLines(error ?? '')}`);
    if (process.env['COLLIE_PAIRS_CONFIGS'] !== undefined) say(config);
  }
  for (const { version, kind, objections } of alarms) {
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
    `${outcomes.length} pairs: missed refusals ${percent(missed.length, refused.length)}, false alarms ${percent(alarms.length, taken.length)}`,
  );
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
  if (collectors.length > 0) report(comparePairs(collectors, Number(values.pairs), Number(values.seed)), say);
}

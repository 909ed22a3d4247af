import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import type { EffectiveConfig } from '../core/collector/effective-config.ts';
import { binaryName } from '../core/collector/trial/capabilities.ts';
import { judgesFor } from '../core/collector/trial/choose.ts';
import type { TrialChange } from '../core/collector/trial/draft.ts';
import type { Ending } from '../core/collector/trial/ending.ts';
import type { Placeholder } from '../core/collector/trial/placeholders.ts';
import { startableConfig, validatableConfig } from '../core/collector/trial/trial-config.ts';
import type { TrialConfig, Untriable } from '../core/collector/trial/trial-config.ts';
import type { Finding } from '../core/document/finding.ts';
import { LIMITS } from '../core/document/limits.ts';
import { judge, untried, type Runner, type StageVerdict } from '../core/explain/trial-findings.ts';
import { otherVersions } from '../core/explain/trial-versions.ts';
import type { CollectorCheck } from '../core/plan/collector-check.ts';
import type { CollectorProgram, TrialInput } from '../ports/collector-program.ts';

/** A config, and the collector versions that will run it as far as they are known. */
export interface ConfigToTry {
  readonly config: EffectiveConfig;
  readonly versions: readonly string[];
  /** The distributions that will run it. */
  readonly runners?: readonly Runner[];
  /** Feature gates that it is run with, a minus before those that are switched off. */
  readonly gates?: readonly string[];
}

export interface TryOptions {
  readonly catalogue: ComponentCatalogue;
  /** How long each collector runs; 0 only validates. */
  readonly runForMs: number;
  /** How many are tried at the same time. */
  readonly atOnce?: number;
  /** How many different ones are tried; LIMITS.trial.configs where absent. */
  readonly most?: number;
}

/** What a binary made of one config. */
export interface TriedConfig {
  readonly configuration: string;
  readonly name: string;
  readonly collector: { readonly path: string; readonly name: string };
  readonly validate: StageVerdict;
  /** Absent where it was not started. */
  readonly start?: StageVerdict;
  /** What the start had otherwise than the config, or the validation where there was no start. */
  readonly changes: readonly TrialChange[];
  readonly placeholders: readonly Placeholder[];
  readonly findings: readonly Finding[];
}

export interface TrialReport {
  readonly tried: readonly TriedConfig[];
  readonly findings: readonly Finding[];
  readonly check: CollectorCheck;
}

/** Each start keeps about 100 MB for some seconds. */
const AT_ONCE = 4;

/**
 * Gives each config to the binaries whose versions are nearest to those that will run it: `validate`, and where that has nothing against it a start on
 * loopback with a sink for all exporters. Configs with the same text are tried once. Rejects with OperationError when a binary
 * cannot be run.
 */
export async function tryConfigs(
  programs: readonly CollectorProgram[],
  configs: readonly ConfigToTry[],
  options: TryOptions,
): Promise<TrialReport> {
  const byVersion = programs.map((program) => ({ program, version: program.capabilities.version }));
  const pairs = configs.flatMap(({ config, versions, gates = [], runners = [] }) =>
    judgesFor(byVersion, versions).map(({ binary: { program, version }, versions: judged }): Pair => ({
      config,
      versions: judged,
      program,
      runners,
      gates: gates.filter((gate) => isKnownGate(gate, version, options.catalogue)),
    })),
  );
  const { atOnce = AT_ONCE, most = LIMITS.trial.configs } = options;
  const ended = new Map<string, Promise<Ended>>();
  const outcomes = await inTurn(pairs, atOnce, async (pair) => {
    const key = keyOf(pair);
    if (!ended.has(key) && ended.size >= most) return undefined;
    const known = ended.get(key) ?? endings(pair, options);
    ended.set(key, known);
    return triedConfig(pair, await known, options);
  });
  const tried = outcomes.filter((one) => one !== undefined);
  const left = outcomes.length - tried.length;
  const notices = otherVersions(
    pairs.map(({ config, versions, program }) => ({
      name: config.name,
      versions,
      capabilities: program.capabilities,
    })),
  );
  return {
    tried,
    findings: [...tried.flatMap(({ findings }) => findings), ...notices, ...leftOut(left, most)],
    check: checkOf(tried, left, options),
  };
}

/** A config and one binary that judges it. */
interface Pair {
  readonly program: CollectorProgram;
  readonly config: EffectiveConfig;
  /** Of those that run it, the versions that this binary stands for. */
  readonly versions: readonly string[];
  readonly gates: readonly string[];
  readonly runners: readonly Runner[];
}

/** Pairs with the same key have the same outcome. */
function keyOf({ program, config, gates, runners }: Pair): string {
  return JSON.stringify([program.path, gates, runners, config.unrendered.length, config.text]);
}

function leftOut(left: number, most: number): readonly Finding[] {
  if (left === 0) return [];
  const message = `not tried: ${left} more; in one run ${most} different configs are tried`;
  return [{ rule: 'collector-untried', severity: 'notice', message }];
}

/** A gate that a version does not know would be all that it speaks of. */
function isKnownGate(gate: string, version: string, catalogue: ComponentCatalogue): boolean {
  return catalogue.gate(gate.replace(/^-/, ''), version).verdict === 'present';
}

interface StageEnd {
  readonly given: TrialConfig | Untriable;
  readonly ending?: Ending;
}

interface Ended {
  readonly validate: StageEnd;
  readonly start?: StageEnd;
}

/** Runs the processes that one config needs; what they said is judged for each config that shares the text. */
async function endings(
  { program, config, gates, runners }: Pair,
  { catalogue, runForMs }: TryOptions,
): Promise<Ended> {
  const { capabilities } = program;
  const place = await program.open();
  try {
    const context = { capabilities, catalogue, folder: place.folder };
    const given = validatableConfig(config, context);
    if ('reason' in given) return { validate: { given } };
    const ending = await place.validate(inputOf(given, gates));
    const validate = { given, ending };
    const { verdict } = judge({ of: 'validate', ending, given, config, capabilities, catalogue, runners });
    if (verdict === 'refused' || ending.how === 'too late' || runForMs === 0) return { validate };
    const started = startableConfig(config, context);
    if ('reason' in started) return { validate, start: { given: started } };
    return {
      validate,
      start: { given: started, ending: await place.run(inputOf(started, gates), runForMs) },
    };
  } finally {
    await place.close();
  }
}

function inputOf({ text, folders, placeholders }: TrialConfig, gates: readonly string[]): TrialInput {
  return {
    gates,
    text,
    folders,
    environment: Object.fromEntries(placeholders.map(({ name, value }) => [name, value])),
  };
}

function triedConfig(
  { program: { path, capabilities }, config, runners }: Pair,
  { validate, start }: Ended,
  { catalogue }: TryOptions,
): TriedConfig {
  const judged = (
    of: 'validate' | 'start',
    { given, ending }: StageEnd,
  ): Pick<TriedConfig, 'findings'> & { verdict: StageVerdict } => {
    if ('reason' in given) return { verdict: 'not judged', findings: [untried({ config }, given.reason)] };
    if (ending === undefined) return { verdict: 'not judged', findings: [] };
    return judge({ of, ending, given, config, capabilities, catalogue, runners });
  };
  const first = judged('validate', validate);
  const second = start === undefined ? undefined : judged('start', start);
  const last = start === undefined || 'reason' in start.given ? validate.given : start.given;
  const given = 'reason' in last ? undefined : last;
  return {
    configuration: config.configuration,
    name: config.name,
    collector: { path, name: binaryName(capabilities) },
    validate: first.verdict,
    ...(second !== undefined && { start: second.verdict }),
    changes: given?.changes ?? [],
    placeholders: given?.placeholders ?? [],
    findings: distinct([...first.findings, ...(second?.findings ?? [])]),
  };
}

/** What validation and start say alike is said once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [`${one.rule}\n${one.message}`, one])).values()];
}

function checkOf(tried: readonly TriedConfig[], left: number, { runForMs }: TryOptions): CollectorCheck {
  const byConfiguration = [...Map.groupBy(tried, ({ configuration }) => configuration).values()];
  const verdicts = byConfiguration.map((all) => {
    // What a start could tell counts for more than what a validation could not.
    const last = all.map(({ validate, start }) => (validate === 'refused' ? validate : (start ?? validate)));
    if (last.includes('refused')) return 'refused';
    return last.includes('not judged') ? 'not judged' : 'passed';
  });
  const inPart = byConfiguration.filter(
    (all, index) => verdicts[index] === 'passed' && all.some(({ validate }) => validate === 'not judged'),
  );
  const count = (wanted: StageVerdict): number => verdicts.filter((verdict) => verdict === wanted).length;
  return {
    collectors: [...new Set(tried.map(({ collector }) => collector.name))],
    configurations: byConfiguration.length + left,
    passed: count('passed'),
    inPart: inPart.length,
    refused: count('refused'),
    notJudged: count('not judged') + left,
    started: runForMs > 0,
  };
}

/** Does something with each item, so many at the same time; results in the order of the items. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

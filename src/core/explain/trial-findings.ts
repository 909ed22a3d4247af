import type { ComponentCatalogue } from '../collector/catalogue.ts';
import { classOfWord, COMPONENT_CLASSES, componentType } from '../collector/component-id.ts';
import type { Distribution } from '../collector/distribution.ts';
import type { EffectiveConfig } from '../collector/effective-config.ts';
import { parseErrors } from '../collector/errors/index.ts';
import { usefulTexts } from '../collector/errors/unwrap.ts';
import { componentsOf } from '../collector/pipelines.ts';
import { provenanceOf } from '../collector/provenance.ts';
import { binaryName } from '../collector/trial/capabilities.ts';
import type { Capabilities } from '../collector/trial/capabilities.ts';
import { valueAt } from '../collector/trial/edit.ts';
import { isStandInId } from '../collector/trial/exporters.ts';
import { crashOf, stageOf } from '../collector/trial/ending.ts';
import type { Ending, TrialStage } from '../collector/trial/ending.ts';
import { neededVariables } from '../collector/trial/references.ts';
import { inOriginalWords } from '../collector/trial/trial-config.ts';
import type { TrialConfig } from '../collector/trial/trial-config.ts';
import type { Finding, SourceRange } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import { explainedErrors } from './explain.ts';
import type { ExplainedError } from './explain.ts';

/** What a collector made of one stage: it took the config, it refused it, or what it said is about this machine and not about the config. */
export type StageVerdict = 'passed' | 'refused' | 'not judged';

export interface Judged {
  readonly stage: TrialStage;
  readonly verdict: StageVerdict;
  readonly findings: readonly Finding[];
}

/** What runs a config: a distribution, and its own version. */
export interface Runner {
  readonly distribution: Distribution;
  readonly version: string;
}

/** One process of a collector with a config, ended. */
export interface Trial {
  readonly of: 'validate' | 'start';
  readonly ending: Ending;
  readonly given: TrialConfig;
  readonly config: EffectiveConfig;
  readonly capabilities: Capabilities;
  readonly catalogue: ComponentCatalogue;
  /** Those that will run the config, as far as they are known. */
  readonly runners: readonly Runner[];
}

/** What this machine lacks, and the agent's may have. */
const MISSING_HERE =
  /no such file or directory|directory must exist|cannot find the (?:file|path)|permission denied|operation not permitted|executable file not found|no such host|connection refused|network is unreachable|i\/o timeout/i;
const CLUSTER = /KUBERNETES_SERVICE_HOST|in-cluster config|kubeconfig|\/var\/run\/secrets\/kubernetes\.io/i;

/** Families of messages about keys and ids, whatever their values are. */
const ABOUT_NAMES: ReadonlySet<string> = new Set([
  'invalid-keys',
  'unknown-type',
  'references',
  'connector-wiring',
  'bad-id',
  'ambiguous-id',
  'empty-pipelines',
]);

/**
 * What a collector said about a config, as findings on the lines that caused it: `collector-validate`, `collector-start` or `collector-run` with
 * its own words, errors; `collector-untried` for what only the agent's machine, a cluster or a variable's true value can tell, notices.
 */
export function judge(trial: Trial): Judged {
  const { ending } = trial;
  const stage = trial.of === 'validate' ? 'validate' : stageOf(ending);
  if (ending.how === 'stopped' || (ending.how === 'exited' && ending.code === 0 && stage === 'validate')) {
    return { stage, verdict: 'passed', findings: [] };
  }
  if (ending.how === 'too late') {
    const why = `${binaryName(trial.capabilities)} gave no answer to \`${trial.of}\` within ${seconds(ending.afterMs)}`;
    return { stage, verdict: 'not judged', findings: [untried(trial, why)] };
  }
  const findings = crashed(trial, stage) ?? said(trial, stage) ?? [wordless(trial, stage)];
  const isRefused = findings.some(({ severity }) => severity === 'error');
  return { stage, verdict: isRefused ? 'refused' : 'not judged', findings };
}

/** A notice that something of a config was not tried. */
export function untried({ config }: Pick<Trial, 'config'>, why: string): Finding {
  const at = startOf(config);
  return {
    rule: 'collector-untried',
    severity: 'notice',
    message: `not tried: ${why}`,
    ...(at !== undefined && { at }),
    configuration: config.configuration,
  };
}

function crashed(trial: Trial, stage: TrialStage): readonly Finding[] | undefined {
  const crash = crashOf(trial.ending);
  if (crash === undefined) return undefined;
  const { config } = trial;
  const section = classOfWord(crash.component?.kind ?? '');
  const culprits = componentsOf(config.tree).filter(
    ({ class: own, type }) => own === section && type.replaceAll('_', '') === crash.component?.type,
  );
  const [first] = culprits;
  const at = first === undefined ? startOf(config) : provenanceOf(config, [first.class, first.id])?.at;
  const where = first === undefined ? '' : ` in ${crash.component?.kind ?? ''} ${first.id}`;
  return [
    {
      rule: `collector-${stage}`,
      severity: 'error',
      message: `${binaryName(trial.capabilities)} crashes with this${where}: ${crash.line}`,
      ...(at !== undefined && { at }),
      otelcolMessage: crash.line,
      configuration: config.configuration,
      certainty: culprits.length > 0 ? 'likely' : 'unknown',
    },
  ];
}

/** What it said in words; undefined where it printed no error. */
function said(trial: Trial, stage: TrialStage): readonly Finding[] | undefined {
  const { ending, given, config, catalogue } = trial;
  const standIn = given.words.find(
    ({ trial: id }) => isStandInId(id) && parseErrors(ending.output).some(({ line }) => line.includes(id)),
  );
  if (standIn !== undefined) {
    const why = `what replaces ${standIn.original} in a trial does not do what it does there`;
    return [untried(trial, why)];
  }
  const explained = explainedErrors(inOriginalWords(ending.output, given.words), [config], { catalogue });
  return explained.length === 0 ? undefined : explained.map((one) => ofTrial(one, trial, stage));
}

/** What was said without the log around it, where no family of messages knows it. */
function ownWords({ ending, given }: Trial): string {
  const [words = ''] = usefulTexts(inOriginalWords(ending.output, given.words));
  return words.trim().slice(-LIMITS.collectorErrors.wordsCharacters);
}

function ofTrial(explained: ExplainedError, trial: Trial, stage: TrialStage): Finding {
  const start = startOf(trial.config);
  const finding: Finding = { ...(start !== undefined && { at: start }), ...explained.finding };
  const words = finding.otelcolMessage ?? '';
  const notice = (why: string): Finding => ({
    ...finding,
    rule: 'collector-untried',
    severity: 'notice',
    message: `not judged: ${finding.message}; ${why}`,
    configuration: trial.config.configuration,
  });
  const builtElsewhere = runnerWithIt(explained, trial);
  if (builtElsewhere !== undefined) {
    const { distribution, version } = builtElsewhere;
    return notice(`${distribution} ${version}, which runs this, has it`);
  }
  if (CLUSTER.test(words)) return notice('that needs a cluster, which is not here');
  if (MISSING_HERE.test(words)) return notice('this machine is not the agent’s, which may have it');
  if (words.includes('no such feature gate')) return notice('this binary lacks a gate that it is run with');
  const [variable] = ABOUT_NAMES.has(explained.family ?? '') ? [] : placeholdersAt(explained.path, trial);
  if (variable !== undefined) {
    return notice(`the value comes from \`${variable}\`, which was filled with a placeholder`);
  }
  const isKnown = explained.family !== undefined;
  const named = isKnown ? finding.message : 'its words are not known here';
  return {
    ...finding,
    ...(!isKnown && { otelcolMessage: ownWords(trial) }),
    rule: `collector-${stage}`,
    message: `${lead(trial, stage)}: ${named}`,
    configuration: trial.config.configuration,
  };
}

/** A binary of another distribution lacks components that agents have: one of those that have it, where all are known to. */
function runnerWithIt({ family, path }: ExplainedError, { runners, catalogue }: Trial): Runner | undefined {
  const section = COMPONENT_CLASSES.find((name) => name === path[0]);
  const [, id] = path;
  if (family !== 'unknown-type' || section === undefined || id === undefined) return undefined;
  const type = componentType(id);
  const all = runners.every(
    ({ distribution, version }) =>
      catalogue.component(distribution, version, section, type).verdict === 'present',
  );
  return all ? runners[0] : undefined;
}

function lead({ capabilities, ending }: Trial, stage: TrialStage): string {
  const name = binaryName(capabilities);
  if (stage === 'validate') return `${name} refuses this`;
  if (stage === 'start') return `${name} does not start with this, though it validates`;
  return `${name} stopped ${seconds(ending.afterMs - (ending.readyAfterMs ?? 0))} after it was ready`;
}

/** What stands for a value that only the agent knows, of the value that an error is about. */
function placeholdersAt(path: readonly string[], { config, given }: Trial): readonly string[] {
  const value = path.length < 3 ? undefined : valueAt(config.tree, path);
  const filledIn = new Set(given.placeholders.map(({ name }) => name));
  const named = typeof value === 'string' ? neededVariables(value).filter((name) => filledIn.has(name)) : [];
  const filled = given.changes.filter(
    ({ path: changed, isPlaceholder }) =>
      isPlaceholder === true && changed.every((step, index) => step === path[index]),
  );
  return [...named.map((name) => `\${env:${name}}`), ...filled.flatMap(({ was }) => was ?? [])];
}

function wordless(trial: Trial, stage: TrialStage): Finding {
  const { ending, config } = trial;
  const at = startOf(config);
  const how = ending.signal === undefined ? `exit code ${ending.code ?? 0}` : `killed by ${ending.signal}`;
  const tail = ownWords(trial);
  const message =
    stage === 'validate'
      ? `${binaryName(trial.capabilities)} refuses this without a word (${how})`
      : `${binaryName(trial.capabilities)} ended by itself after ${seconds(ending.afterMs)} (${how})`;
  return {
    rule: `collector-${stage}`,
    severity: 'error',
    message,
    ...(at !== undefined && { at }),
    ...(tail !== '' && { otelcolMessage: tail }),
    configuration: config.configuration,
    certainty: 'unknown',
  };
}

function startOf(config: EffectiveConfig): SourceRange | undefined {
  return provenanceOf(config, ['service'])?.at ?? config.provenance[0]?.at;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

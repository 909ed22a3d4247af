import type { ComponentCatalogue } from '../collector/catalogue.ts';
import { COMPONENT_CLASSES, classWord } from '../collector/component-id.ts';
import type { CollectorError } from '../collector/errors/collector-error.ts';
import { parseErrors } from '../collector/errors/index.ts';
import { placeText } from '../document/finding.ts';
import type { Finding, RelatedPlace } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { Explainable } from './explainable.ts';
import { findPlaces } from './find-place.ts';
import type { FoundPlace } from './find-place.ts';
import { knowledgeOf } from './knowledge.ts';

export type { Explainable } from './explainable.ts';

export interface ExplainOptions {
  /** Adds since when a key or component is known. */
  readonly catalogue?: ComponentCatalogue;
}

const RULE = 'agent-refused';

/**
 * An agent's error text as findings (rule `agent-refused`), one for each mistake it tells of: component and key in the message, the
 * place of the cause in the repository where one of `configs` has it, the agent's own line in `otelcolMessage`. `certainty` is `exact`
 * for one place that has all that the text names, `likely` for several places or an incomplete match, `unknown` without a place.
 * A text that no family of messages knows gives one finding with the words alone; an empty text gives none. Never throws.
 */
export function explainError(
  text: string,
  configs: readonly Explainable[],
  options: ExplainOptions = {},
): readonly Finding[] {
  return explainedErrors(text, configs, options).map(({ finding }) => finding);
}

/** A finding of {@link explainError}, and where in the config the error stands as far as it is known: nowhere is an empty path. */
export interface ExplainedError {
  readonly finding: Finding;
  readonly path: readonly string[];
  /** The family of messages that knows it; undefined for words that none knows. */
  readonly family?: string;
}

/** {@link explainError} for those who also ask what stands at the place in the config. */
export function explainedErrors(
  text: string,
  configs: readonly Explainable[],
  options: ExplainOptions = {},
): readonly ExplainedError[] {
  if (text.trim() === '') return [];
  const errors = parseErrors(text);
  if (errors.length === 0) return [{ finding: unrecognised(text), path: [] }];
  return distinct(errors.map((error) => explainOne(error, configs, options)));
}

/** Without repetitions: collectors print one mistake again for each struct that embeds the one that is wrong. */
function distinct(explained: readonly ExplainedError[]): readonly ExplainedError[] {
  const seen = new Map<string, ExplainedError>();
  for (const one of explained) {
    const { message, at } = one.finding;
    const key = `${message}\n${at === undefined ? '' : placeText(at)}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function explainOne(
  error: CollectorError,
  configs: readonly Explainable[],
  options: ExplainOptions,
): ExplainedError {
  const places = rank(configs.flatMap((config) => findPlaces(error, config)));
  const best = places[0];
  const path = best?.path ?? error.path;
  const knowledge = options.catalogue === undefined ? undefined : knowledgeOf(error, path, options.catalogue);
  const at = best?.entry?.at;
  const related = relatedPlaces(best, places.slice(1));
  const finding: Finding = {
    rule: RULE,
    severity: 'error',
    message: [
      subject(error, path) + error.summary,
      ...doubt(error, best),
      ...(knowledge === undefined ? [] : [knowledge.clause]),
    ].join('; '),
    ...(at === undefined ? {} : { at }),
    ...(related.length === 0 ? {} : { related }),
    ...(knowledge === undefined || knowledge.fixes.length === 0 ? {} : { fixes: knowledge.fixes }),
    otelcolMessage: error.line,
    ...(best === undefined ? {} : { configuration: best.config.configuration }),
    certainty: certainty(places),
  };
  return { finding, path, family: error.family };
}

/** Complete matches before partial ones; among equals the order of the configurations. One entry for each place in the repository. */
function rank(places: readonly FoundPlace[]): readonly FoundPlace[] {
  const best = places.some((place) => place.complete) ? places.filter((place) => place.complete) : places;
  const known = best.some((place) => place.entry !== undefined)
    ? best.filter((place) => place.entry !== undefined)
    : best;
  const distinct = new Map<string, FoundPlace>();
  for (const place of known) {
    const key = place.entry === undefined ? place.config.configuration : placeText(place.entry.at);
    if (!distinct.has(key)) distinct.set(key, place);
  }
  return [...distinct.values()];
}

function certainty(places: readonly FoundPlace[]): 'exact' | 'likely' | 'unknown' {
  const [best, ...others] = places;
  if (best?.entry === undefined) return 'unknown';
  return best.complete && others.length === 0 ? 'exact' : 'likely';
}

function relatedPlaces(best: FoundPlace | undefined, others: readonly FoundPlace[]): readonly RelatedPlace[] {
  const via = best?.entry?.via;
  return [
    ...(via === undefined ? [] : [{ message: `used by ${best?.config.configuration ?? ''}`, at: via }]),
    ...others.flatMap(({ entry, config }) =>
      entry === undefined ? [] : [{ message: `or here, in ${config.configuration}`, at: entry.at }],
    ),
  ].slice(0, LIMITS.collectorErrors.places);
}

/**
 * A supervisor that validates before it applies may answer with the mistake of the configuration before (opampsupervisor 0.158,
 * `validate_config`): then the id it names is in none of the lists here.
 */
function doubt(error: CollectorError, best: FoundPlace | undefined): readonly string[] {
  return error.family === 'references' && best !== undefined && !best.complete
    ? ['this configuration does not list it, so the text may be about an earlier one']
    : [];
}

/** `receiver kubeletstats/shop-kubelet: `, `pipeline traces: `, or nothing where neither text nor config names anything. */
function subject(error: CollectorError, path: readonly string[]): string {
  const whole =
    error.anchored && path.length < 2 ? error.path : error.anchored || path !== error.path ? path : [];
  const named =
    whole.length > 1 && whole[0] === 'service' && whole.at(-1) === error.key ? whole.slice(0, -1) : whole;
  const [section, id] = named;
  const componentClass = COMPONENT_CLASSES.find((name) => name === section);
  if (componentClass !== undefined && id !== undefined) return `${classWord(componentClass)} ${id}: `;
  if (section !== 'service') return '';
  if (id === 'pipelines' && named[2] !== undefined) return `pipeline ${named[2]}: `;
  return `${named.slice(0, 3).join('.')}: `;
}

function unrecognised(text: string): Finding {
  const words = text.trim().slice(-LIMITS.collectorErrors.wordsCharacters);
  return {
    rule: RULE,
    severity: 'error',
    message: 'the agent refused the configuration with words that are not known here',
    otelcolMessage: words,
    certainty: 'unknown',
  };
}

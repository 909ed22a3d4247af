import type { EffectiveConfig } from '../collector/effective-config.ts';
import { pipelinesOf } from '../collector/pipelines.ts';
import { provenanceOf } from '../collector/provenance.ts';
import { closest } from '../document/closest.ts';
import type { Finding } from '../document/finding.ts';
import { isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { RenderedConfiguration } from '../resources/rendered.ts';
import { rendersOf } from './rule.ts';
import type { LintInput } from './rule.ts';

/** What a rule says about one path of one config. */
export type ConfigMistake = Pick<Finding, 'rule' | 'severity' | 'message'> &
  Partial<Pick<Finding, 'fixes' | 'otelcolMessage' | 'certainty'>> & { readonly path: readonly string[] };

/** A finding at whatever brought a path into a config, with the Configuration's reference to it. */
export function configFinding(rendered: RenderedConfiguration, mistake: ConfigMistake): Finding {
  const { path, ...said } = mistake;
  const entry = provenanceOf(rendered.config, path);
  const at = entry?.at ?? rendered.at;
  // What is wrong with a guess may be right with what is really installed.
  const guessed = (rendered.config.assumed?.length ?? 0) > 0 && said.severity === 'error';
  return {
    ...said,
    ...(guessed && { severity: 'warning' as const, certainty: 'likely' as const }),
    ...(at && { at }),
    ...(entry?.via && { related: [{ message: 'used here', at: entry.via }] }),
    configuration: rendered.key,
  };
}

/**
 * Runs a check over every config whose text is the whole truth; where parts cannot be shown, what seems missing may be in them.
 * @param check gives the mistakes of one config
 */
export function wholeConfigs(
  input: LintInput,
  check: (config: EffectiveConfig, rendered: RenderedConfiguration) => readonly ConfigMistake[],
): readonly Finding[] {
  return rendersOf(input).flatMap((rendered) => {
    const { config } = rendered;
    if (config.unrendered.length > 0 || Object.keys(config.tree).length === 0) return [];
    return check(config, rendered).map((mistake) => configFinding(rendered, mistake));
  });
}

/**
 * The config file that another one of its folder is merged over, as far as names tell: `config.yaml` for `config-extras.yaml`, if that has
 * pipelines without both ends. A collector may
 * be given several files, and one may define what another names. None for configs that Kubernetes or a control plane delivers, whose parts
 * are known.
 */
export function filesBeside({ key, config }: RenderedConfiguration, { head }: LintInput): readonly JsonMap[] {
  const stem = stemOf(key);
  const isPart = pipelinesOf(config.tree).some(
    ({ receivers, exporters }) => receivers.length === 0 || exporters.length === 0,
  );
  if (stem === undefined || !isPart) return [];
  return [...head.repository.collectors.values()].flatMap(({ key: other, collector }) => {
    const base = stemOf(other);
    return base !== undefined && stem.startsWith(`${base}-`) && collector.config !== undefined
      ? [collector.config.tree]
      : [];
  });
}

function stemOf(key: string): string | undefined {
  return key.startsWith('CollectorConfig/') ? key.replace(/\.ya?ml$/, '') : undefined;
}

/** Whether nobody wrote a path of a config: a chart, a preset or the operator added it. */
export function isAdded({ config, collector }: RenderedConfiguration, path: readonly string[]): boolean {
  const added = longest(collector?.config?.added ?? [], path);
  return added > 0 && added >= longest(config.provenance, path);
}

/** The length of the longest path of a list that a path begins with; 0 where there is none but the whole. */
function longest(list: readonly { readonly path: readonly string[] }[], path: readonly string[]): number {
  return list.reduce(
    (best, { path: one }) =>
      one.length > best && one.length <= path.length && one.every((step, index) => step === path[index])
        ? one.length
        : best,
    0,
  );
}

/** A map at a path of a config; empty where there is none. */
export function mapAt(tree: JsonMap, ...path: readonly string[]): JsonMap {
  let current: Json | undefined = tree;
  for (const step of path) current = isMap(current) ? current[step] : undefined;
  return isMap(current) ? current : {};
}

/** `, did you mean \`x\`?` where one of the candidates is close; else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = closest(word, candidates);
  return meant === undefined ? '' : `, did you mean \`${meant}\`?`;
}

import { emitYaml } from '../../document/emit.ts';
import { parseYaml } from '../../document/yaml.ts';
import type { EffectiveConfig } from '../effective-config.ts';
import { componentsOf, isUsed } from '../pipelines.ts';
import { extended } from './draft.ts';
import type { Draft, TrialChange, TrialContext, TrialStep, TrialWord } from './draft.ts';
import { exporters, sinkOf } from './exporters.ts';
import { withValue } from './edit.ts';
import { files, lookedFor } from './files.ts';
import { listeners } from './listeners.ts';
import { ownTelemetry } from './own-telemetry.ts';
import { placeholderFor, placeholdersOf } from './placeholders.ts';
import type { Placeholder } from './placeholders.ts';
import { foreignPlaces, isOneValue, isTransparent } from './references.ts';
import { isBuiltIn, staysHere } from './stays.ts';
import { strangers } from './strangers.ts';

/** A config that a collector may be given on this machine, and what is other about it. */
export interface TrialConfig {
  readonly text: string;
  readonly changes: readonly TrialChange[];
  readonly words: readonly TrialWord[];
  /** To be made before, below the folder of the trial. */
  readonly folders: readonly string[];
  readonly placeholders: readonly Placeholder[];
}

/** Why a config cannot be tried, as a sentence's end. */
export interface Untriable {
  readonly reason: string;
}

/** What a start needs beyond a validation, in this order: a later step sees what the ones before it have left. */
const STEPS: readonly TrialStep[] = [strangers, exporters, ownTelemetry, listeners, files];

type Tried = Pick<EffectiveConfig, 'text' | 'tree' | 'unrendered'>;

/**
 * A config for `validate`: as it is, byte for byte, unless it would read files or addresses while it is loaded, or look for folders of the agent.
 * Environment variables are filled with placeholders.
 */
export function validatableConfig(config: Tried, context: TrialContext): TrialConfig | Untriable {
  const draft = readDraft(config, context);
  if ('reason' in draft) return draft;
  return finished(draft, config, context);
}

/**
 * The same config so that it can be started here: addresses on loopback, exporters replaced by a sink, files and folders of its own, and without
 * what is not known to stay on this machine. What happens to it is in `changes`; `words` give the original's words back.
 */
export function startableConfig(config: Tried, context: TrialContext): TrialConfig | Untriable {
  if (sinkOf(context.capabilities, config.tree) === undefined) {
    const isSilent = context.capabilities.components.exporters.length === 0;
    const why = isSilent ? 'the binary does not tell what is in it' : 'the binary has neither';
    return { reason: `to be started it needs a nop or debug exporter in place of the others; ${why}` };
  }
  const stranger = componentsOf(config.tree).find(
    ({ class: section, id, type }) =>
      section === 'connectors' &&
      isUsed(config.tree, section, id) &&
      !(staysHere(section, type, context.catalogue) && isBuiltIn(section, type, context)),
  );
  if (stranger !== undefined) {
    const why = isBuiltIn('connectors', stranger.type, context)
      ? 'is not known to stay on this machine'
      : 'is not in this binary';
    return { reason: `connector ${stranger.id} ${why}` };
  }
  const draft = readDraft(config, context);
  if ('reason' in draft) return draft;
  return finished(
    STEPS.reduce((current, step) => step.apply(current, context), draft),
    config,
    context,
  );
}

function readDraft({ text: whole, tree, unrendered }: Tried, context: TrialContext): Draft | Untriable {
  const [missing] = unrendered;
  if (missing !== undefined) return { reason: `it is not whole: ${missing}` };
  const { capabilities, catalogue } = context;
  const isRead = parseYaml('', whole).findings.every(({ severity }) => severity !== 'error');
  if (!isRead && !isTransparent(whole, capabilities)) {
    return { reason: 'it cannot be read here and may name files, which a trial does not open' };
  }
  const start: Draft = { tree, changes: [], words: [], folders: [] };
  const foreign = foreignPlaces(tree, capabilities);
  const outside = foreign.find(({ path }) => !isOneValue(tree, path));
  if (outside !== undefined) {
    return {
      reason: `${outside.path.join('.')} comes from ${outside.reference}, which a trial does not read`,
    };
  }
  const filled = foreign.reduce(
    (draft, { path, reference, text }) =>
      extended(draft, {
        tree: withValue(draft.tree, path, placeholderFor(text, path, catalogue, capabilities.version)),
        changes: [
          {
            path,
            what: 'a placeholder: a trial reads neither files nor addresses',
            was: reference,
            isPlaceholder: true,
          },
        ],
      }),
    start,
  );
  return lookedFor.apply(filled, context);
}

function finished(draft: Draft, { text, tree }: Tried, context: TrialContext): TrialConfig {
  const { capabilities, catalogue } = context;
  // What the collector is given holds nothing that was not looked at: where the text could hide something, it is written anew.
  const asItIs = draft.tree === tree && isTransparent(text, capabilities);
  return {
    text: asItIs ? text : emitYaml(draft.tree),
    changes: draft.changes,
    words: draft.words.toSorted((a, b) => b.trial.length - a.trial.length),
    folders: draft.folders,
    placeholders: placeholdersOf(draft.tree, catalogue, capabilities.version),
  };
}

/** What a collector said about a trial's config, in the words that it would have used for the original. */
export function inOriginalWords(text: string, words: readonly TrialWord[]): string {
  return words.reduce((said, { trial, original }) => said.replaceAll(trial, () => original), text);
}

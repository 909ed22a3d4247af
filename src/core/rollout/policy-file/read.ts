import type { Finding, SourceRange } from '../../document/finding.ts';
import { at, entriesAt, entry, itemsAt, plain, textAt } from '../../document/node.ts';
import type { MapNode, Node, Path } from '../../document/node.ts';
import { schemaFindings, validatable } from '../../document/schema.ts';
import { settingMistakes } from '../gates/judge.ts';
import type { PolicyProfile, PolicySpec, PolicyStage } from '../policy.ts';
import type { GateSetting, RolloutWindow } from '../rollout.ts';
import { validateRolloutPolicy } from '../gen/policy-validator.mjs';
import {
  DAY_MINUTES,
  readAmount,
  readDays,
  readDuration,
  readGateName,
  readHours,
  readShare,
  readStrata,
  readTimeZone,
} from './values.ts';
import type { Parsed } from './values.ts';

/** Rules of what stands in a policy: its shape and values, and its gates. */
export const SHAPE_RULE = 'ROL-001';
export const GATE_RULE = 'ROL-002';

/** A `RolloutPolicy` document, read. */
export interface ReadPolicy {
  /** Absent where the document has no name. */
  readonly name?: string;
  /** Absent where something in the document is an error. */
  readonly spec?: PolicySpec;
  readonly findings: readonly Finding[];
}

/**
 * Reads a `RolloutPolicy` document (schemas/rollout-policy.schema.json). Mistakes are findings on their lines, of rules
 * `SHAPE_RULE` and `GATE_RULE`; a policy with errors has no `spec`, because half a policy is another policy.
 */
export function readPolicy(root: MapNode): ReadPolicy {
  const named = textAt(root, 'metadata', 'name');
  const name = named === undefined ? {} : { name: named };
  const value = validatable(plain(root));
  if (!validateRolloutPolicy(value)) {
    return { ...name, findings: schemaFindings(validateRolloutPolicy.errors ?? [], root, SHAPE_RULE) };
  }
  const reader = new Reader(root);
  const spec: PolicySpec = {
    name: named ?? '',
    ...optional('profile', profileOf(textAt(root, 'spec', 'profile'))),
    ...wavesOf(reader),
    ...sizesOf(reader),
    ...budgetOf(reader),
    ...timesOf(reader),
    ...optional('onRegression', regressionOf(textAt(root, 'spec', 'onRegression'))),
    ...optional('onInvalid', invalidOf(textAt(root, 'spec', 'onInvalid'))),
    ...gatesOf(reader),
    ...optional('checks', reader.texts('checks')),
    ...windowsOf(reader),
  };
  const { findings } = reader;
  const isSound = findings.every(({ severity }) => severity !== 'error');
  return { ...name, ...(isSound && { spec }), findings };
}

/** Values of `spec` by their paths; what cannot be read is a finding and counts as absent. */
class Reader {
  readonly findings: Finding[] = [];
  readonly root: MapNode;

  constructor(root: MapNode) {
    this.root = root;
  }

  node(...path: Path): Node | undefined {
    return at(this.root, 'spec', ...path);
  }

  number(...path: Path): number | undefined {
    const node = this.node(...path);
    if (node?.kind !== 'scalar') return undefined;
    return typeof node.value === 'number' || typeof node.value === 'bigint' ? Number(node.value) : undefined;
  }

  text(...path: Path): string | undefined {
    return textAt(this.root, 'spec', ...path);
  }

  texts(...path: Path): readonly string[] | undefined {
    const node = this.node(...path);
    if (node?.kind !== 'sequence') return undefined;
    return node.items.flatMap((item) =>
      item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
    );
  }

  parsed<T>(path: Path, parse: (text: string) => Parsed<T>): T | undefined {
    const text = this.text(...path);
    return text === undefined ? undefined : this.take(path, `\`${shown(text)}\``, parse(text));
  }

  take<T>(path: Path, written: string, result: Parsed<T>): T | undefined {
    if ('value' in result) return result.value;
    const node = this.node(...path);
    const message = sentence(`\`${pathText(['spec', ...path])}\`: ${written} ${result.mistake}`);
    this.tell('error', message, node?.at);
    return undefined;
  }

  tell(
    severity: Finding['severity'],
    message: string,
    at: SourceRange | undefined,
    rule: string = SHAPE_RULE,
  ): void {
    this.findings.push({ rule, severity, message, at: at ?? this.root.at });
  }
}

function wavesOf(reader: Reader): Pick<PolicySpec, 'stages'> {
  const items = itemsAt(reader.root, 'spec', 'waves');
  if (items.length === 0) return {};
  const names = new Set<string>();
  const stages = items.map((item, index): PolicyStage => {
    const name = textAt(item, 'name') ?? '';
    const place = at(item, 'name')?.at;
    if (names.has(name)) {
      reader.tell('error', `There is a wave \`${shown(name)}\` before; each has a name of its own.`, place);
    }
    if (name === 'rest') {
      reader.tell('error', '`rest` is the name of what no wave takes; give this wave another one.', place);
    }
    names.add(name);
    const approval = at(item, 'approval');
    const asked = approval?.kind === 'scalar' ? approval.value : false;
    if (asked === 'environment') {
      const message =
        'Reviewers of a GitHub environment are not asked: the wave waits until somebody promotes the rollout (`/collie promote`). Write `approval: true`.';
      reader.tell('notice', message, approval?.at);
    }
    const matchLabels = entriesAt(item, 'selector', 'matchLabels').map(({ key, value }) => [
      key,
      value.kind === 'scalar' ? String(value.value) : '',
    ]);
    if (matchLabels.length === 0 && index < items.length - 1) {
      const message = `Wave \`${shown(name)}\` has no \`selector\`, so that it takes every agent and the waves behind it get none.`;
      reader.tell('error', message, place);
    }
    return {
      name,
      matchLabels: Object.fromEntries(matchLabels),
      ...(asked === false ? {} : { approval: true }),
      ...optional('profile', profileOf(textAt(item, 'profile'))),
    };
  });
  return { stages };
}

function sizesOf(reader: Reader): Partial<PolicySpec> {
  const strata = reader.texts('canary', 'strata');
  const steps = stepsOf(reader);
  return {
    ...optional('canaryMaximum', reader.number('canary', 'max')),
    ...optional('perStratum', reader.number('canary', 'perStratum')),
    ...optional('controls', reader.number('canary', 'control')),
    ...(strata && { strata: readStrata(strata) }),
    ...optional('growth', reader.number('batches', 'growth')),
    ...optional('shares', steps),
    ...optional('maxConcurrent', reader.number('batches', 'maxConcurrent')),
  };
}

/** Shares grow, and the last one is everybody: what is missing is added, since nobody means to stop half way. */
function stepsOf(reader: Reader): readonly number[] | undefined {
  const items = itemsAt(reader.root, 'spec', 'batches', 'steps');
  const shares = items.map((_, index) => reader.parsed(['batches', 'steps', index], readShare));
  shares.forEach((share, index) => {
    const before = shares[index - 1];
    if (share === undefined || before === undefined || share > before) return;
    const message = `\`spec.batches.steps[${index}]\`: the shares must grow from step to step.`;
    reader.tell('error', message, items[index]?.at);
  });
  const known = shares.filter((share) => share !== undefined);
  if (known.length === 0) return undefined;
  return known.at(-1) === 1 ? known : [...known, 1];
}

function budgetOf(reader: Reader): Partial<PolicySpec> {
  const path = ['budget', 'maxBadAgents'];
  const written = reader.number(...path) ?? reader.text(...path);
  const maxBadAgents =
    written === undefined
      ? undefined
      : reader.take(path, `\`${shown(String(written))}\``, readAmount(written));
  const domain = ['budget', 'maxUnavailablePerDomain'];
  return {
    ...optional('maxBadAgents', maxBadAgents),
    ...optional('domainLabel', reader.text(...domain, 'label')?.replace(/^labels\./, '')),
    ...optional('domainShare', reader.parsed([...domain, 'max'], readShare)),
  };
}

function timesOf(reader: Reader): Partial<PolicySpec> {
  const duration = (...path: Path): number | undefined => reader.parsed(path, readDuration);
  const auto = reader.text('soak', 'canary') === 'auto';
  return {
    ...optional('settleMs', duration('soak', 'settle')),
    ...(auto ? { canarySoakAuto: true } : optional('canarySoakMs', duration('soak', 'canary'))),
    ...optional('soakMs', duration('soak', 'batch')),
    ...optional('finalSoakMs', duration('soak', 'final')),
    ...optional('deadlineMs', deadline(reader, 'apply')),
    ...optional('phaseMs', deadline(reader, 'wave')),
    ...optional('rolloutMs', deadline(reader, 'rollout')),
    ...optional('offlineQuorum', reader.parsed(['deadlines', 'offlineQuorum'], readShare)),
  };
}

function deadline(reader: Reader, name: string): number | undefined {
  return reader.parsed(['deadlines', name], (text) => {
    const read = readDuration(text);
    return 'value' in read && read.value === 0 ? { mistake: 'leaves no time at all' } : read;
  });
}

const OWN_KEYS: ReadonlySet<string> = new Set(['shadow', 'off', 'action']);

function gatesOf(reader: Reader): Pick<PolicySpec, 'gates'> {
  const entries = entriesAt(reader.root, 'spec', 'gates');
  if (entries.length === 0) return {};
  const gates: Record<string, GateSetting> = {};
  for (const { key, keyAt, value } of entries) {
    const id = readGateName(key);
    if (Object.hasOwn(gates, id)) {
      reader.tell('error', `Gate \`${shown(id)}\` is set before, under another name.`, keyAt, GATE_RULE);
      continue;
    }
    const setting = gateOf(value);
    Object.defineProperty(gates, id, { value: setting, enumerable: true });
    gateFindings(reader, id, keyAt, value);
  }
  return { gates };
}

/** One sentence a mistake, each on the line of its number. */
function gateFindings(reader: Reader, id: string, keyAt: SourceRange, value: Node): void {
  const unknown = settingMistakes({ [id]: {} });
  for (const mistake of unknown) reader.tell('error', sentence(mistake), keyAt, GATE_RULE);
  if (unknown.length > 0) return;
  for (const { key, keyAt: place, value: number } of entriesAt(value)) {
    if (OWN_KEYS.has(key)) continue;
    const written = number.kind === 'scalar' ? number.value : undefined;
    // `auto` asks for nothing, so that a name which does not exist does no harm.
    const isAuto = written === 'auto';
    const mistakes = settingMistakes({ [id]: { values: { [key]: isAuto ? Number.NaN : Number(written) } } });
    for (const mistake of mistakes) {
      if (isAuto && !/has no setting/.test(mistake)) continue;
      reader.tell(isAuto ? 'warning' : 'error', sentence(mistake), place, GATE_RULE);
    }
  }
}

function gateOf(value: Node): GateSetting {
  const flag = (name: string): boolean | undefined => {
    const node = at(value, name);
    return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined;
  };
  const action = textAt(value, 'action');
  const values = entriesAt(value).flatMap(({ key, value: number }): [string, number][] =>
    !OWN_KEYS.has(key) && number.kind === 'scalar' && number.value !== 'auto'
      ? [[key, Number(number.value)]]
      : [],
  );
  return {
    ...optional('shadow', flag('shadow')),
    ...optional('off', flag('off')),
    ...(action === 'rollback' || action === 'pause' ? { action } : {}),
    ...(values.length > 0 && { values: Object.fromEntries(values) }),
  };
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

function windowsOf(reader: Reader): Pick<PolicySpec, 'windows'> {
  const items = itemsAt(reader.root, 'spec', 'windows');
  if (items.length === 0) return {};
  const windows = items.map((item, index): RolloutWindow => {
    const path = ['windows', index];
    const days = reader.texts(...path, 'days') ?? reader.text(...path, 'days');
    const written = days === undefined ? undefined : [days].flat();
    const read =
      written === undefined
        ? EVERY_DAY
        : reader.take([...path, 'days'], `\`${shown(written.join(','))}\``, readDays(written));
    const hours =
      entry(item, 'hours') === undefined ? WHOLE_DAY : reader.parsed([...path, 'hours'], readHours);
    const timeZone = reader.parsed([...path, 'tz'], readTimeZone);
    return { days: read ?? [], ...(hours ?? WHOLE_DAY), timeZone: timeZone ?? 'UTC' };
  });
  return { windows };
}

const WHOLE_DAY = { fromMinute: 0, toMinute: DAY_MINUTES };

function profileOf(text: string | undefined): PolicyProfile | undefined {
  return text === 'fast' || text === 'standard' || text === 'careful' ? text : undefined;
}

function regressionOf(text: string | undefined): 'rollback' | 'pause' | undefined {
  return text === 'rollback' || text === 'pause' ? text : undefined;
}

function invalidOf(text: string | undefined): 'pause' | 'offer' | undefined {
  return text === 'pause' || text === 'offer' ? text : undefined;
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a computed key loses its name
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}

function pathText(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

import type { Resource } from '../../bindplane/resource.ts';
import { SENSITIVE } from '../../bindplane/parameters.ts';
import { COMPONENT_CLASSES } from '../../collector/component-id.ts';
import type { ComponentClass } from '../../collector/component-id.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ResourceChange } from '../../diff/resources.ts';
import { withoutCredentials } from '../../diff/destinations.ts';
import { canonicalJson } from '../../document/digest.ts';
import type { SourceRange } from '../../document/finding.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { isReference, isSecretKey } from '../../document/secret-keys.ts';
import { typedItemsOf } from '../../lint/items.ts';
import type { LoadedView } from '../../resources/view.ts';
import { nameIn, reason } from './subject.ts';
import type { RiskReason } from './plan-risk.ts';
import type { ChangedSecret, RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-008';

/** A wrong credential is applied and healthy; it shows when data is refused. Values are never told. */
export const secretTouched: RiskMember = {
  id: rule,
  summary: 'A credential that agents use already gets another value',
  check: (subject) => (subject.isNew ? [] : [...atKeys(subject), ...inParameters(subject)]),
};

/** Credentials in the config itself, of components that both revisions have. */
function atKeys(subject: RiskSubject): readonly RiskReason[] {
  const { comparison } = subject;
  const changed = new Set(
    comparison.changes.flatMap((change) =>
      change.kind === 'component' && change.action === 'changed' ? [`${change.class}\n${change.id}`] : [],
    ),
  );
  if (changed.size === 0) return [];
  return COMPONENT_CLASSES.flatMap((cls) => {
    const old = bodiesOf(comparison.before, cls);
    return [...bodiesOf(comparison.after, cls)].flatMap(([id, body]) => {
      const before = old.get(id);
      if (before === undefined || !changed.has(`${cls}\n${nameIn(comparison, cls, id)}`)) return [];
      return secretChanges(before, body, []).map((change) => atKey(subject, cls, id, change));
    });
  });
}

function atKey(
  subject: RiskSubject,
  cls: ComponentClass,
  id: string,
  { path, before, after, inAddress }: SecretChange,
): RiskReason {
  const name = `\`${path.join('.')}\` of \`${nameIn(subject.comparison, cls, id)}\``;
  const [was, is] = [kindOf(before), kindOf(after)];
  const message =
    inAddress === true
      ? `the credential in ${name} is another one`
      : is === 'nothing'
        ? `${name} goes away: agents no longer authenticate with it`
        : was === 'nothing'
          ? `${name} is new: agents authenticate with it from now on`
          : was === 'reference' && is === 'value'
            ? `${name} stands in the file now instead of being read on the agent`
            : was === 'value' && is === 'reference'
              ? `${name} is read on the agent now (\`${textOf(after)}\`): it must be there before the rollout`
              : was === 'reference'
                ? `${name} is read from \`${textOf(after)}\` instead of \`${textOf(before)}\``
                : `${name} gets another value`;
  return reason(subject, { rule, level: 'medium', message }, { class: cls, id, path });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

interface SecretChange {
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** True where the value is an address with a credential in it. */
  readonly inAddress?: boolean;
}

function kindOf(value: Json | undefined): 'nothing' | 'reference' | 'value' {
  if (value === undefined || value === null || value === '') return 'nothing';
  return typeof value === 'string' && isReference(value) ? 'reference' : 'value';
}

function secretChanges(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
): readonly SecretChange[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (isMap(before) || isMap(after)) {
    const [old, young] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    // A whole block that comes or goes is a change of another kind.
    if (!isMap(before) || !isMap(after)) return [];
    return [...new Set([...Object.keys(old), ...Object.keys(young)])].flatMap((key) => {
      const [was, is] = [old[key], young[key]];
      const isLeaf = (value: Json | undefined): boolean => !isMap(value) && !isList(value);
      if (!isSecretKey(key) || !isLeaf(was) || !isLeaf(is)) return secretChanges(was, is, [...path, key]);
      return canonicalJson(was ?? null) === canonicalJson(is ?? null)
        ? []
        : [{ path: [...path, key], before: was, after: is }];
    });
  }
  if (typeof before === 'string' && typeof after === 'string' && isOnlyCredentials(before, after)) {
    return [{ path, before, after, inAddress: true }];
  }
  if (isList(before) && isList(after) && before.length === after.length) {
    return before.flatMap((item, index) => secretChanges(item, after[index], [...path, String(index)]));
  }
  return [];
}

/** Whether two URLs differ in the name and the password in them and in nothing else. */
function isOnlyCredentials(before: string, after: string): boolean {
  const [was, is] = [withoutCredentials(before), withoutCredentials(after)];
  return was === is && was !== before && is !== after;
}

/** Parameters that their type calls sensitive: the config shows a mask for them. */
function inParameters(subject: RiskSubject): readonly RiskReason[] {
  const { configuration, fleet } = subject;
  return changedSecrets(subject).map(({ resource, parameter, at }) => {
    const message = `parameter \`${parameter}\` of \`${resource.kind} ${resource.name}\` gets another value`;
    const place = at ?? fleet.head.repository.resources.get(resource.key)?.at;
    return { rule, level: 'medium', message, configuration: configuration.key, ...(place && { at: place }) };
  });
}

/** Whether a sensitive parameter of what the configuration is made of may have another value than before. */
export function mayChangeSecret(subject: Pick<RiskSubject, 'configuration' | 'fleet'>): boolean {
  return sensitiveChanges(subject).length > 0;
}

function changedSecrets(subject: RiskSubject): readonly ChangedSecret[] {
  return sensitiveChanges(subject).filter(({ certain }) => certain);
}

function sensitiveChanges({
  configuration,
  fleet,
}: Pick<RiskSubject, 'configuration' | 'fleet'>): readonly ChangedSecret[] {
  if (fleet.secrets.size === 0) return [];
  return [...new Set<string>([configuration.key, ...configuration.uses])].flatMap(
    (key) => fleet.secrets.get(key) ?? [],
  );
}

/** Sensitive parameters that may have another value, by the key of their resource. */
export function secretsChanged(
  changes: readonly ResourceChange[],
  base: LoadedView,
  head: LoadedView,
): ReadonlyMap<string, readonly ChangedSecret[]> {
  const found = new Map<string, readonly ChangedSecret[]>();
  for (const { action, key, before, after } of changes) {
    if (action !== 'update' || before === undefined || after === undefined) continue;
    const old = sensitiveParameters(before, base);
    const changed = [...sensitiveParameters(after, head)].flatMap(([id, { name, value, at }]) => {
      const was = old.get(id);
      if (was === undefined || canonicalJson(was.value) === canonicalJson(value) || value === SENSITIVE) {
        return [];
      }
      return [{ resource: after, parameter: name, certain: was.value !== SENSITIVE, ...(at && { at }) }];
    });
    if (changed.length > 0) found.set(key, changed);
  }
  return found;
}

interface SensitiveParameter {
  readonly name: string;
  readonly value: Json;
  readonly at?: SourceRange;
}

function sensitiveParameters(
  resource: Resource,
  { types }: LoadedView,
): ReadonlyMap<string, SensitiveParameter> {
  const found = new Map<string, SensitiveParameter>();
  typedItemsOf(resource).forEach(({ kind, type, id, parameters }, index) => {
    const sensitive = new Set(
      (types.get(kind, type)?.parameters ?? []).flatMap(({ name, sensitive: is }) => (is ? [name] : [])),
    );
    for (const { name, value, node } of parameters) {
      if (!sensitive.has(name)) continue;
      found.set([kind, type, id ?? index, name].join('\n'), { name, value, ...(node && { at: node.at }) });
    }
  });
  return found;
}

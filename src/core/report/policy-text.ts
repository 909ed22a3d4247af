import type { PhrasingContent, RootContent } from 'mdast';
import { isList, isMap } from '../document/node.ts';
import type { Json, JsonMap } from '../document/node.ts';
import type { ConfigurationPlan, Plan } from '../plan/plan.ts';
import type { PolicyChange, PolicyField } from '../plan/policy-change.ts';
import type { Outlook, WaveOutlook } from '../rollout/outlook.ts';
import type { Colours } from './colours.ts';
import { durationText } from './elapsed.ts';
import { nameList, placeLink } from './finding-markdown.ts';
import { placeJson } from './findings-json.ts';
import type { ReportContext } from './links.ts';
import type { Prose } from './markdown.ts';
import { details, join, line, list, paragraph, strong } from './markdown.ts';
import type { Redactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';
import { plural } from './verdict.ts';

/** Batches named one by one; what lies between is counted. */
const BATCHES = 6;

/**
 * How a rollout goes over the agents that are known: `canary 1 of 9 (1 of 2 kinds), then 2, 4, 2; at least 8 min`; wave by
 * wave where the policy has several.
 */
function outlookText({ waves, atLeastMs }: Outlook): string {
  const [only] = waves;
  const told =
    waves.length === 1 && only?.name === ''
      ? waveText(only)
      : waves
          .map(
            (wave) => `${wave.name}${wave.approval ? ' once somebody promotes it' : ''}: ${waveText(wave)}`,
          )
          .join(' · ');
  return atLeastMs === 0 ? told : `${told}; at least ${durationText(atLeastMs)}`;
}

function waveText({ agents, canaries, kinds, batches }: WaveOutlook): string {
  const some = kinds.all > 1 ? ` (${kinds.covered} of ${kinds.all} kinds)` : '';
  const all = agents === 1 ? 'its one agent' : `all ${agents} agents`;
  if (batches.length === 0) return `${all} at once${some}`;
  const shown =
    batches.length <= BATCHES
      ? batches.join(', ')
      : `${batches.slice(0, BATCHES - 1).join(', ')} … ${batches.at(-1) ?? ''} (${batches.length} batches)`;
  return `canary ${canaries} of ${agents}${some}, then ${shown}`;
}

/** What the policies of a plan become, and how its configurations are rolled out; nothing where neither is known. */
export function policyBlocks(plan: Plan, context: ReportContext, prose: Prose, most: number): RootContent[] {
  return [...changeBlocks(plan, context, prose, most), ...outlookBlocks(plan, prose, most)];
}

/** Policies of the head count for its own rollouts: whoever merges has to know that. */
const COUNTS =
  'They count as soon as this is merged, for the rollouts of this change too; until then nothing goes by them.';

function changeBlocks(
  { policies = [] }: Plan,
  context: ReportContext,
  prose: Prose,
  most: number,
): RootContent[] {
  if (policies.length === 0) return [];
  if (most === 0) return [paragraph(`${plural(policies.length, 'rollout policy')} not listed here.`)];
  const items = policies.slice(0, most).map((change) => {
    const place = change.at === undefined ? [] : line(' (', placeLink(change.at, context, prose), ')');
    const head = line(prose.code(SIGNS[change.action]), ' ', prose.code(change.name), place);
    const users = change.users.length === 0 ? [] : line(' of ', nameList(change.users, prose, 5));
    const fields = join(
      change.fields.slice(0, FIELDS).map((field) => fieldOf(field, prose)),
      ', ',
    );
    const more = change.fields.length > FIELDS ? ` and ${change.fields.length - FIELDS} more` : '';
    const said =
      change.unread === true ? line(': cannot be read') : fields.length > 0 ? line(': ', fields, more) : [];
    return [paragraph(head, users, said)];
  });
  const beyond = policies.length - items.length;
  return [
    paragraph(strong('Rollout policies'), ` · ${COUNTS}`),
    list(items, false),
    ...(beyond > 0 ? [paragraph(`and ${plural(beyond, 'more rollout policy')}`)] : []),
  ];
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** Places of one policy named in one line. */
const FIELDS = 12;

function fieldOf({ path, before, after }: PolicyField, prose: Prose): PhrasingContent[] {
  const was = before === undefined ? [] : line(prose.text(before), ' ');
  const is = after === undefined ? line('default') : prose.text(after);
  return line(prose.code(path), ' ', was.length === 0 ? line('default ') : was, '→ ', is);
}

function outlookBlocks({ configurations }: Plan, prose: Prose, most: number): RootContent[] {
  const known = configurations.filter(({ policy }) => policy?.outlook !== undefined);
  if (known.length === 0 || most === 0) return [];
  const groups = [...Map.groupBy(known, ({ policy }) => `${policy?.name ?? ''}\n${rolloutSentence(policy)}`)];
  const shown = groups.slice(0, most).map(([, group]) => group);
  const items = shown.map((group) => {
    const names = nameList(
      group.map(({ name }) => name),
      prose,
      5,
    );
    const said = prose.text(rolloutSentence(group[0]?.policy));
    return [paragraph(names, ...policyName(group[0], prose), ': ', said)];
  });
  const untold = known.length - shown.flat().length;
  const rest = untold > 0 ? [paragraph(`and ${plural(untold, 'more configuration')}`)] : [];
  return details(
    'How it is rolled out, if nothing goes wrong',
    [list(items, false), ...rest],
    known.length <= 3,
  );
}

function policyName(configuration: ConfigurationPlan | undefined, prose: Prose): PhrasingContent[][] {
  const name = configuration?.policy?.name;
  return name === undefined ? [] : [line(' by '), [prose.code(name)]];
}

function rolloutSentence(policy: ConfigurationPlan['policy']): string {
  return policy?.outlook === undefined ? '' : outlookText(policy.outlook);
}

/** The same for a terminal. */
export function policyLines(
  { policies = [], configurations }: Plan,
  colours: Colours,
  redactor: Redactor,
): readonly string[] {
  const shown = (text: string): string => visibleLine(redactor.text(text));
  const changes = policies.flatMap(({ action, name, users, fields }) => [
    `${colourOf(action, colours)(SIGNS[action])} RolloutPolicy ${shown(name)}${users.length === 0 ? '' : ` ${shown(`· of ${users.join(', ')}`)}`}`,
    ...fields.map(
      ({ path, before, after }) => `    ${shown(`${path}: ${before ?? 'default'} → ${after ?? 'default'}`)}`,
    ),
  ]);
  const rollouts = configurations.flatMap(({ name, policy }) => {
    if (policy?.outlook === undefined) return [];
    const by = policy.name === undefined ? '' : ` by ${policy.name}`;
    return [`  ${shown(`${name}${by}: ${outlookText(policy.outlook)}`)}`];
  });
  return [
    ...changes,
    ...(policies.length > 0 ? [colours.dim(`  ${COUNTS}`)] : []),
    ...(rollouts.length > 0
      ? [colours.bold('How it is rolled out, if nothing goes wrong'), ...rollouts]
      : []),
  ];
}

function colourOf(action: PolicyChange['action'], colours: Colours): (text: string) => string {
  return { create: colours.green, update: colours.yellow, delete: colours.red }[action];
}

/** One policy of a plan that changes, as data. */
export function policyJson(change: PolicyChange, redactor: Redactor): JsonMap {
  const { action, name, before, after, fields, users, at } = change;
  return {
    action,
    name,
    users: [...users],
    fields: fields.map((field) => redacted({ ...field }, redactor)),
    ...(at && { place: placeJson(at) }),
    ...(before && { before: redacted(before, redactor) }),
    ...(after && { after: redacted(after, redactor) }),
  };
}

function redacted(value: Json, redactor: Redactor): Json {
  if (typeof value === 'string') return redactor.text(value);
  if (isList(value)) return value.map((item) => redacted(item, redactor));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redacted(member, redactor)]));
}

/** How a configuration is rolled out, as data. */
export function plannedPolicyJson({ name, outlook }: NonNullable<ConfigurationPlan['policy']>): JsonMap {
  return {
    ...(name !== undefined && { name }),
    ...(outlook && {
      outlook: {
        text: outlookText(outlook),
        agents: outlook.agents,
        atLeastMs: outlook.atLeastMs,
        waves: outlook.waves.map(({ kinds, batches, ...wave }) => ({
          ...wave,
          kinds: { ...kinds },
          batches: [...batches],
        })),
      },
    }),
  };
}

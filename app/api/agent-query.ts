import type { Store } from '../store/store.ts';
import type { AgentView } from './agent-answers.ts';
import { Problem } from './problem.ts';

/** `a=b,c=d` (Kubernetes' equality selector) as labels; Problem 400 for what is none. */
export function parseSelector(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const match = /^\s*([^=!\s]+)\s*==?\s*([^=!\s]*)\s*$/.exec(part);
    if (match?.[1] === undefined) {
      throw new Problem(400, `cannot read the selector ${JSON.stringify(part)}; write it like a=b,c=d`);
    }
    labels[match[1]] = match[2] ?? '';
  }
  return labels;
}

/** Whether all labels of a selector are there. */
export function hasLabels(view: AgentView, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => view.labels[key] === value);
}

/** One term of a query: a field and what it must hold; no field means any. */
interface Term {
  readonly negated: boolean;
  readonly field: string;
  readonly value: string;
}

const STATUS_WORDS = ['disconnected', 'connected', 'error', '', '', 'deleted', 'configuring', 'upgrading'];

/** BindPlane's query language as far as clients use it (reference/bindplane.md §4.4): terms, all of which must hold. */
function parseQuery(text: string): readonly Term[] {
  const pieces = text.match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return pieces.map((piece) => {
    const negated = piece.startsWith('-');
    const plain = piece.replace(/^[+-]/, '').replaceAll(/\\(.)|"/g, '$1');
    const colon = plain.search(/[:=]/);
    if (colon <= 0) return { negated, field: '', value: plain.toLowerCase() };
    return {
      negated,
      field: plain.slice(0, colon).toLowerCase(),
      value: plain.slice(colon + 1).toLowerCase(),
    };
  });
}

/**
 * The agents a query finds. `rollout-error:<configuration>:<version>` finds those that refused, fell silent or turned
 * unhealthy in the newest rollout of that version, with what they said then, even if they were brought back since.
 */
export async function search(
  views: readonly AgentView[],
  query: string,
  store: Store,
): Promise<readonly AgentView[]> {
  let found = views;
  const newest = newestVersion(views);
  for (const term of parseQuery(query)) {
    if (!term.field.startsWith('rollout-')) {
      found = found.filter((view) => holds(view, term, newest) !== term.negated);
      continue;
    }
    const members = await inRollout(found, term, store);
    const uids = new Set(members.map(({ agent }) => agent.record.uid));
    found = term.negated ? found.filter(({ agent }) => !uids.has(agent.record.uid)) : members;
  }
  return found;
}

/** What `version:latest` means: the newest version that any of these agents has. */
function newestVersion(views: readonly AgentView[]): string {
  const versions = views.map(({ agent }) => agent.record.version);
  return (
    versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? ''
  ).toLowerCase();
}

async function inRollout(
  views: readonly AgentView[],
  { field, value }: Term,
  store: Store,
): Promise<readonly AgentView[]> {
  const colon = value.lastIndexOf(':');
  if (colon <= 0) return [];
  const name = value.slice(0, colon);
  const configuration = (await store.resources.list('Configuration')).find(
    (stored) => stored.name.toLowerCase() === name,
  );
  const version = Number(value.slice(colon + 1));
  const rollout = await store.rollouts.latest(configuration?.name ?? name, version);
  const members = new Map(rollout?.members.map((member) => [member.agent, member]));
  return views.flatMap((view): AgentView[] => {
    const member = members.get(view.agent.record.uid);
    if (member === undefined) return [];
    const { fault } = member;
    if (field === 'rollout-error') {
      const errorMessage = fault?.message ?? '';
      return fault === undefined ? [] : [{ ...view, status: 2, errorMessage, pending: value }];
    }
    const states: Readonly<Record<string, readonly string[]>> = {
      'rollout-complete': ['done'],
      'rollout-pending': ['offered', 'applying', 'soaking'],
      'rollout-waiting': ['waiting'],
    };
    return fault === undefined && (states[field] ?? []).includes(member.state) ? [view] : [];
  });
}

function holds(view: AgentView, { field, value }: Term, newest: string): boolean {
  if (field === '') return allText(view).includes(value);
  const candidates = valuesOf(view, field).map((candidate) => candidate.toLowerCase());
  if (value === '') return candidates.some((candidate) => candidate !== '');
  const wanted = field === 'version' && value === 'latest' ? newest : value;
  return candidates.some((candidate) => fits(candidate, wanted));
}

/** Equal but for a leading `v` of versions; `*` stands for any characters. */
function fits(candidate: string, wanted: string): boolean {
  const bare = (text: string): string => text.replace(/^v(?=\d)/, '');
  const [head = '', ...parts] = bare(wanted).split('*');
  const text = bare(candidate);
  const tail = parts.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let rest = text.slice(head.length);
  for (const part of parts) {
    const found = rest.indexOf(part);
    if (found < 0) return false;
    rest = rest.slice(found + part.length);
  }
  return rest.endsWith(tail);
}

/** What an agent has under a name: fields of BindPlane's (reference/bindplane.md §4.4), and its labels. */
function valuesOf(view: AgentView, field: string): readonly string[] {
  const own = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  const labels = Object.entries(view.labels).filter(([key]) => key.toLowerCase() === field);
  return [...(own?.(view) ?? []), ...labels.map(([, value]) => value)];
}

const FIELDS: Readonly<Record<string, (view: AgentView) => readonly string[]>> = {
  id: ({ agent }) => [agent.record.uid],
  name: ({ agent }) => [agent.record.name],
  arch: ({ agent }) => [agent.record.arch],
  hostname: ({ agent }) => [agent.record.hostname],
  platform: ({ agent }) => [agent.record.platform],
  os: ({ agent }) => [agent.record.osDetails, agent.record.os],
  version: ({ agent }) => [agent.record.version],
  macaddress: ({ agent }) => [agent.record.macAddress],
  type: ({ agent }) => [agent.record.type],
  status: ({ status }) => [STATUS_WORDS[status] ?? '', String(status)],
  configuration: ({ current }) => [current, current.split(':')[0] ?? ''],
  'configuration-current': ({ current }) => [current],
  'configuration-pending': ({ pending }) => [pending],
  'configuration-future': ({ future }) => [future],
};

function allText(view: AgentView): string {
  const values = Object.values(FIELDS).flatMap((read) => read(view));
  const labels = Object.entries(view.labels).map(([key, value]) => `${key}=${value}`);
  return [...values, ...labels].join('\n').toLowerCase();
}

const SORT_FIELDS: Readonly<Record<string, (view: AgentView) => string>> = {
  id: ({ agent }) => agent.record.uid,
  name: ({ agent }) => agent.record.name,
  version: ({ agent }) => agent.record.version,
  status: ({ status }) => String(status),
  operatingsystem: ({ agent }) => agent.record.osDetails,
  configuration: ({ current }) => current.split(':')[0] ?? '',
  configurationversion: ({ current }) => current,
};

/** Sorts by a field of the list BindPlane allows, `-` for descending; Problem 400 for others (SEC-85). */
export function sorted(views: readonly AgentView[], sort: string): readonly AgentView[] {
  if (sort === '') return views;
  const descending = sort.startsWith('-');
  const field = sort.replace(/^-/, '').toLowerCase();
  const key = Object.hasOwn(SORT_FIELDS, field) ? SORT_FIELDS[field] : undefined;
  if (key === undefined) throw new Problem(400, `cannot sort by ${JSON.stringify(sort)}`);
  const ordered = views.toSorted((a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }));
  return descending ? ordered.toReversed() : ordered;
}

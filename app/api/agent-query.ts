import type { Store } from '../store/store.ts';
import type { AgentView } from './agent-answers.ts';
import { agentAnswer } from './agent-answers.ts';
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
  for (const term of parseQuery(query)) {
    const byRollout = term.field.startsWith('rollout-') ? await inRollout(found, term, store) : undefined;
    if (byRollout !== undefined && !term.negated) found = byRollout;
    else found = found.filter((view) => (byRollout?.includes(view) ?? holds(view, term)) !== term.negated);
  }
  return found;
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

function holds(view: AgentView, { field, value }: Term): boolean {
  const { record } = view.agent;
  if (field === 'status') return (STATUS_WORDS[view.status] ?? '') === value;
  const label = Object.entries(view.labels).find(([key]) => key.toLowerCase() === field);
  if (label !== undefined) return label[1].toLowerCase() === value || value === '';
  const fields: Readonly<Record<string, string>> = {
    id: record.uid,
    name: record.name,
    arch: record.arch,
    hostname: record.hostname,
    platform: record.platform,
    os: record.osDetails,
    version: record.version,
    macaddress: record.macAddress,
    type: record.type,
    configuration: view.current.split(':')[0] ?? '',
    'configuration-current': view.current,
    'configuration-pending': view.pending,
    'configuration-future': view.future,
  };
  if (field === '') {
    return (
      JSON.stringify(Object.values(fields)).toLowerCase().includes(value) || labelText(view).includes(value)
    );
  }
  const known = fields[field];
  if (known === undefined) return false;
  return value === ''
    ? known !== ''
    : known.toLowerCase().replace(/^v(?=\d)/, '') === value.replace(/^v(?=\d)/, '');
}

function labelText(view: AgentView): string {
  return JSON.stringify(view.labels).toLowerCase();
}

const SORT_FIELDS: Readonly<Record<string, string>> = {
  id: 'id',
  name: 'name',
  version: 'version',
  status: 'status',
  operatingsystem: 'operatingSystem',
};

/** Sorts by a field of the list BindPlane allows, `-` for descending; Problem 400 for others (SEC-85). */
export function sorted(views: readonly AgentView[], sort: string): readonly AgentView[] {
  if (sort === '') return views;
  const descending = sort.startsWith('-');
  const field = SORT_FIELDS[sort.replace(/^-/, '').toLowerCase()];
  if (field === undefined) throw new Problem(400, `cannot sort by ${JSON.stringify(sort)}`);
  const key = (view: AgentView): string => JSON.stringify(agentAnswer(view)[field] ?? '');
  const ordered = views.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return descending ? ordered.toReversed() : ordered;
}

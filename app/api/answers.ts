import { savedSpec, specHash } from '../../src/core/bindplane/saved-form.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { isMap } from '../../src/core/document/node.ts';
import type { Kind } from '../../src/core/bindplane/resource.ts';
import type { Rollout } from '../../src/core/rollout/rollout.ts';
import type { RolloutState } from '../../src/core/rollout/view.ts';
import type { ConfigurationStatus, StoredResource } from '../store/store.ts';
import { masked } from './apply/secrets.ts';

/** A stored resource as BindPlane shows it: server-made metadata added, secrets masked (golden/bindplane-rest). */
export function resourceAnswer(stored: StoredResource, status: JsonMap): JsonMap {
  return { ...shown(stored).answer, status };
}

/** The same as JSON. Long lists are put together from texts that stay as long as their versions do. */
export function resourceText(stored: StoredResource, status: string): string {
  const known = shown(stored);
  known.text ??= JSON.stringify(known.answer).slice(0, -1);
  return `${known.text},"status":${status}}`;
}

function shown(stored: StoredResource): Shown {
  const known = SHOWN.get(stored.document);
  const { id, version, modifiedAt } = stored;
  if (known?.id === id && known.version === version && known.modifiedAt === modifiedAt) return known;
  const made: Shown = { id, version, modifiedAt, answer: answerWithoutStatus(stored) };
  SHOWN.set(stored.document, made);
  return made;
}

type Shown = Pick<StoredResource, 'id' | 'version' | 'modifiedAt'> & {
  readonly answer: JsonMap;
  text?: string;
};

/** Answers by the documents they show: the store gives the same document again while a version stays. */
const SHOWN = new WeakMap<JsonMap, Shown>();

function answerWithoutStatus(stored: StoredResource): JsonMap {
  const shown = masked(stored.document);
  const metadata = isMap(shown['metadata']) ? shown['metadata'] : {};
  const spec = isMap(shown['spec']) ? shown['spec'] : {};
  return {
    apiVersion: shown['apiVersion'] ?? '',
    kind: stored.kind,
    metadata: {
      id: stored.id,
      name: stored.name,
      ...metadata,
      labels: metadata['labels'] ?? {},
      hash: metadata['hash'] ?? specHash(spec),
      version: stored.version,
      dateModified: new Date(stored.modifiedAt).toISOString(),
    },
    spec,
  };
}

/** BindPlane's numbers: 0 pending, 1 started, 2 paused, 3 error, 4 stable, 5 replaced (reference/bindplane.md §5). */
const STATUS_NUMBER: Readonly<Record<RolloutState, number>> = {
  pending: 0,
  started: 1,
  paused: 2,
  'rolling-back': 3,
  'rolled-back': 3,
  failed: 3,
  aborted: 3,
  stable: 4,
  // Waits for the first agent: Stable means that somebody runs it (reference/lab-bindplane.md §4).
  'no-agents': 1,
  replaced: 5,
};

/** `status` of a Configuration: its version's rollout and which versions are latest, pending and current. */
export function configurationStatus(
  version: number,
  latest: number,
  status: ConfigurationStatus,
  rollout: Rollout | undefined,
): JsonMap {
  return {
    rollout: rolloutAnswer(rollout),
    ...(status.current === undefined ? {} : { currentVersion: status.current }),
    ...(status.pending === undefined ? {} : { pendingVersion: status.pending }),
    ...(version === latest ? { latest: true } : {}),
    ...(version === status.pending ? { pending: true } : {}),
    ...(version === status.current ? { current: true } : {}),
  };
}

function rolloutAnswer(rollout: Rollout | undefined): JsonMap {
  const policy = rollout?.policy;
  return {
    name: '',
    status: rollout === undefined ? 0 : STATUS_NUMBER[rollout.state],
    options: {
      startAutomatically: false,
      rollbackOnFailure: policy?.rollbackOnFailure ?? false,
      phaseAgentCount: {
        initial: policy?.initial ?? 0,
        multiplier: policy?.multiplier ?? 0,
        maximum: policy?.maximum ?? 0,
      },
      maxErrors: policy?.maxErrors ?? 0,
    },
    phase: rollout?.phase ?? 0,
    progress: progressOf(rollout),
    // Beyond BindPlane: its clients ignore it, ours tell a rollback from a plain error by it.
    ...(rollout === undefined ? {} : { state: rollout.state }),
  };
}

/** Counts of a rollout in BindPlane's words; agents that are away or skipped are in none of them. */
function progressOf(rollout: Rollout | undefined): {
  completed: number;
  errors: number;
  pending: number;
  waiting: number;
} {
  const members = rollout?.members ?? [];
  const faulty = members.filter(({ fault }) => fault !== undefined);
  const sound = members.filter(({ fault }) => fault === undefined);
  const count = (states: readonly string[]): number =>
    sound.filter(({ state }) => states.includes(state)).length;
  const over = rollout !== undefined && ['stable', 'no-agents', 'replaced'].includes(rollout.state);
  return {
    completed: count(['done']),
    errors: faulty.length,
    pending: count(['offered', 'applying', 'soaking']),
    waiting: over ? 0 : count(['waiting']),
  };
}

/** `status` of resources that have no rollouts. */
export const LATEST: JsonMap = { latest: true };

/** What a Configuration shows that was never rolled out. */
export const NO_ROLLOUT: JsonMap = rolloutAnswer(undefined);

const DRAFT = JSON.stringify({ rollout: NO_ROLLOUT, latest: true });

/** `configurationStatus` as JSON. */
export function statusText(
  version: number,
  latest: number,
  status: ConfigurationStatus,
  rollout: Rollout | undefined,
): string {
  const isDraft = rollout === undefined && status.current === undefined && status.pending === undefined;
  return isDraft && version === latest
    ? DRAFT
    : JSON.stringify(configurationStatus(version, latest, status, rollout));
}

/** A document of a type that comes with the program, as a server shows it. */
export function typeAnswer(kind: Kind, document: JsonMap): JsonMap {
  const known = TYPES.get(document);
  if (known !== undefined) return known;
  const made = typeAnswerOf(kind, document);
  TYPES.set(document, made);
  return made;
}

/** Types that come with the program never change. */
const TYPES = new WeakMap<JsonMap, JsonMap>();

function typeAnswerOf(kind: Kind, document: JsonMap): JsonMap {
  const metadata = isMap(document['metadata']) ? document['metadata'] : {};
  const spec = savedSpec(kind, isMap(document['spec']) ? document['spec'] : {}, (_kind, name) => name);
  return {
    apiVersion: 'bindplane.observiq.com/v1',
    ...document,
    metadata: { id: '', labels: {}, hash: specHash(spec), version: 1, ...metadata },
    spec,
    status: LATEST,
  };
}

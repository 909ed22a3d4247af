import {
  isSameConfig,
  undoManifest,
  undoObstacle,
  versionBefore,
} from '../core/rollout/server-rollout/undo.ts';
import { EVERYBODY_AT_ONCE } from '../core/rollout/server-rollout/policy.ts';
import { isOver } from '../core/rollout/server-rollout/counts.ts';
import type { UndoView } from '../core/rollout/view.ts';
import { someOf } from '../core/rollout/gates/words.ts';
import { compareText } from '../core/document/finding.ts';
import type { Clock } from '../ports/clock.ts';
import type { ControlPlane, ServerConfiguration, ServerRollout } from '../ports/control-plane.ts';
import { errorText, OperationError } from '../ports/operation-error.ts';
import { carriedOut } from './carried-out.ts';

/** Between two looks at a version that is brought back. */
const PAUSE_MS = 1000;

export interface UndoInput {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly configuration: string;
  /** The version that is given up. */
  readonly version: number;
  /** What the server called current before its rollout; it is brought back where it ended well, else the newest one that did. */
  readonly current?: number;
  /** Longest silence of agents before those that answered have to do. */
  readonly deadlineMs: number;
  /** When to stop waiting, milliseconds since the epoch; what was begun goes on without us. */
  readonly until?: number;
  /** Told of each step as it is done, for people. */
  readonly onStep?: (text: string) => void;
  /** Told when counts change. */
  readonly onChange?: (undo: UndoView) => Promise<void>;
}

/** What became of an undo. `done`: the version before was offered to everybody who is there, and nobody refused it. */
export interface Undone {
  readonly undo: UndoView;
  readonly done: boolean;
}

/** A reason that nothing was brought back, in a sentence. */
class Obstacle extends Error {}

/**
 * Brings the version before back on a BindPlane server, which has no rollback: its spec is applied again as a new version,
 * the server's text of that is read back and must be the old one but for its header, and only then is it rolled out, to
 * everybody at once. Never rejects for what a server answers: the result says it.
 */
export async function undoRollout(input: UndoInput): Promise<Undone> {
  const { configuration, version } = input;
  let undo: UndoView = { of: 0, agents: 0, applied: 0, refused: 0, missing: [] };
  try {
    const previous = await before(input);
    const applied = await applyAgain(input, previous);
    undo = { ...undo, of: previous?.version ?? 0, version: applied };
    input.onStep?.(
      `version ${undo.of} applied again as version ${applied}; the server renders the same text`,
    );
    return await rollOut(input, undo);
  } catch (error) {
    if (!(error instanceof Obstacle) && !(error instanceof OperationError)) throw error;
    const obstacle = error instanceof Obstacle ? error.message : errorText(error);
    input.onStep?.(`version ${version} of ${configuration} is not undone: ${obstacle}`);
    return { undo: { ...undo, obstacle }, done: false };
  }
}

async function before({
  controlPlane,
  configuration,
  version,
  current,
}: UndoInput): Promise<ServerConfiguration | undefined> {
  const history = await controlPlane.history(configuration);
  const found = versionBefore(history, version, current);
  return found === undefined ? undefined : controlPlane.configuration(configuration, found);
}

/** Applies the previous spec, checked before and after; gives the number of the new version. */
async function applyAgain(input: UndoInput, previous: ServerConfiguration | undefined): Promise<number> {
  const { controlPlane, configuration, version } = input;
  const bad = await controlPlane.configuration(configuration, 'latest');
  if (bad === undefined) throw new Obstacle('the configuration is gone');
  if (bad.version !== version) throw new Obstacle(`version ${bad.version} was applied meanwhile`);
  const obstacle = undoObstacle(previous, bad);
  if (obstacle !== undefined || previous === undefined) throw new Obstacle(obstacle ?? '');
  const updates = await controlPlane.apply([undoManifest(previous, bad)]);
  const own = updates.find(({ kind, name }) => kind === 'Configuration' && name === configuration);
  if (own === undefined || !['configured', 'created'].includes(own.status)) {
    const said =
      own === undefined ? 'nothing' : `${own.status}${own.reason === undefined ? '' : `: ${own.reason}`}`;
    throw new Obstacle(`the server was given version ${previous.version} again and said ${said}`);
  }
  const now = await controlPlane.configuration(configuration, 'latest');
  if (now === undefined || now.version <= version) {
    throw new Obstacle(`the server made no new version of version ${previous.version}`);
  }
  if (!isSameConfig(now.raw, previous.raw)) {
    throw new Obstacle(
      `the server renders version ${previous.version} differently now; version ${now.version} holds it and is not rolled out`,
    );
  }
  return now.version;
}

async function rollOut(input: UndoInput, begun: UndoView): Promise<Undone> {
  const { controlPlane, clock, configuration, deadlineMs, until = Number.POSITIVE_INFINITY } = input;
  const look = (): Promise<ServerRollout | undefined> => controlPlane.rollout(configuration);
  let rollout = await carriedOut({
    call: () => controlPlane.startRollout(configuration, EVERYBODY_AT_ONCE),
    look,
    isDone: ({ status }) => status !== 'pending',
    clock,
  });
  let seen = '';
  let changedAt = clock.now();
  for (;;) {
    const undo = counted(begun, rollout);
    const now = JSON.stringify(undo);
    if (now !== seen) {
      changedAt = clock.now();
      await input.onChange?.(undo);
    }
    seen = now;
    const quiet = clock.now() - changedAt >= deadlineMs;
    const replaced = rollout.version !== begun.version;
    if (replaced || isOver(rollout) || quiet || clock.now() >= until) {
      const ended = { ...undo, missing: await missing(input, begun.version) };
      input.onStep?.(told(ended));
      return { undo: ended, done: !replaced && rollout.waiting === 0 && rollout.errors === 0 };
    }
    await clock.wait(PAUSE_MS);
    // A progressive rollout goes on to its next stage by this; any other that is started takes it as nothing.
    const staged = rollout.status === 'started' && rollout.pending === 0 && rollout.waiting > 0;
    rollout = staged
      ? await controlPlane.startRollout(configuration, EVERYBODY_AT_ONCE)
      : ((await look()) ?? rollout);
  }
}

function counted(begun: UndoView, { completed, errors, pending, waiting }: ServerRollout): UndoView {
  return { ...begun, agents: completed + errors + pending + waiting, applied: completed, refused: errors };
}

function told({ version = 0, agents, applied, missing: names }: UndoView): string {
  const rest = names.length === 0 ? '' : `; not confirmed by ${someOf(names)}`;
  return `version ${version} runs on ${applied} of ${agents} agents${rest}`;
}

/** Who is still down for the version that was given up, or has not confirmed the one that is to be brought back. */
async function missing(
  { controlPlane, configuration, version }: UndoInput,
  again?: number,
): Promise<readonly string[]> {
  const left = await controlPlane.rolloutAgents(configuration, version, 'everybody');
  const open = again === undefined ? [] : await controlPlane.rolloutAgents(configuration, again);
  const names = [
    ...left.filter(({ state }) => state !== 'refused'),
    ...open.filter(({ state }) => state !== 'applied'),
  ].map(({ agent }) => agent.name);
  return [...new Set(names)].sort(compareText);
}

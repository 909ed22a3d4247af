/** The longest that one collector runs: a mistake that shows later is a rollout's to find. */
export const LONGEST_RUN_MS = 600_000;

/** How a process of a collector ended. */
export interface Ending {
  /** `stopped`: by us, when its time was over. `too late`: by us, as it did not come to an end of its own. */
  readonly how: 'exited' | 'killed' | 'stopped' | 'too late';
  readonly code?: number;
  /** Of a process that something else killed. */
  readonly signal?: string;
  /** The end of what it printed. */
  readonly output: string;
  readonly afterMs: number;
  /** When all its components were started, of one that was started and got so far. */
  readonly readyAfterMs?: number;
}

/** What is done with a config, one after the other. */
export type TrialStage = 'validate' | 'start' | 'run';

/** The collector's log once all components are started (core `service/service.go`). */
export const READY = 'Everything is ready. Begin running and processing data.';

/** What a started process that ended by itself was at. */
export function stageOf({ readyAfterMs }: Ending): 'start' | 'run' {
  return readyAfterMs === undefined ? 'start' : 'run';
}

/** The first line of a crash of the Go runtime, and the component whose code it was in; undefined for another end. */
export function crashOf({
  output,
}: Pick<Ending, 'output'>):
  | { readonly line: string; readonly component?: { readonly kind: string; readonly type: string } }
  | undefined {
  const crash = /^(?:panic|fatal error|unexpected fault address|SIG[A-Z]+): ?.*$/m.exec(output);
  if (crash === null) return undefined;
  const frame =
    /\/(receiver|processor|exporter|connector|extension)\/(?:[a-z0-9]+\/)?([a-z0-9]+?)(?:receiver|processor|exporter|connector|extension)(?:@|\.|\/)/.exec(
      output.slice(crash.index),
    );
  const [, kind, type] = frame ?? [];
  return {
    line: crash[0].trim(),
    ...(kind !== undefined && type !== undefined && { component: { kind, type } }),
  };
}

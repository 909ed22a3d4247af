/** Names of things and states; never a value that a person, an agent or a config brought. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time, begun. */
export interface Activity {
  /** Ends it; with `error` as failed, in a word or a code. */
  end(attributes?: Attributes, error?: string): void;
}

/** What there is at the moment it is asked for: the number of each, by the state it is in. */
export interface Levels {
  readonly agents: Readonly<Record<'connected' | 'disconnected', number>>;
  readonly rollouts: Readonly<Record<string, number>>;
  readonly queues: Readonly<Record<'outbox', number>>;
}

/** The app's own traces and metrics. */
export interface Telemetry {
  begin(name: string, attributes?: Attributes): Activity;
  /** One more of something: `collie.offers`, `collie.refusals` … */
  count(name: string, attributes?: Attributes): void;
  /** How long something took, in seconds. */
  took(name: string, seconds: number, attributes?: Attributes): void;
  /** Asked for before each export. */
  levels(read: () => Promise<Levels>): void;
  /** Hands over what is left. */
  stop(): Promise<void>;
}

const NOTHING: Activity = { end: () => undefined };

/** Tells nobody anything. */
export const NO_TELEMETRY: Telemetry = {
  begin: () => NOTHING,
  count: () => undefined,
  took: () => undefined,
  levels: () => undefined,
  stop: async () => undefined,
};

/**
 * Bounds of the long-running app, each with its reason. All can be set under `limits:` in the file of `serve --config`.
 * Names and most values: reference/reliability-security.md §3.3.
 */
export const APP_LIMITS = {
  /** Largest body of an apply, a delete and of places; an apply of 1,000 configurations has about 1 MB. */
  restBodyBytes: 10_485_760,
  /** Largest body of every other request: they hold names, labels and keys. */
  smallBodyBytes: 2_097_152,
  /** Largest AgentToServer: a full state of a real collector has 20–60 KB (SEC-65). */
  agentMessageBytes: 4_194_304,
  /** Fragments of one WebSocket message and chunks ws may hold for it (SEC-67). */
  webSocketFragments: 1024,
  webSocketBufferedChunks: 4096,
  /** Sockets in all, and from one address: a NAT may hide a whole fleet (SEC-70). */
  connections: 10_000,
  connectionsPerAddress: 2000,
  /** Sockets with one agent's own credential: the one it has, and the next after a cut that the server has not noticed. */
  connectionsPerCredential: 2,
  /** Agents behind one socket: a gateway's share of a fleet. */
  agentsPerSocket: 1000,
  /** New connections a second, and at once after a quiet time; few at once after a start, when a whole fleet comes back (SEC-71). */
  upgradesPerSecond: 200,
  upgradeBurst: 400,
  upgradeBurstAtStart: 50,
  /** A socket that says nothing is closed after this (SEC-69). */
  firstMessageMs: 10_000,
  /** Ping when nothing was heard for this long; closed when neither a pong nor a message comes within `pongMs`. */
  pingMs: 25_000,
  pongMs: 10_000,
  /** Clients over plain HTTP poll this often (the specification's default), and are gone after this many polls that did not come. */
  pollMs: 30_000,
  missedPolls: 3,
  /** A socket whose peer reads nothing for this long is closed (SEC-74). */
  stallMs: 30_000,
  /** Answers one socket may be owed before no more of its messages are read. */
  agentQueue: 256,
  /** Messages an agent may send a second, and at once: 30 s of that rate. A memory_limiter makes it one a second (SEC-73). */
  messagesPerSecond: 10,
  messageBurst: 300,
  /** Largest export of an agent's own metrics: a collector of 50 components at level detailed sends about 200 KB. */
  metricsBodyBytes: 1_048_576,
  /** Exports read at once: with the largest bodies they hold 128 MB for a moment. */
  metricsInFlight: 128,
  /** Exports of one agent a second, and at once: a reader sends one each 10 s, in a laboratory one a second. */
  metricsPerSecond: 5,
  metricsBurst: 20,
  /** Failures of one key from one address in a minute, after which it gets 429 unread (SEC-84). */
  agentAuthFailures: 10,
  /** Retry-After of refused upgrades: random between these, so that a fleet does not come back at once (SEC-71). */
  retryAfterMinSeconds: 30,
  retryAfterMaxSeconds: 120,
  /** HTTP: time for headers and for a whole request, total size of headers (SEC-69). */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  headerBytes: 8192,
  /** Times one hash is sent to one agent that never confirms it (REL-04: crash loops). */
  offersPerConfig: 2,
  /** Agents outside a rollout that are brought to their configuration's version at the same time (REL-38). */
  lateOffers: 10,
  /** Refusals outside a rollout after which a version is given to nobody else by itself. */
  lateRefusals: 3,
  /** Text of a selector or query (SEC-81). */
  queryCharacters: 1024,
  /** Wrong credentials from one address for one key in a minute before it gets 429 (SEC-84). */
  authFailuresPerMinute: 10,
  /** Largest webhook body: GitHub sends none above 25 MB (SEC-43). */
  webhookBodyBytes: 27_262_976,
  /** Webhooks being received at once; GitHub sees 503 and lists the delivery as failed (SEC-43). */
  webhooksInFlight: 64,
  /** Time for the body of a webhook; GitHub itself waits 10 s for the answer. */
  webhookReadMs: 10_000,
  /** Times a stored delivery is tried, and the longest wait between: together about a minute. */
  webhookAttempts: 7,
  /** Times it is begun at all, by processes that died before they knew what came of it among others. */
  webhookBegins: 50,
  webhookRetryMs: 30_000,
  /** Times a merge that was handed over is begun before it counts as failed, and the wait between: GitHub may be away for some minutes. */
  handoverAttempts: 20,
  handoverRetryMs: 10_000,
  /** Merges that are remembered when they are over: for whoever asks late how one ended. */
  handoversKept: 500,
  /** First-parent commits of one push that are connected to their pull requests; a merge queue's groups have up to 100. */
  commitsPerPush: 100,
  /** Counts of a rollout may lag this long on a pull request, so that GitHub is not written to at every step (SEC-25). */
  reportIntervalMs: 15_000,
  /** Longest wait after a report that GitHub did not take; each failure doubles it from one second. */
  reportRetryMs: 300_000,
  /** Times a report is tried that GitHub refuses for good (no permission, locked conversation). */
  reportRefusals: 3,
  /** Comments and checks written in a minute, below GitHub's 80; the rest waits for what needs somebody to act. */
  reportsPerMinute: 40,
  urgentReportsPerMinute: 70,
  /** A watched server is asked this often about rollouts that go on (BindPlane moves on every 5 s), and about the others. */
  watchPollMs: 2500,
  watchIdleMs: 30_000,
  /** Commits of which it is remembered that they were rendered: GitHub tells each twice, as a push and as a pull request. */
  renderedCommits: 1000,
  /** The reporter looks at everything at least this often, for hints that got lost. */
  reportTickMs: 30_000,
  /** A replica that was not heard of for this long is gone: its lease is taken, its agents are looked for elsewhere (REL-21). */
  leaseMs: 5000,
  /** Time the store has to answer before a readiness probe says no. */
  readyMs: 1000,
  /** Time the server takes to let go of its agents at the end (REL-27); sockets are closed spread over it. */
  drainMs: 5000,
} as const;

export type AppLimits = { readonly [Name in keyof typeof APP_LIMITS]: number };

/** How rollouts go about it where a client does not say. Set under `rollout:` in the file, or by environment. */
export interface RolloutTimings {
  /** Longest silence after an offer; counted anew once when the agent says APPLYING (DESIGN §5). */
  readonly deadlineMs: number;
  /** Of every phase; left out, by the size of the fleet, from two to ten minutes (`src/core/rollout/policy.ts`). */
  readonly soakMs?: number;
  readonly unhealthyMs: number;
  /** How long agents that were there a moment ago are waited for before a rollout ends without them. */
  readonly absenceMs: number;
  /** The loop looks at everything at least this often. */
  readonly tickMs: number;
}

export const ROLLOUT_TIMINGS: RolloutTimings = {
  deadlineMs: 60_000,
  unhealthyMs: 8000,
  absenceMs: 60_000,
  tickMs: 1000,
};

/** On this machine only, for demos and trying out: nobody wants to wait. */
export const LOOPBACK_TIMINGS: RolloutTimings = {
  ...ROLLOUT_TIMINGS,
  soakMs: 1000,
  unhealthyMs: 5000,
  absenceMs: 15_000,
  tickMs: 250,
};

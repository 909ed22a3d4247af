/** Limits of what adapters read from disk, git and the network, each with its reason. */
export const IO_LIMITS = {
  /** Entries of one tree or folder walk; the largest public monorepos stay below 500,000. */
  maxTreeEntries: 1_000_000,
  /** YAML files read at one revision; a fleet repository has some hundred. */
  maxFiles: 20_000,
  /** One file. Beyond the document limit of core by design: core then says so with a place. */
  maxFileBytes: 6_291_456,
  /** All files of one revision together; more does not fit a 2 GB runner comfortably. */
  maxTotalBytes: 256_291_456,
  /** What git may print for one listing (about 200 bytes an entry). */
  maxGitListingBytes: 256_291_456,
  /** A git call that takes longer hangs (a network file system, a lock). */
  gitTimeoutMs: 60_000,
  /** One answer of a control plane: 10,000 agents with their component lists are some 60 MB. */
  maxResponseBytes: 134_217_728,
  /** One request: BindPlane itself cuts off after 20 s (reference/lab-bindplane.md §2). */
  requestTimeoutMs: 25_000,
  /** Tries of a read that may be repeated. */
  maxTries: 4,
  /** Longest time one GitHub call may wait for rate limits: a job costs money while it sleeps. */
  maxGitHubWaitMs: 300_000,
  /** YAML files of one commit read over GitHub's API: each costs a request, of which an installation has 5,000 an hour. */
  maxGitHubFiles: 500,
  /** All of them together; 500 files of resources have about 2 MB. */
  maxGitHubBytes: 33_554_432,
  /** Contents asked for at once: GitHub slows down who has 100 requests under way. */
  maxGitHubReads: 8,
  /** Contents kept for the next commit, which changes few of them; the same as one commit may have. */
  maxRememberedBytes: 33_554_432,
  /** Pages of 100 comments or check runs looked through for our own. */
  maxPages: 30,
  /** Annotations a check-run request may carry (GitHub, reference/pr-automation.md §4a). */
  maxAnnotationsPerRequest: 50,
  /** Characters of a check run's summary and of its text (the same page). */
  maxCheckText: 65_535,
  /** Longest wait that a server may impose by Retry-After before we give up instead. */
  maxRetryAfterMs: 60_000,
  /** A collector that does not answer `components` or `validate`, or is not ready within that hangs: all take 0.1 to 0.5 s. */
  collectorAnswerMs: 30_000,
  /** What it gets to shut down; Kubernetes' own default is 30 s, and there is nothing to drain. */
  collectorStopMs: 5000,
  /** Kept of what it prints: its end, as much as is read of an agent's text. */
  maxCollectorOutputBytes: 262_144,
} as const;

/**
 * Everything in which our REST API answers otherwise than bindplane 1.35.0, with the reason. The replay of its recordings
 * accepts these differences and no others, and each must still be one; the table in app/api/README.md is made of this.
 */
export interface Deviation {
  readonly about: string;
  readonly original: string;
  readonly ours: string;
  /** The test that holds it beside the replay, for those in which the original was measured weak. */
  readonly better?: string;
  /** The file of that test below test/app; api/better.test.ts when absent. */
  readonly file?: string;
  /** Where recordings differ by it; none for what no recording shows. */
  readonly claims: readonly Claim[];
}

/** Differences: those of these recordings (all when none are named) whose path matches, and our value where one is given. */
export interface Claim {
  readonly client?: 'cli' | 'action';
  readonly recordings?: readonly number[];
  readonly path: RegExp;
  /** What our value is, as JSON; `undefined` where we have none. */
  readonly ours?: RegExp;
}

/** Wherever a Configuration's status stands in an answer. */
const STATUS = String.raw`(?:configuration|configurations\[[\w-]+\]|versions\[\d+\]|updates\[\d+\]\.resource)\.status`;

const DEFAULTS = String.raw`options\.(?:rollbackOnFailure|phaseAgentCount\.\w+)`;

function path(text: string): RegExp {
  return new RegExp(`^${text}$`);
}

/** Recordings of the CLI after which configurations have another version there, since they were made anew. */
const VERSIONED = [205, 207, 224, 226];
/** Those with agents whose rollouts ran on there and not here, or the other way round. */
const LATE = [212, 214, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 226, 232, 233, 235];

export const DEVIATIONS: readonly Deviation[] = [
  {
    about: 'Applying again what did not change',
    original:
      'items without an id get a new one each time: `configured`, after a rollout a new version that has to be rolled out',
    ours: 'items keep the id of the one in their place: `unchanged`, the same version, no rollout',
    better: 'idempotent without ids',
    claims: [
      {
        client: 'cli',
        recordings: [41, 46, 47, 49, 50, 205, 207],
        path: path(String.raw`updates\[\d\]\.status`),
        ours: /"unchanged"/,
      },
      {
        client: 'cli',
        recordings: VERSIONED,
        path: path(
          String.raw`(?:configurations\[(?:edge|inline-noid)\]|configuration|updates\[0\]\.resource)\.(?:metadata\.version|status\.(?:pending|pendingVersion|rollout\.(?:status|${DEFAULTS})))`,
        ),
        ours: /^(?:1|2|100|true)$/,
      },
      {
        client: 'action',
        recordings: [2, 3, 4, 5, 6, 16],
        path: path(String.raw`updates\[\d+\]\.status`),
        ours: /"unchanged"/,
      },
      {
        client: 'action',
        recordings: [5, 6, 16],
        path: path(
          String.raw`(?:updates\[\d+\]\.resource|configuration)\.(?:metadata\.version|status\.(?:pending|pendingVersion|rollout\.(?:status|${DEFAULTS})))`,
        ),
        ours: /^(?:1|2|100|true)$/,
      },
      { client: 'action', recordings: [5, 6], path: path('raw:2') },
    ],
  },
  {
    about: 'A rollout that finds no agent',
    original: 'Stable at once, and its version is the current one',
    ours: 'Started: it begins with the first agent that comes; the version is current once somebody runs it',
    better: 'Stable when nobody is pending and somebody completed',
    claims: [
      { path: path(String.raw`${STATUS}\.rollout\.status`), ours: /^1$/ },
      { path: path(String.raw`${STATUS}\.(?:current|currentVersion)`), ours: /^undefined$/ },
    ],
  },
  {
    about: 'Rollout options that are all zero, which the BindPlane Action always sends',
    original: 'the first phase has no agent, so it never ends',
    ours: "the server's defaults",
    better: 'all-zero rollout options mean the defaults',
    claims: [
      {
        client: 'cli',
        recordings: [196, 197, 198],
        path: path(String.raw`${STATUS}\.rollout\.(?:phase|progress\.(?:pending|waiting)|${DEFAULTS})`),
      },
      { client: 'action', recordings: [4], path: path(String.raw`${STATUS}\.rollout\.${DEFAULTS}`) },
    ],
  },
  {
    about: 'Default phases of up to 20 agents',
    original: 'one agent at a time, one each 5 s',
    ours: 'one, then twice as many each time, as soon as those before are done',
    claims: [
      {
        path: path(String.raw`${STATUS}\.rollout\.options\.phaseAgentCount\.(?:multiplier|maximum)`),
        ours: /^(?:2|100)$/,
      },
      {
        client: 'cli',
        recordings: [183, 184, 188],
        path: path(String.raw`${STATUS}\.rollout\.progress\.(?:pending|waiting)`),
      },
    ],
  },
  {
    about: 'An empty or missing selector',
    original: 'selects every agent; nothing is said',
    ours: 'selects nobody, and a warning in `reason` says so',
    better: 'an empty or missing selector matches nobody and says so',
    claims: [
      {
        client: 'cli',
        recordings: [71],
        path: path(String.raw`updates\[0\]\.reason`),
        ours: /no agent gets this/,
      },
      {
        client: 'cli',
        recordings: [219, 220, 224, 226],
        path: path(
          String.raw`(?:configuration|configurations\[misplaced\])\.status\.rollout\.(?:phase|progress\.(?:completed|pending|waiting))`,
        ),
      },
    ],
  },
  {
    about: 'Deleting a processor or a type that is used',
    original: '204; afterwards the configurations that use it cannot be read (500) or applied (400)',
    ours: '409 and who uses it; of the types that come with the program none can be deleted',
    better: 'deletes of types and processors in use are refused',
    claims: [
      { client: 'cli', recordings: [139, 236], path: path('(?:status|content-type|)') },
      { client: 'cli', recordings: [149, 238], path: path('(?:status|errors|updates)') },
      { client: 'cli', recordings: [150], path: path(String.raw`updates\[0\]\.status`), ours: /"unchanged"/ },
      { client: 'cli', recordings: [237], path: path('(?:status|errors|configuration|raw)') },
    ],
  },
  {
    about: 'Errors of a whole request',
    original: 'do not say which resource they are about',
    ours: "begin with, or hold, the resource's kind and name",
    better: "errors name the file's resource",
    claims: [
      {
        client: 'cli',
        recordings: [58, 65, 69, 70],
        path: path(String.raw`errors\[0\].*`),
        ours: /bad-field|bad-api|strict-b|cfgmid/,
      },
      { client: 'action', recordings: [8, 9], path: path(String.raw`errors\[0\].*`) },
    ],
  },
  {
    about: 'Unknown paths under `/v1`',
    original: '200 and a web page',
    ours: '404 as JSON',
    better: 'unknown /v1 paths are JSON 404',
    claims: [{ client: 'cli', recordings: [16], path: path('(?:status|content-type|)') }],
  },
  {
    about: '401',
    original: 'without a body',
    ours: 'with a sentence as JSON',
    better: '401 has a body',
    claims: [
      { client: 'cli', recordings: [10, 11, 13, 14], path: path('(?:content-type|)') },
      { client: 'action', recordings: [12, 13], path: path('(?:content-type|)') },
    ],
  },
  {
    about: 'Labels of several agents, when one of them cannot be changed',
    original: 'the others are changed, those with a conflict too, and an unknown id becomes an agent',
    ours: 'nobody is changed, and the answer says so',
    better: 'bulk labels change nothing on conflict and create no ghosts',
    claims: [
      { client: 'cli', recordings: [178, 179], path: path(String.raw`errors\[\d\]`) },
      {
        client: 'cli',
        recordings: [212, 221, 232, 235],
        path: path(String.raw`agents\[\]`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: 'A resource without a name',
    original: 'is created under the empty name',
    ours: '`invalid`: metadata.name is missing',
    better: 'a resource without a name is invalid',
    claims: [
      { client: 'cli', recordings: [66], path: path(String.raw`updates\[0\]\..*`) },
      {
        client: 'cli',
        recordings: [79, 91, 92, 93, 130],
        path: path(String.raw`sources\[\]`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: '`(sensitive)` for a secret that is not stored yet',
    original: 'the placeholder is stored, and agents get it as the password',
    ours: '`invalid`, with the name of the parameter',
    better: 'a placeholder without a stored secret is invalid',
    claims: [
      { client: 'cli', recordings: [85], path: path(String.raw`updates\[0\]\..*`) },
      { client: 'cli', recordings: [86], path: path('(?:status|destination|errors)') },
      {
        client: 'cli',
        recordings: [94, 95, 96],
        path: path(String.raw`destinations\[dd2\]`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: 'Agents in error, and errors of a rollout that was resumed',
    original:
      'an agent that is asked for its status while it changes its config is shown as connected; a rollout with errors alone ends Stable',
    ours: 'it is shown as configuring (6); the rollout stays Started while somebody has not answered',
    better: 'a rollout with errors alone is never Stable',
    claims: [
      { client: 'cli', recordings: LATE, path: path(String.raw`agents\[[\w-]+\]\.(?:status|errorMessage)`) },
      {
        client: 'cli',
        recordings: LATE,
        path: path(String.raw`agents\[[\w-]+\]\.configurationStatus\.(?:current|pending|future)`),
      },
      {
        client: 'cli',
        recordings: LATE,
        path: path(String.raw`${STATUS}\.rollout\.(?:phase|progress\.\w+|options\.maxErrors)`),
      },
    ],
  },
  {
    about: 'What an agent says of itself',
    original:
      '`configuration` (its files, the enrolment key among them) and `state` (its last message) are shown',
    ours: 'left out: they hold secrets, and no client needs them',
    better: 'no secret is in an answer about agents',
    claims: [
      {
        client: 'cli',
        path: path(String.raw`agents?(?:\[[\w-]+\])?\.(?:configuration|state)`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: "Agents without BindPlane's headers",
    original: 'are let in and then refused with each message; nobody sees them',
    ours: 'are agents like others',
    better: "agents without BindPlane's headers are welcome",
    claims: [],
  },
  {
    about: 'Configs that are the same for several agents',
    original: "hold each agent's id, so each has a hash of its own and is rendered on its own",
    ours: 'are the same bytes: one render, one hash',
    better: 'equal configs are equal bytes for all agents',
    claims: [],
  },
  {
    about: 'Writing to agents',
    original: 'two writers on one socket end the whole server',
    ours: 'one writer a socket, with a bounded queue',
    better: 'a peer that reads nothing is written no more than it can hold, the newest offer waits',
    file: 'opamp/limits.test.ts',
    claims: [],
  },
  {
    about: 'The log',
    original: 'holds the enrolment key of each connection, each message and each answer',
    ours: 'holds none of them',
    better: 'no secret in any log line',
    claims: [],
  },
  {
    about: 'A request that takes long',
    original: 'is cut off after 20 s without an answer, and carried out all the same',
    ours: 'is one transaction: whoever asks again sees all of it or nothing',
    better: 'a slow request is never carried out unseen',
    claims: [],
  },
  {
    about: 'The hash of a resource with secrets',
    original: 'covers the secret',
    ours: 'covers `(sensitive)` in its place: the hash of a short secret could be guessed',
    claims: [
      {
        client: 'cli',
        path: path(String.raw`(?:updates\[\d\]\.resource|destinations\[dd\])\.metadata\.hash`),
      },
    ],
  },
  {
    about: 'Ids of agents',
    original: 'as the agent writes it',
    ours: 'always a UUID; a ULID is understood wherever an id is asked for',
    claims: [
      {
        client: 'cli',
        path: path(
          String.raw`(?:agents?(?:\[[\w-]+\])?\.(?:id|labels\.bindplane/agent-id)|labels\.bindplane/agent-id)`,
        ),
      },
    ],
  },
  {
    about: 'Agents without a sort, and a part of them by limit and offset',
    original: 'in any order, another one each time',
    ours: 'by id',
    claims: [{ client: 'cli', recordings: [167], path: path(String.raw`agents\[[\w-]+\]`) }],
  },
  {
    about: 'The configuration of an agent',
    original: 'none until it is rolled out',
    ours: 'the one that its labels assign it',
    claims: [{ client: 'cli', recordings: [168], path: path('configuration') }],
  },
  {
    about: 'Flags in the answer of an apply',
    original: '`pending`, and sometimes `current`, as they were before',
    ours: 'as a GET right after it shows them',
    claims: [
      {
        client: 'cli',
        recordings: [185, 195, 208],
        path: path(String.raw`updates\[2\]\.resource\.status\.pending`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: 'A configuration applied together with what it uses',
    original: 'is told twice, `created` and then `unchanged`',
    ours: 'is told once',
    claims: [{ client: 'cli', recordings: [40], path: path(String.raw`updates\[3\]`), ours: /^undefined$/ }],
  },
  {
    about:
      'Kinds and paths of newer servers (Fleet, Connector, Extension, `/v1/resources`, `/v1/{path}/{name}/history`)',
    original: 'unknown',
    ours: 'served',
    claims: [
      { client: 'cli', recordings: [17, 18, 126], path: path('(?:status|content-type|)') },
      { client: 'cli', recordings: [60], path: path('(?:status|errors|updates)') },
    ],
  },
  {
    about: 'Empty lists',
    original: '`null`, sometimes `[]`',
    ours: '`[]`',
    claims: [
      {
        client: 'cli',
        path: path('(?:agents|sources|processors|destinations|configurations)'),
        ours: /^\[\]$/,
      },
    ],
  },
  {
    about: 'YAML as the body of an apply',
    original: '400',
    ours: 'taken: one document a resource, or one with `resources`',
    claims: [{ client: 'cli', recordings: [80], path: path('(?:status|content-type|errors|updates)') }],
  },
  {
    about: 'Bodies that cannot be read',
    original: "400 as `text/plain`, in the words of Go's decoder",
    ours: '400 as JSON, in words of our own',
    claims: [{ client: 'cli', recordings: [84, 146], path: path(String.raw`(?:content-type|errors\[0\])`) }],
  },
  {
    about: 'What is wrong with a text of YAML or a template',
    original: "in the words of Go's libraries",
    ours: 'in words of our own, at the same line',
    claims: [{ client: 'cli', recordings: [73, 89], path: path(String.raw`updates\[0\]\.reason.*`) }],
  },
  {
    about: 'Warnings about an applied type',
    original: 'its icon is not among the files of the server; parameters for TLS are missing',
    ours: 'none of these: nothing depends on them',
    claims: [{ client: 'cli', recordings: [88], path: path(String.raw`updates\[0\]\.reason`), ours: /^""$/ }],
  },
  {
    about: 'Who uses what is to be deleted',
    original: 'in any order',
    ours: 'by kind and name',
    claims: [
      { client: 'cli', recordings: [137, 138], path: path(String.raw`errors\[0\].*`) },
      { client: 'cli', recordings: [141], path: path(String.raw`updates\[\d\]\.reason.*`) },
    ],
  },
  {
    about: 'First line of a rendered config',
    original: '`managed by BindPlane OP`',
    ours: '`managed by Bindplane`, as servers since 2025 write it',
    claims: [{ path: path('raw:1') }],
  },
  {
    about: '`status.rollout.state`',
    original: 'not there',
    ours: 'the state in more words than the number has: `no-agents`, `rolling-back`, `rolled-back`, `aborted`',
    claims: [{ path: path(String.raw`${STATUS}\.rollout\.state`) }],
  },
  {
    about: 'Versions of the BindPlane agent',
    original: 'v1.26.0 of 2023, with packages that it offers for upgrades',
    ours: 'a version of today and those that run, without packages: they are shown, never offered. Upgrades and their sync are refused with 409',
    claims: [
      { client: 'cli', recordings: [25, 229], path: path(String.raw`agentVersions.*`) },
      { client: 'cli', recordings: [230, 231], path: path(String.raw`(?:status|content-type|errors\[0\]|)`) },
      {
        client: 'cli',
        recordings: [232, 233],
        path: path(String.raw`agents\[[\w-]+\]\.upgrade`),
        ours: /^undefined$/,
      },
    ],
  },
  {
    about: 'Install commands',
    original:
      'install v1.26.0; in Kubernetes the key stands in the manifest of the workload, and a pod that starts anew is a new agent',
    ours: 'install a version of today; the key is in a Secret, and what makes an agent itself is kept on the node or a claim',
    claims: [{ client: 'cli', recordings: [227, 228], path: path('command.*') }],
  },
  {
    about: 'Version of the server',
    original: '`v1.35.0`',
    ours: "Collie's own",
    claims: [{ path: path('(?:tag|commit)') }],
  },
  {
    about: 'Unknown keys beside `spec`, or in `metadata`',
    original: 'are lost without a word',
    ours: 'are ignored too, and a warning in `reason` names them',
    better: 'a selector beside spec is told instead of lost',
    claims: [],
  },
  {
    about: 'A library source that a configuration disables (`{name: web, disabled: true}`)',
    original: 'is rendered all the same; destinations and processors are left out',
    ours: 'is left out too',
    claims: [],
  },
  {
    about: 'Versions of what is not there (`/v1/source/nope/history`)',
    original: '200 with `null`',
    ours: '404',
    claims: [],
  },
];

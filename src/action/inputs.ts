import { LONGEST_RUN_MS } from '../core/collector/trial/ending.ts';
import { COMMENT_MODES, type CommentMode } from '../flows/comment-mode.ts';
import { durationMs } from '../flows/duration.ts';
import { checkedUrl } from '../io/control-planes/connection.ts';
import { errorText } from '../ports/operation-error.ts';

export type InputName =
  | 'mode'
  | 'paths'
  | 'control-plane'
  | 'app-url'
  | 'api-key'
  | 'username'
  | 'password'
  | 'oidc-audience'
  | 'tls-ca'
  | 'branch'
  | 'rollout'
  | 'wait'
  | 'prune'
  | 'require-reviewed'
  | 'fail-on'
  | 'comment'
  | 'suggestions'
  | 'check'
  | 'types'
  | 'collector-version'
  | 'collector'
  | 'collector-run-for'
  | 'token';

/** One input of the Action: what `action.yml` lists, and how it is read. */
export interface InputDefinition {
  readonly name: InputName;
  /** Names of observIQ/bindplane-op-action that mean the same (reference/bindplane.md §8). */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly secret?: boolean;
}

/** Every input, in the order people meet them. `action.yml` has the same ones (a test holds it). */
export const INPUTS: readonly InputDefinition[] = [
  { name: 'mode', description: 'plan (default), apply (default branch only) or lint' },
  {
    name: 'paths',
    description: 'Files, folders or globs to read, one a line; the whole repository when empty',
    aliases: [
      'destination_path',
      'source_path',
      'processor_path',
      'connector_path',
      'fleet_path',
      'configuration_path',
    ],
  },
  {
    name: 'control-plane',
    aliases: ['bindplane_remote_url'],
    description: 'URL of a BindPlane or Collie server',
  },
  {
    name: 'app-url',
    description:
      'URL of a Collie server whose app applies: apply hands the merge over, waits and prints; it is the control plane, too. Without it the job applies by itself',
  },
  { name: 'api-key', aliases: ['bindplane_api_key'], description: 'Key for the control plane', secret: true },
  {
    name: 'username',
    aliases: ['bindplane_username'],
    description: 'User name, where the server has no keys',
  },
  { name: 'password', aliases: ['bindplane_password'], description: 'Password for it', secret: true },
  {
    name: 'oidc-audience',
    description:
      "Instead of a key: the audience of GitHub's own token for the job, which a Collie server takes for a key that is good for an hour. Needs `id-token: write`. With `app-url` it is the origin of that URL when empty",
  },
  { name: 'tls-ca', aliases: ['tls_ca_cert'], description: 'PEM text of a private certificate authority' },
  {
    name: 'branch',
    aliases: ['target_branch'],
    description: 'Branch that apply runs on; the default branch when empty',
  },
  { name: 'rollout', description: 'auto (default), manual or none: what apply does with new versions' },
  {
    name: 'wait',
    description:
      'How long apply waits for its rollouts, and before that for its turn with `app-url`, like 90s, 15m (default) or 2h; 0 does not wait',
  },
  { name: 'prune', description: 'true deletes resources whose files were removed' },
  { name: 'require-reviewed', description: 'true refuses to apply what no pull request planned' },
  {
    name: 'fail-on',
    description:
      'error (default), warning, notice or never: findings that fail the job. apply goes on with what a pull request showed and was merged, unless this is set',
  },
  {
    name: 'comment',
    description:
      'update (default, or true) keeps one comment; hide-and-new, delete-and-new and new write another; on-change is silent while nothing changes; off (or false)',
  },
  {
    name: 'suggestions',
    description:
      'true offers fixes as suggestions on the lines of the pull request, false in words only; as `comment` when empty',
  },
  {
    name: 'check',
    description:
      'true (default) keeps a check run with annotations where the token has `checks: write`; false leaves them to the job',
  },
  {
    name: 'types',
    description:
      "Folders with resource types that add to or override the built-in ones, one a line; not with `app-url`, where the server's own are used",
  },
  { name: 'collector-version', description: 'Collector version where nothing in the files says it' },
  {
    name: 'collector',
    description:
      'otelcol binaries on the runner, one a line, that judge each changed config: `validate`, then a start on loopback with a sink for all exporters. Off when empty, and always for pull requests from forks; a file of the repository is refused',
  },
  {
    name: 'collector-run-for',
    description: 'How long each of them runs, like 5s (default); 0 only validates',
  },
  { name: 'token', description: 'Token for comments, statuses and checks', secret: true },
];

/** Inputs of the peer that have no meaning here; each is said, with what happens instead. */
export const NOT_HONOURED: Readonly<Record<string, string>> = {
  enable_otel_config_write_back: 'rendered configs are shown in the pull request and not committed',
  configuration_output_dir: 'rendered configs are shown in the pull request and not committed',
  configuration_output_branch: 'rendered configs are shown in the pull request and not committed',
  github_url: 'the server is the one the job runs on',
  user_agent: 'requests say that they come from collie',
};

/** Peer inputs whose meaning differs enough to be read on their own. */
const AUTO_ROLLOUT = 'enable_auto_rollout';

const MODES = ['plan', 'apply', 'lint'] as const;
const ROLLOUTS = ['auto', 'manual', 'none'] as const;
const FAIL_ON = ['error', 'warning', 'notice', 'never'] as const;

export type Mode = (typeof MODES)[number];

export interface Inputs {
  /** Undefined when nobody set it. */
  readonly mode?: Mode;
  readonly paths: readonly string[];
  /** With `appUrl` the same server. */
  readonly controlPlane?: string;
  /** A Collie server that an apply hands its merge to; without `/v1` and slash at the end. */
  readonly appUrl?: string;
  readonly apiKey?: string;
  readonly username?: string;
  readonly password?: string;
  readonly oidcAudience?: string;
  readonly certificateAuthority?: string;
  readonly branch?: string;
  readonly rollout: (typeof ROLLOUTS)[number];
  readonly waitMs: number;
  readonly prune: boolean;
  readonly requireReviewed: boolean;
  /** Undefined when nobody set it: a plan then fails on errors, an apply on errors that no review showed. */
  readonly failOn?: (typeof FAIL_ON)[number];
  readonly comment: CommentMode;
  readonly suggestions: boolean;
  readonly check: boolean;
  readonly types: readonly string[];
  readonly collectorVersion?: string;
  /** Paths of binaries, as they are written. */
  readonly collectors: readonly string[];
  readonly collectorRunMs: number;
  readonly token?: string;
  /** Peer input names that were given. */
  readonly peerInputs: readonly string[];
  /** Sentences about what was given and is not done. */
  readonly notes: readonly string[];
  /** Values that must not be printed. */
  readonly secrets: readonly string[];
}

/** A wrong input: what is wrong, in a sentence. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The runner's variable of an input: upper case, spaces as underscores, dashes kept. */
function variable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new InputError(`Input ${name} is \`${value}\`; it can be ${allowed.join(', ')}`);
  }
  return found;
}

function flag(name: string, value: string, standard: boolean): boolean {
  if (value === '') return standard;
  return choice(name, value.toLowerCase(), ['true', 'false']) === 'true';
}

function lines(value: string): readonly string[] {
  return value
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one input under its own name, else under the first alias that was given. */
function reader(environment: Environment): (name: InputName) => string {
  const raw = (name: string): string => environment[variable(name)]?.trim() ?? '';
  return (name) => {
    const definition = INPUTS.find((input) => input.name === name);
    const names = [name, ...(definition?.aliases ?? [])];
    // Only paths have several aliases that add up; all others have one.
    if (name === 'paths') return names.map(raw).filter(Boolean).join('\n');
    return names.map(raw).find((value) => value !== '') ?? '';
  };
}

/** Peer names that were given a value. */
function givenPeerInputs(environment: Environment): readonly string[] {
  const aliases = INPUTS.flatMap((input) => input.aliases ?? []);
  return [...aliases, AUTO_ROLLOUT, ...Object.keys(NOT_HONOURED)].filter(
    (name) => (environment[variable(name)]?.trim() ?? '') !== '',
  );
}

/**
 * The inputs from the runner's `INPUT_*` variables. Throws InputError on a value that means nothing. Credentials may also
 * come from `BINDPLANE_*` variables (DESIGN §4.4).
 */
export function readInputs(environment: Environment): Inputs {
  const input = reader(environment);
  const peerInputs = givenPeerInputs(environment);
  const optional = (name: InputName, fallback?: string): string | undefined =>
    input(name) || (fallback === undefined ? undefined : environment[fallback]?.trim() || undefined);
  const notes = peerInputs.flatMap((name) => {
    const what = NOT_HONOURED[name];
    const off = environment[variable(name)]?.trim() === 'false';
    return what === undefined || off ? [] : [`Input ${name} is not supported: ${what}.`];
  });
  const wait = input('wait') || '15m';
  const waitMs = durationMs(wait);
  if (waitMs === undefined) throw new InputError(`Input wait is \`${wait}\`; write it like 90s, 15m or 2h`);
  const collectorRunMs = durationMs(input('collector-run-for') || '5s');
  if (collectorRunMs === undefined || collectorRunMs > LONGEST_RUN_MS) {
    throw new InputError(
      `Input collector-run-for is \`${input('collector-run-for')}\`; write it like 5s or 1m, at most 10m`,
    );
  }
  const comment = commentMode(input('comment'));
  const apiKey = optional('api-key', 'BINDPLANE_API_KEY');
  const password = optional('password', 'BINDPLANE_PASSWORD');
  const token = optional('token', 'GITHUB_TOKEN');
  const types = lines(input('types'));
  const some = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- one computed key
    value === undefined ? {} : ({ [key]: value } as Record<K, string>);
  return {
    ...(input('mode') === '' ? {} : { mode: choice('mode', input('mode'), MODES) }),
    paths: lines(input('paths')),
    ...serversOf(optional('app-url'), optional('control-plane', 'BINDPLANE_REMOTE_URL'), types),
    ...some('apiKey', apiKey),
    ...some('username', optional('username', 'BINDPLANE_USERNAME')),
    ...some('password', password),
    ...some('oidcAudience', optional('oidc-audience')),
    ...some('certificateAuthority', optional('tls-ca')),
    ...some('branch', optional('branch')),
    rollout: rolloutOf(input('rollout'), environment, peerInputs),
    waitMs,
    prune: flag('prune', input('prune'), false),
    requireReviewed: flag('require-reviewed', input('require-reviewed'), false),
    ...(input('fail-on') === '' ? {} : { failOn: choice('fail-on', input('fail-on'), FAIL_ON) }),
    comment,
    suggestions: flag('suggestions', input('suggestions'), comment !== 'off'),
    check: flag('check', input('check'), true),
    types,
    ...some('collectorVersion', optional('collector-version')),
    collectors: lines(input('collector')),
    collectorRunMs,
    ...some('token', token),
    peerInputs,
    notes,
    secrets: [apiKey, password, token].filter((secret) => secret !== undefined),
  };
}

/**
 * Who is asked, and whom an apply hands its merge to: one server where both are given. Throws InputError for two, and for what the app could not
 * honour: it says so in a plan already, before anything is merged.
 */
function serversOf(
  app: string | undefined,
  controlPlane: string | undefined,
  types: readonly string[],
): Pick<Inputs, 'appUrl' | 'controlPlane'> {
  if (app === undefined) return controlPlane === undefined ? {} : { controlPlane };
  const appUrl = serverUrl(app);
  if (typeof appUrl !== 'string') {
    throw new InputError(
      'Input app-url is no http(s) URL without credentials; write it like https://collie.example.com, and a key into api-key',
    );
  }
  const other = controlPlane === undefined ? appUrl : serverUrl(controlPlane);
  if (typeof other !== 'string') throw new InputError(`Input control-plane: ${errorText(other)}`);
  if (other !== appUrl) {
    throw new InputError(
      `Inputs app-url and control-plane name two servers, ${appUrl} and ${other}, and the app applies to its own: leave control-plane out (and BINDPLANE_REMOTE_URL), or app-url where the job shall apply by itself`,
    );
  }
  if (types.length > 0) {
    throw new InputError(
      'Input types does not go with app-url: the app applies with the types that its server has; leave types out',
    );
  }
  return { appUrl, controlPlane: appUrl };
}

/** A server's address as it is compared; what is wrong with it where it is none. */
function serverUrl(text: string): string | Error {
  try {
    return checkedUrl(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function commentMode(value: string): CommentMode {
  if (value === '' || value === 'true') return 'update';
  return value === 'false' ? 'off' : choice('comment', value, COMMENT_MODES);
}

/** `rollout`, else what the peer's switch says; the peer's own default is not to start rollouts. */
function rolloutOf(
  value: string,
  environment: Environment,
  peerInputs: readonly string[],
): Inputs['rollout'] {
  if (value !== '') return choice('rollout', value, ROLLOUTS);
  const peer = environment[variable(AUTO_ROLLOUT)]?.trim() ?? '';
  if (peer !== '') return flag(AUTO_ROLLOUT, peer, false) ? 'auto' : 'manual';
  return peerInputs.some((name) => name.endsWith('_path')) ? 'manual' : 'auto';
}

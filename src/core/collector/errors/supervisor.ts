import type { ErrorFamily, ErrorLine, ParsedError } from './collector-error.ts';

/** What the supervisor or the agent around the collector says by itself. */
export type SupervisorFailure =
  | { readonly failure: 'apply timeout' }
  | { readonly failure: 'exit'; readonly code: number }
  | { readonly failure: 'own config'; readonly why: string };

/** Sentences of opampsupervisor and the BindPlane agent that say nothing of the config's content. */
const SENTENCES: readonly {
  readonly pattern: RegExp;
  readonly summary: (match: RegExpExecArray) => string;
}[] = [
  {
    pattern: /^Config apply timeout exceeded$/,
    summary: () =>
      "the collector started but never reported to its supervisor in time; look for an `extensions.opamp` in the config that replaces the supervisor's, a blocked port, or a slow start",
  },
  {
    pattern: /^Agent exited unexpectedly with exit code (\d+) while applying configuration$/,
    summary: (match) =>
      `the collector exited with code ${match[1] ?? ''} and the supervisor sent no reason; set \`agent.collector_crash_log_snippet_kib\` in the supervisor's config to get it`,
  },
  {
    pattern: /^Agent process PID=\d+ exited unexpectedly, exit code=(-?\d+)\. Will restart in a bit\.\.\.$/,
    summary: (match) =>
      `the collector keeps exiting with code ${match[1] ?? ''} and the supervisor sent no reason; set \`agent.collector_crash_log_snippet_kib\` in the supervisor's config to get it`,
  },
  {
    pattern: /^Error while searching for management config: .*open (\S+): read-only file system$/,
    summary: (match) =>
      `the agent cannot write ${match[1] ?? 'its manager file'}; set MANAGER_YAML_PATH to a file below a writable mount`,
  },
  {
    pattern: /^could not get bootstrap info from the Collector: (.+)$/,
    summary: (match) =>
      `the supervisor could not start its collector once: ${match[1] ?? ''}; is port 8888 taken?`,
  },
];

/** opampsupervisor's and the agent's own failures: there is no component to name. */
export const supervisor: ErrorFamily<SupervisorFailure> = {
  name: 'supervisor',
  print(mistake) {
    if (mistake.failure === 'apply timeout') return 'Config apply timeout exceeded';
    if (mistake.failure === 'own config') {
      return `failed to create supervisor: error validating config: ${mistake.why}`;
    }
    return `Agent exited unexpectedly with exit code ${mistake.code} while applying configuration`;
  },
  parse(line) {
    if (
      line.stages.includes('failed to load config') ||
      line.stages.includes('failed to create supervisor')
    ) {
      return ownConfig(line);
    }
    for (const { pattern, summary } of SENTENCES) {
      const match = pattern.exec(line.text);
      if (match !== null) return [{ line: line.text, summary: summary(match), path: [], anchored: false }];
    }
    return [];
  },
};

/** A mistake in the supervisor's own file, which no agent's config can mend. */
function ownConfig(line: ErrorLine): readonly ParsedError[] {
  const unknown = /^'([^']*)' has invalid keys: (.+)$/.exec(line.text);
  if (unknown !== null) {
    const [, under = '', keys = ''] = unknown;
    return keys.split(', ').map((key) => ({
      line: line.text,
      summary: `the supervisor's own config: key \`${key}\` under \`${under}\` is unknown to this supervisor`,
      path: [under, key],
      anchored: false,
      key,
    }));
  }
  const path = /([a-z_]+(?:::[a-z_]+)+)/.exec(line.text)?.[1]?.split('::') ?? [];
  const key = path.at(-1);
  return [
    {
      line: line.text,
      summary: `the supervisor's own config: ${line.text}`,
      path,
      anchored: false,
      ...(key === undefined ? {} : { key }),
    },
  ];
}

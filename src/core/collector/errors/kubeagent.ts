import type { ErrorFamily, ErrorLine, ParsedError } from './collector-error.ts';

/** Variables that kubeagent asks for before anything else. */
export type RequiredVariable = 'KM_API_KEY' | 'KM_COLLECTOR_ENDPOINT' | 'CONFIGMAP_NAME' | 'POD_NAMESPACE';

/** Who may not do what, as the API server says it. */
const FORBIDDEN =
  /(?:^|[\s:"])([a-z.]+)(?: "([^"]*)")? is forbidden: User "system:serviceaccount:([^":]+):([^":]+)" cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?/;

const SENTENCES: readonly { readonly pattern: RegExp; readonly summary: string }[] = [
  {
    pattern: /(?:failed|unable) to load in-cluster config/,
    summary:
      'the agent found no service account in its pod: it runs outside a cluster, or `automountServiceAccountToken` is false',
  },
  {
    pattern: /failed to create kubernetes client/,
    summary:
      'the agent could not make a client of the Kubernetes API from what its service account gives it; look at the account and its token',
  },
  {
    pattern: /agent could not be started with current config/,
    summary:
      'the agent refused the config that it was given, and this line does not say why; the reason stands in the lines around it',
  },
];

/** kubeagent's own words, and those of the API server that it hands on: they are about its pod, and no config can mend them. */
export const kubeagent: ErrorFamily<{ readonly required: RequiredVariable }> = {
  name: 'kubeagent',
  print: ({ required }) => `${required} is required`,
  parse(line) {
    const required =
      /(?:^|[\s":])(KM_API_KEY|KM_COLLECTOR_ENDPOINT|CONFIGMAP_NAME|POD_NAMESPACE) is required/.exec(
        line.text,
      );
    if (required?.[1] !== undefined) {
      const key = required[1];
      return [told(line, `the agent’s container has no \`${key}\`: set it in the manifest (KMA-005)`, key)];
    }
    const forbidden = FORBIDDEN.exec(line.text);
    if (forbidden !== null) return [ofAccess(line, forbidden)];
    const known = SENTENCES.find(
      ({ pattern }) => pattern.test(line.text) || line.stages.some((stage) => pattern.test(stage)),
    );
    return known === undefined ? [] : [told(line, known.summary)];
  },
};

function ofAccess(line: ErrorLine, match: RegExpExecArray): ParsedError {
  const [, , , namespace = '', account = '', verb = '', resource = '', group = ''] = match;
  const of = group === '' ? '' : ` (${group})`;
  return told(
    line,
    `ServiceAccount \`${account}\` in namespace \`${namespace}\` may not ${verb} \`${resource}\`${of}: give it a Role with that verb and bind it (\`kubectl auth can-i ${verb} ${resource} --as system:serviceaccount:${namespace}:${account}\` tells)`,
  );
}

function told(line: ErrorLine, summary: string, key?: string): ParsedError {
  return { line: line.text, summary, path: [], anchored: false, ...(key !== undefined && { key }) };
}

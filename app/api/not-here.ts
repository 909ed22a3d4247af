interface Absent {
  /** Paths under `/v1`, the ones below them included. */
  readonly paths: readonly string[];
  /** Why it is not here, and what there is instead. */
  readonly why: string;
}

/** What BindPlane's API has and this server answers with 501 and a sentence. */
export const ABSENT: readonly Absent[] = [
  {
    paths: ['organizations', 'accounts', 'projects', 'invitations', 'users', 'login', 'user-roles'],
    why: 'there are no organisations, projects or users here: one server is one project; see /v1/collie/tokens for who may do what',
  },
  { paths: ['audit-events', 'audit-trail'], why: 'the audit log is at /v1/collie/audit' },
  { paths: ['api-keys'], why: 'tokens are made at /v1/collie/tokens' },
  { paths: ['secret-keys'], why: 'enrolment keys are made at /v1/collie/enrolment-keys' },
  {
    paths: ['secrets-managers', 'secrets-manager-types', 'credentials', 'credential-types'],
    why: 'secrets are kept with their resources, or expanded on the agent from its environment',
  },
  {
    paths: [
      'recommendations',
      'recommendation-types',
      'blueprints',
      'integrations',
      'integration-types',
      'notifications',
      'recordings',
      'resource-presets',
      'public-processors',
      'prometheus-rules',
      'configuration-types',
      'rollout-types',
    ],
    why: 'this belongs to paid editions of BindPlane and is not part of this server',
  },
  {
    paths: ['available-components'],
    why: "an agent's components are in its own answer: GET /v1/agents/{id}",
  },
  {
    paths: ['otlphttp', 'snapshots', 'topology', 'overview'],
    why: 'throughput, snapshots and topology are not collected here; send telemetry to your own backend',
  },
];

/** Why a path of BindPlane's API is not served here; undefined for every other path. */
export function absence(url: string): string | undefined {
  const [, version, path = ''] = (url.split('?')[0] ?? '').split('/');
  if (version !== 'v1') return undefined;
  const why = ABSENT.find(({ paths }) => paths.includes(path))?.why;
  return why === undefined ? undefined : `/v1/${path} is not served: ${why}`;
}

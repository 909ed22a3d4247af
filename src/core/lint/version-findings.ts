import type { Resource } from '../bindplane/resource.ts';
import type { ConfigKey } from '../fleet/config-key.ts';
import { renderConfiguration } from '../bindplane/render.ts';
import type { ComponentClass } from '../collector/component-id.ts';
import type { EffectiveConfig, ProvenanceEntry } from '../collector/effective-config.ts';
import { provenanceOf } from '../collector/provenance.ts';
import { compareVersions, parseVersion } from '../collector/version.ts';
import { compareText, placeText } from '../document/finding.ts';
import type { Finding, Fix, RelatedPlace, SourceRange } from '../document/finding.ts';
import { allRecipients, recipientsOf, versionWords } from './recipients.ts';
import type { Recipient } from './recipients.ts';
import { rendersOf } from './rule.ts';
import type { LintInput } from './rule.ts';

/** One thing in a config that one collector version does not have. */
export interface VersionProblem {
  readonly path: readonly string[];
  readonly component: { readonly class: ComponentClass; readonly id: string; readonly type: string };
  /** The metric, or the component type. */
  readonly subject: string;
  /** Collector version it came with, where it is newer than the one it has to run on. */
  readonly since?: string;
  readonly agentSince?: string;
  /** The rest of a sentence for things that are not simply too new (`removed after …`, `did you mean …`). */
  readonly note?: string;
  readonly certainty: 'exact' | 'likely';
  /** True where the agents themselves said what they have. */
  readonly reported?: true;
}

/** What makes a rule about versions: where to look, what to call it, what the collector says, how to mend it. */
export interface VersionCheck {
  readonly rule: string;
  /** How a version refuses it: `unknown to` it (the default), or `refused by` it. */
  readonly verb?: 'unknown to' | 'refused by';
  problems(config: EffectiveConfig, recipient: Recipient, input: LintInput): readonly VersionProblem[];
  otelcolMessage(problems: readonly VersionProblem[]): string;
  /** Fixes besides a newer image. */
  fixes(problems: readonly VersionProblem[], at: SourceRange | undefined, input: LintInput): readonly Fix[];
}

/** A finding of such a rule, and who refuses which configuration because of it. */
export interface VersionFinding {
  readonly finding: Finding;
  readonly refusals: readonly { readonly configuration: ConfigKey; readonly recipient: Recipient }[];
}

interface Case {
  readonly configuration: ConfigKey;
  readonly entry: ProvenanceEntry | undefined;
  readonly problems: readonly VersionProblem[];
  readonly refusing: readonly Recipient[];
  readonly taking: readonly Recipient[];
}

/**
 * What the agents that get the configurations will refuse: one finding for one place in the files, though several configurations and
 * versions meet it. Sources that no configuration uses are rendered by themselves and give notices.
 */
export function versionFindings(check: VersionCheck, input: LintInput): readonly VersionFinding[] {
  const cases = rendersOf(input).flatMap(({ config, key }) =>
    casesOf(check, input, config, key, recipientsOf(input, key)),
  );
  const used = groupByPlace(cases).map((group) => ({
    finding: describe(check, input, group, false),
    refusals: group.flatMap(({ configuration, refusing }) =>
      refusing.map((recipient) => ({ configuration, recipient })),
    ),
  }));
  const idle = unusedSources(input).flatMap((config) =>
    groupByPlace(casesOf(check, input, config, 'Configuration/', allRecipients(input))),
  );
  return [...used, ...idle.map((group) => ({ finding: describe(check, input, group, true), refusals: [] }))];
}

function casesOf(
  check: VersionCheck,
  input: LintInput,
  config: EffectiveConfig,
  configuration: ConfigKey,
  recipients: readonly Recipient[],
): readonly Case[] {
  const byPlace = new Map<
    string,
    { entry: ProvenanceEntry | undefined; problems: VersionProblem[]; refusing: Set<Recipient> }
  >();
  const found = new Map<string, readonly VersionProblem[]>();
  for (const recipient of recipients) {
    const same = `${recipient.distribution} ${recipient.version} ${JSON.stringify(recipient.agent?.components ?? '')}`;
    const problems = found.get(same) ?? problemsOf(check, config, recipient, input);
    found.set(same, problems);
    for (const problem of problems) {
      const entry = provenanceOf(config, problem.path);
      const key = `${placeKey(entry?.at)} ${problem.component.class} ${problem.component.type}`;
      const group = byPlace.get(key) ?? { entry, problems: [], refusing: new Set<Recipient>() };
      byPlace.set(key, group);
      if (!group.problems.some(({ subject }) => subject === problem.subject)) group.problems.push(problem);
      group.refusing.add(recipient);
    }
  }
  return [...byPlace.values()].map((group) => ({
    configuration,
    ...group,
    refusing: [...group.refusing],
    taking: recipients.filter((recipient) => !group.refusing.has(recipient)),
  }));
}

/** What a chart or an operator of a version that nobody named writes may be written otherwise by the one that is installed. */
function problemsOf(
  check: VersionCheck,
  config: EffectiveConfig,
  recipient: Recipient,
  input: LintInput,
): readonly VersionProblem[] {
  const problems = check.problems(config, recipient, input);
  if ((config.assumed?.length ?? 0) === 0) return problems;
  return problems.map((problem) => ({ ...problem, certainty: 'likely' as const }));
}

function groupByPlace(cases: readonly Case[]): readonly (readonly Case[])[] {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const [first] = one.problems;
    const place = one.entry === undefined ? one.configuration : placeKey(one.entry.at);
    const key = `${place} ${first?.component.class} ${first?.component.type}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function placeKey(at: SourceRange | undefined): string {
  return at === undefined ? '' : placeText(at);
}

function describe(check: VersionCheck, input: LintInput, cases: readonly Case[], unused: boolean): Finding {
  const problems = distinctBySubject(cases.flatMap((one) => one.problems));
  const refusing = distinct(cases.flatMap((one) => one.refusing));
  const refused = new Set(refusing.map(identity));
  const taking = distinct(cases.flatMap((one) => one.taking)).filter((one) => !refused.has(identity(one)));
  const [first] = cases;
  const at = first?.entry?.at ?? input.head.effective.get(first?.configuration ?? 'Configuration/')?.at;
  const likely = problems.every(({ certainty }) => certainty === 'likely');
  const said = check.otelcolMessage(problems);
  return {
    rule: check.rule,
    severity: unused ? 'notice' : likely ? 'warning' : 'error',
    message:
      lackingWords(problems, refusing, taking, unused) ??
      message(problems, refusing, unused, check.verb ?? 'unknown to'),
    ...(at && { at }),
    related: relatedPlaces(cases, refusing, taking, unused),
    fixes: [...check.fixes(problems, at, input), ...imageFix(input, problems, refusing)],
    ...(said !== '' && { otelcolMessage: said }),
    ...(first && !unused && { configuration: first.configuration }),
    ...(likely && { certainty: 'likely' as const }),
  };
}

/** Of live agents that reported their components: how many of those that get the config lack some. Undefined for all others. */
function lackingWords(
  problems: readonly VersionProblem[],
  refusing: readonly Recipient[],
  taking: readonly Recipient[],
  unused: boolean,
): string | undefined {
  const allReported =
    problems.every(({ reported }) => reported === true) &&
    refusing.every(({ agent }) => agent?.components !== undefined);
  if (unused || !allReported) return undefined;
  const subjects = problems.map(({ subject }) => `\`${subject}\``).join(', ');
  const all = refusing.length + taking.length;
  if (all === 1) return `The agent lacks ${subjects}, by what it reported itself; it will refuse the config`;
  const some = taking.length === 0 ? `All ${all} agents` : `${refusing.length} of ${all} agents`;
  return `${some} ${refusing.length === 1 ? 'lacks' : 'lack'} ${subjects}, by what they reported themselves; they will refuse the config`;
}

function message(
  problems: readonly VersionProblem[],
  refusing: readonly Recipient[],
  unused: boolean,
  refused: NonNullable<VersionCheck['verb']>,
): string {
  const subjects = problems.map(({ subject }) => `\`${subject}\``).join(', ');
  const verb = problems.length === 1 ? 'is' : 'are';
  const versions = [...new Set(refusing.map(versionWords))].join(' and ');
  const since = newest(problems.map((problem) => problem.since));
  const agentSince = newest(problems.map((problem) => problem.agentSince));
  const known =
    since === undefined
      ? ''
      : `; known since collector ${since}${agentSince === undefined ? '' : `, agent ${agentSince}`}`;
  const notes = problems.flatMap(({ note }) => note ?? []).map((note) => `; ${note}`);
  const idle = unused ? '; no configuration uses this source yet' : '';
  return `${subjects} ${verb} ${refused} ${versions}${known}${[...new Set(notes)].join('')}${idle}`;
}

function relatedPlaces(
  cases: readonly Case[],
  refusing: readonly Recipient[],
  taking: readonly Recipient[],
  unused: boolean,
): readonly RelatedPlace[] {
  const references = cases.flatMap(({ configuration, entry }) =>
    entry?.via === undefined
      ? []
      : [{ message: `used by ${configuration.replace('/', ' ')}`, at: entry.via }],
  );
  const mood = unused ? 'would' : 'will';
  const places = [
    ...references,
    ...images(refusing, `${mood} refuse it`),
    ...images(taking, `${mood} take it`),
  ];
  return [...new Map(places.map((place) => [placeText(place.at) + place.message, place])).values()];
}

function images(recipients: readonly Recipient[], what: string): readonly RelatedPlace[] {
  return recipients.flatMap(({ workload, version }) => {
    const image = workload?.container.image;
    if (workload === undefined || image === undefined) return [];
    return [
      { message: `${workload.workload.kind} ${workload.workload.name} (${version}) ${what}`, at: image.at },
    ];
  });
}

/** Raises the image on every line of the refusing workloads that names it, init containers included. */
function imageFix(
  input: LintInput,
  problems: readonly VersionProblem[],
  refusing: readonly Recipient[],
): readonly Fix[] {
  if (problems.some(({ since }) => since === undefined)) return [];
  const since = newest(problems.map((problem) => problem.since));
  const agents = refusing.filter(({ distribution }) => distribution === 'bindplane-agent');
  const wanted =
    since === undefined ? undefined : agents.length > 0 ? input.catalogue.agentVersionFor(since) : since;
  if (wanted === undefined) return [];
  const workloads = new Map(
    refusing.flatMap(({ workload }) => (workload ? [[workload.workload.key, workload]] : [])),
  );
  const title = agents.length > 0 ? `run agent ${wanted} or later` : `run collector ${wanted} or later`;
  const edits = [...workloads.values()].flatMap(({ workload, container }) =>
    workload.containers.flatMap(({ image }) => {
      if (image === undefined || image.value !== container.image?.value) return [];
      const text = image.value.replace(/:(v?)\d[^:@/]*$/, `:$1${wanted}`);
      return text === image.value ? [] : [{ at: image.at, text: quotedLike(input, image.at, text) }];
    }),
  );
  const main = [...workloads.values()][0]?.container.image?.at;
  return [{ title, ...(main && { at: main }), ...(edits.length > 0 && { edits }) }];
}

/** A replacement for a scalar, in the quotes it stands in. */
function quotedLike(input: LintInput, at: SourceRange, text: string): string {
  const line = (input.head.repository.texts.get(at.file) ?? '').split('\n')[at.line - 1] ?? '';
  const quote = /^["']/.exec(line.slice(at.column - 1))?.[0] ?? '';
  return `${quote}${text}${quote}`;
}

/** Each source that no configuration uses, in a configuration of its own that sends to nowhere. */
function unusedSources(input: LintInput): readonly EffectiveConfig[] {
  const { repository, types, graph } = input.head;
  if (types.get('destination', 'dev_null') === undefined) return [];
  return [...repository.resources.values()]
    .filter((resource) => resource.kind === 'Source' && graph.to(resource.key).length === 0)
    .map((source) => renderConfiguration(alone(source), { resources: repository.resources, types }).config);
}

function alone(source: Resource): Resource {
  return {
    key: 'Configuration/',
    kind: 'Configuration',
    name: '',
    apiVersion: 'bindplane.observiq.com/v1',
    metadata: {},
    labels: {},
    spec: { sources: [{ name: source.name }], destinations: [{ type: 'dev_null' }] },
    digest: '',
  };
}

function newest(versions: readonly (string | undefined)[]): string | undefined {
  return versions.reduce((best, version) => {
    const a = parseVersion(best ?? '');
    const b = parseVersion(version ?? '');
    if (b === undefined) return best;
    return a === undefined || compareVersions(b, a) > 0 ? version : best;
  }, undefined);
}

function distinctBySubject(problems: readonly VersionProblem[]): readonly VersionProblem[] {
  const bySubject = new Map(problems.map((problem) => [problem.subject, problem]));
  return [...bySubject.values()].sort((a, b) => compareText(a.subject, b.subject));
}

function distinct(recipients: readonly Recipient[]): readonly Recipient[] {
  return [...new Map(recipients.map((recipient) => [identity(recipient), recipient])).values()];
}

/** Names are for people: two namespaces may each have a workload of one name. */
function identity({ agent, workload, name }: Recipient): string {
  return agent?.id ?? workload?.workload.key ?? name;
}

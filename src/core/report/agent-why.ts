import type { Drift } from '../collector/drift/drift.ts';
import { LIMITS } from '../document/limits.ts';
import type { AgentState, AssignedTo, PipelineThroughput } from '../fleet/agent-state.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { explainText } from './explain-text.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { cut, visibleBlock, visibleLine } from './untrusted.ts';
import { plural } from './verdict.ts';

export interface AgentWhyOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

const LABEL_WIDTH = 11;
/** Labels that a BindPlane server makes of what is said elsewhere. */
const OWN_LABEL = 'bindplane/';

/**
 * All there is to say about one agent, for a terminal: what it is to run and why, what it runs, its part in a rollout, what it said last with the
 * line that caused it, and where its effective config differs. Ends with a line feed.
 */
export function agentWhy(state: AgentState, options: AgentWhyOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  const words = (text: string): string => visibleLine(redactor.text(text));
  const rows = [
    ...identityRows(state),
    ...assignmentRows(state),
    ...runningRows(state),
    ...rolloutRows(state),
    ...healthRows(state),
    ...throughputRows(state),
    ...driftRows(state),
  ];
  const lines = rows.map(([label, text]) => `${colours.dim(label.padEnd(LABEL_WIDTH))} ${words(text)}`);
  const error = errorLines(state, colours, redactor);
  return `${[headline(state, colours, words), ...lines, ...error].join('\n')}\n`;
}

type Row = readonly [label: string, text: string];

function headline(
  { agent, client, transport }: AgentState,
  colours: Colours,
  words: (text: string) => string,
): string {
  const kind = client === undefined ? agent.distribution : client.replace('-', ' ');
  const way = transport === 'http' ? ' over HTTP' : transport === 'websocket' ? ' over WebSocket' : '';
  const presence = agent.connected === false ? 'not connected' : `connected${way}`;
  const parts = [kind, agent.version, agent.platform].filter((part) => part !== '' && part !== 'unknown');
  return `${colours.bold(words(agent.name))}  ${words(parts.join(' '))}, ${presence}`;
}

function identityRows({ agent, lastSeenAt }: AgentState): readonly Row[] {
  const labels = Object.entries(agent.labels)
    .filter(([key]) => !key.startsWith(OWN_LABEL))
    .map(([key, value]) => `${key}=${value}`)
    .toSorted();
  return [
    ['id', agent.id],
    ...(lastSeenAt === undefined ? [] : [['last heard', lastSeenAt] as const]),
    ['labels', labels.length === 0 ? 'none' : labels.join(', ')],
  ];
}

function assignmentRows({ assigned, target, unmanaged, agent }: AgentState): readonly Row[] {
  const rows: Row[] = [];
  if (unmanaged !== undefined) rows.push(['pushed', `nothing: ${unmanaged}`]);
  if (assigned === undefined) {
    const none = Object.keys(agent.labels).some((key) => !key.startsWith(OWN_LABEL))
      ? 'no configuration: none selects its labels, and it is in no fleet'
      : 'no configuration: it has no labels that a configuration could select';
    rows.push(['assigned', none]);
    return rows;
  }
  rows.push(['assigned', `${assigned.configuration}, ${becauseText(assigned)}`]);
  if (assigned.others.length > 0) {
    const others = assigned.others.slice(0, LIMITS.report.names).join(', ');
    rows.push([
      '',
      `${others} ${assigned.others.length === 1 ? 'selects' : 'select'} it too; the first by name counts`,
    ]);
  }
  if (assigned.withheld !== undefined) rows.push(['withheld', assigned.withheld]);
  if (target !== undefined) {
    const tries =
      target.offers === 0
        ? ''
        : `, offered ${target.offers} ${target.offers === 1 ? 'time' : 'times'} since it last confirmed one`;
    const silent = target.silentSince === undefined ? '' : `; no answer since ${target.silentSince}`;
    rows.push(['is to run', `${versionText(target)}${tries}${silent}`]);
  } else if (unmanaged === undefined && assigned.withheld === undefined) {
    rows.push(['is to run', 'nothing yet: no rollout has reached it']);
  }
  return rows;
}

function becauseText({ by, match }: AssignedTo): string {
  if (by === 'fleet') return `because it belongs to the fleet ${match}`;
  if (by === 'label') return `because of its label ${match}`;
  return `because its labels match the selector ${match}`;
}

function versionText({
  configuration,
  version,
}: {
  readonly configuration?: string;
  readonly version?: number;
}): string {
  if (configuration === undefined) return 'a config that this server did not make';
  if (configuration === '' || version === 0) return 'the config that does nothing';
  return version === undefined ? configuration : `${configuration}:${version}`;
}

function runningRows({ running, target }: AgentState): readonly Row[] {
  if (running === undefined) return [];
  if (running.hash === '') return [['runs', 'no config of this server']];
  const name = versionText(running);
  const said = {
    applied: 'applied',
    applying: 'applying it now',
    failed: 'refused it',
    unset: 'said nothing of it',
  };
  const isTarget =
    running.configuration !== undefined &&
    running.configuration === target?.configuration &&
    running.version === target.version;
  const behind =
    target !== undefined && running.state === 'applied' && !isTarget
      ? ', which is not what it is to run'
      : '';
  return [[running.state === 'failed' ? 'last said' : 'runs', `${name}: ${said[running.state]}${behind}`]];
}

function rolloutRows({ rollout, refused }: AgentState): readonly Row[] {
  const rows: Row[] = [];
  if (rollout !== undefined) {
    const { state, member, reason } = rollout;
    const why = reason === undefined ? '' : ` (${reason})`;
    rows.push([
      'rollout',
      `${versionText(rollout)} is ${state.replaceAll('-', ' ')}${why}; this agent: ${member.replaceAll('-', ' ')}`,
    ]);
  }
  for (const one of refused.slice(0, LIMITS.report.names)) {
    rows.push(['refused', `${versionText(one)} at ${one.at}; it is not offered again without a new rollout`]);
  }
  if (refused.length > LIMITS.report.names) rows.push(['', `${refused.length - LIMITS.report.names} more`]);
  return rows;
}

function healthRows({ healthy, pools, packages }: AgentState): readonly Row[] {
  const rows: Row[] = [];
  if (healthy !== undefined) rows.push(['health', healthy ? 'healthy' : 'not healthy']);
  for (const [name, pool] of Object.entries(pools ?? {}).slice(0, LIMITS.report.names)) {
    rows.push([
      'pool',
      `${name}: ${pool.status === '' ? '' : `${pool.status}, `}${pool.healthy ? 'healthy' : 'not healthy'}`,
    ]);
  }
  for (const { name, version, state } of (packages ?? []).slice(0, LIMITS.report.names)) {
    rows.push(['package', `${name === '' ? 'the agent' : name} ${version}, ${state}`]);
  }
  return rows;
}

function throughputRows({ throughput, throughputUnknown }: AgentState): readonly Row[] {
  if (throughput === undefined) {
    return throughputUnknown === undefined ? [] : [['flow', `not known: ${throughputUnknown}`]];
  }
  const { pipelines, until } = throughput;
  const shown = pipelines.slice(0, LIMITS.report.names);
  const rows = shown.map((pipeline, index): Row => [index === 0 ? 'flow' : '', flowText(pipeline)]);
  const more = pipelines.length - shown.length;
  return [
    ...rows,
    ['', `${more > 0 ? `${plural(more, 'more pipeline')}; ` : ''}by its own metrics until ${until}`],
  ];
}

function flowText({ pipeline, inPerSecond, outPerSecond, lostPerSecond }: PipelineThroughput): string {
  const [arrives, leaves] = [inPerSecond, outPerSecond].map((rate) =>
    rate === undefined ? '?' : rateText(rate),
  );
  const lost = lostPerSecond > 0 ? `, ${rateText(lostPerSecond)} refused or given up` : '';
  return `${pipeline}: ${arrives} in, ${leaves} out${lost}`;
}

/** Three figures are as much as anybody compares. */
function rateText(perSecond: number): string {
  const text =
    perSecond >= 1000
      ? `${Number((perSecond / 1000).toPrecision(3))}k`
      : `${Number(perSecond.toPrecision(3))}`;
  return `${text}/s`;
}

const DRIFT_WORDS: Readonly<Record<Drift['kind'], string>> = {
  missing: 'is set and not there',
  changed: 'has another value',
  undescribed: 'was never described',
};

function driftRows({ drift, driftUnknown }: AgentState): readonly Row[] {
  if (drift === undefined) {
    return driftUnknown === undefined ? [] : [['drift', `cannot be judged: ${driftUnknown}`]];
  }
  if (drift.length === 0) return [['drift', 'none: every key that was set has its value']];
  const shown = drift.slice(0, LIMITS.report.names);
  const more = drift.length - shown.length;
  return [
    ['drift', `${plural(drift.length, 'difference')} between what it was given and what it runs`],
    ...shown.map(({ path, kind }): Row => ['', `${path.join('::')} ${DRIFT_WORDS[kind]}`]),
    ...(more > 0 ? [['', `${more} more`] as const] : []),
  ];
}

/** The agent's own words last, and what they come from. */
function errorLines(
  { lastError, lastErrorAbout, findings }: AgentState,
  colours: Colours,
  redactor: Redactor,
): readonly string[] {
  if (lastError === undefined) return [];
  const about =
    lastErrorAbout === undefined ? 'It said:' : `It said of ${visibleLine(versionText(lastErrorAbout))}:`;
  const block = visibleBlock(cut(redactor.text(lastError), LIMITS.report.blockCharacters)).split('\n');
  const explained = findings.length === 0 ? [] : ['', explainText(findings, { colours, redactor }).trimEnd()];
  return [
    '',
    colours.bold(about),
    ...block.map((line) => (line === '' ? '   │' : `   │ ${line}`)),
    ...explained,
  ];
}

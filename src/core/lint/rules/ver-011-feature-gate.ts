import type { GateChange, GateVerdict } from '../../collector/gate-verdict.ts';
import { isOn } from '../../collector/gate-verdict.ts';
import type { Finding, Fix } from '../../document/finding.ts';
import { isAtLeast } from '../../collector/version.ts';
import { imageContent } from '../../kubernetes/image.ts';
import type { Container, Workload } from '../../kubernetes/workload.ts';
import { namedGates } from '../feature-gates.ts';
import type { NamedGate } from '../feature-gates.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';

export const featureGateRule: Rule = {
  id: 'VER-011',
  severity: 'error',
  summary:
    'A feature gate that the version does not have or no longer lets be set, or whose default an upgrade changes',
  docs: 'A collector does not start when `--feature-gates` names a gate that its version does not have, switches a stable gate off or a deprecated one on (errors). A gate that no version known here ever had may be a typing error, or come with a module that was not read (a warning). A stable gate that is switched on changes nothing, and with a later version the collector refuses it (a warning). Where a change brings another version, gates that are now on or off by themselves are told if what the config uses brings them (a warning): name the gate in `--feature-gates` to keep what was, while it is not stable.',
  check: (input, cluster) => [
    ...[...cluster.workloads, ...cluster.made].flatMap((workload) =>
      workload.containers.flatMap((container) => namedWrongly(workload, container, input)),
    ),
    ...cluster.running.flatMap((running) => changedDefaults(running, input)),
  ],
};

function versionOf(container: Container, { catalogue, collectorVersion }: LintInput): string | undefined {
  const { distribution, version } = imageContent(container.image?.value ?? '');
  return version === undefined ? collectorVersion : catalogue.collectorVersion(distribution, version);
}

function namedWrongly(workload: Workload, container: Container, input: LintInput): readonly Finding[] {
  const { spec, image } = container;
  const gates = spec === undefined ? [] : namedGates(spec);
  const version = gates.length === 0 ? undefined : versionOf(container, input);
  if (spec === undefined || version === undefined) return [];
  return gates.flatMap((gate): readonly Finding[] => {
    const told = judge(gate, version, input.catalogue.gate(gate.id, version));
    if (told === undefined) return [];
    const fixes = fixesOf(gate, told.instead);
    return [
      {
        rule: featureGateRule.id,
        severity: told.severity,
        message: `${workloadWords(workload)} runs collector ${version} with feature gate \`${gate.id}\`, ${told.said}`,
        at: gate.at ?? spec.at,
        ...(told.collector !== undefined && {
          otelcolMessage: `invalid argument "${gate.value}" for "--feature-gates" flag: ${told.collector}`,
        }),
        ...(image && { related: [{ message: 'the image', at: image.at }] }),
        ...(fixes.length > 0 && { fixes }),
      },
    ];
  });
}

interface Told {
  readonly severity: Finding['severity'];
  readonly said: string;
  /** What the collector says when it refuses. */
  readonly collector?: string;
  /** What to write instead: nothing, where it can be left out. */
  readonly instead?: string;
}

/** The words of core `featuregate/registry.go`, `Set`; of the list of valid gates only that it follows. */
function judge(gate: NamedGate, version: string, verdict: GateVerdict): Told | undefined {
  if (verdict.verdict === 'unknown') return undefined;
  if (verdict.verdict === 'present') return ofStage(gate, version, verdict);
  const collector = `no such feature gate "${gate.id}". valid gates: […]`;
  const { reason, suggestion, since, last } = verdict;
  const trimmed = gate.id.trim();
  if (trimmed !== gate.id) {
    const instead = `${gate.enable ? '' : '-'}${trimmed}`;
    return { severity: 'error', said: 'and blanks around a name count as part of it', collector, instead };
  }
  if (reason === 'later') {
    const when = since === undefined ? '' : ` (${since} has it)`;
    return { severity: 'error', said: `which it does not have yet${when}: it does not start`, collector };
  }
  if (reason === 'removed') {
    const when = last === undefined ? '' : ` (${last} had it)`;
    return {
      severity: 'error',
      said: `which it no longer has${when}: it does not start`,
      collector,
      instead: '',
    };
  }
  return {
    severity: 'warning',
    said: `which no version known here has: ${version} would not start${suggestion === undefined ? '' : `. Did you mean \`${suggestion}\`?`}`,
    collector,
    ...(suggestion !== undefined && { instead: `${gate.enable ? '' : '-'}${suggestion}` }),
  };
}

function ofStage(
  { id, enable }: NamedGate,
  version: string,
  { stage, to }: Extract<GateVerdict, { readonly verdict: 'present' }>,
): Told | undefined {
  if (stage === 'alpha' || stage === 'beta') return undefined;
  const isOverdue = to !== undefined && isAtLeast(version, to);
  const goes =
    to === undefined || isOverdue ? 'a later version removes it' : `it is announced to go with ${to}`;
  if (enable === (stage === 'stable')) {
    const state = stage === 'stable' ? 'on' : 'off';
    return {
      severity: 'warning',
      said: `which is ${stage} and ${state} in any case: ${goes}, and then a collector does not start with it`,
      instead: '',
    };
  }
  return {
    severity: 'error',
    said: `which is ${stage} and can no longer be switched ${enable ? 'on' : 'off'}: it does not start`,
    collector: `feature gate "${id}" is ${stage}, can not be ${enable ? 'enabled' : 'disabled'}`,
    instead: '',
  };
}

/** Where the word stands on one line it is written anew; one that would name nothing is for a person to take out. */
function fixesOf(gate: NamedGate, instead: string | undefined): readonly Fix[] {
  const { at, value, word, written } = gate;
  if (instead === undefined) return [];
  const title =
    instead === '' ? `Leave \`${written}\` out` : `Write \`${instead}\` instead of \`${written.trim()}\``;
  const left = value.split(',').flatMap((one) => (one !== written ? [one] : instead === '' ? [] : [instead]));
  if (at === undefined || at.line !== at.endLine || left.length === 0) {
    return [{ title, ...(at && { at }) }];
  }
  // A custom resource has only the value; a command line may have flag and value in one word.
  const isWhole = at.endColumn - at.column >= word.length;
  const text = `${isWhole && word !== value ? word.slice(0, word.length - value.length) : ''}${left.join(',')}`;
  return [{ title, at, edits: [{ at, text: JSON.stringify(text) }] }];
}

/**
 * Gates of the core that a config meets whatever it holds: how configs are read, the collector's own telemetry. Those of its libraries
 * (pdata, confighttp, exporterhelper) would be told at every upgrade, and nobody could say whom they concern.
 */
const EVERYWHERE = /^(?:component|confmap|service|telemetry)\./;

/** Gates that one finding names, the others are counted. */
const NAMED = 4;

function changedDefaults(running: RunningConfig, { base, catalogue }: LintInput): readonly Finding[] {
  const { workload, container, distribution, version, components } = running;
  if (base === undefined || workload === undefined || version === undefined) return [];
  const before = base.targets
    .get(running.rendered.key)
    ?.workloads.find((one) => one.workload.key === workload.key && one.container.name === container?.name);
  if (before?.version === undefined || before.distribution !== distribution) return [];
  const old = catalogue.collectorVersion(before.distribution, before.version);
  if (old === undefined || old === version) return [];
  const used = new Set(components.map(({ class: section, type }) => `${section}/${type}`));
  const set = new Set(container?.spec === undefined ? [] : namedGates(container.spec).map(({ id }) => id));
  const meets = ({ id, components: bringing }: GateChange['gate']): boolean =>
    bringing === undefined ? EVERYWHERE.test(id) : bringing.some((one) => used.has(one));
  const changed = catalogue.gateChanges(old, version).filter(({ gate }) => !set.has(gate.id) && meets(gate));
  const at = container?.image?.at ?? workload.at;
  return (['on', 'off'] as const).flatMap((state): readonly Finding[] => {
    const all = changed.filter(({ to }) => isOn(to) === (state === 'on'));
    if (all.length === 0) return [];
    const more = all.length > NAMED ? `; and ${all.length - NAMED} more` : '';
    return [
      {
        rule: featureGateRule.id,
        severity: 'warning',
        message: `${workloadWords(workload)} goes from collector ${old} to ${version}, where ${all.length === 1 ? 'a feature gate is' : `${all.length} feature gates are`} ${state} by default and ${all.length === 1 ? 'was' : 'were'} not: ${all.slice(0, NAMED).map(gateWords).join('; ')}${more}`,
        at,
        configuration: running.rendered.key,
      },
    ];
  });
}

function gateWords({ gate, to }: GateChange): string {
  const about = gate.description?.replace(/[.;]\s*$/, '');
  const bound = to === 'stable' || to === 'deprecated' ? ', which can no longer be changed' : '';
  return `\`${gate.id}\`${about === undefined ? '' : ` (“${about}”)`}${bound}`;
}

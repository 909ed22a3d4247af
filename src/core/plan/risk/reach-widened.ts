import type { ConfigKey } from '../../fleet/config-key.ts';
import { selectorText } from '../../fleet/selector.ts';
import type { Target } from '../../fleet/target.ts';
import { reachOf } from '../../resources/targets.ts';
import { names, selectorPlace } from './subject.ts';
import type { RiskLevel, RiskReason } from './plan-risk.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

const rule = 'RSK-007';

/** A configuration that is new reaches nobody by accident: whom it reaches is what its row says. */
export const reachWidened: RiskMember = {
  id: rule,
  summary: 'A selector or a fleet gives a configuration to agents that did not have it',
  check: (subject) => {
    const { configuration, fleet } = subject;
    const before = fleet.base.targets.get(configuration.key);
    const after = fleet.head.targets.get(configuration.key);
    if (before === undefined || after === undefined || subject.isNew) return [];
    const [was, is] = [selectorText(before.selector), selectorText(after.selector)];
    const joined = after.fleets.filter((key) => !before.fleets.includes(key));
    const told = [
      ...(was === is ? [] : selectorReason(subject, before, after)),
      ...(joined.length === 0
        ? []
        : [
            tell(
              subject,
              'medium',
              `given to ${joined.length === 1 ? 'fleet' : 'fleets'} ${names(joined.map(nameOf))}${counts(before, after)}`,
            ),
          ]),
    ];
    return told;
  },
};

function selectorReason(subject: RiskSubject, before: Target, after: Target): readonly RiskReason[] {
  const { emptySelector = 'everybody' } = subject.fleet.head.context;
  const was = before.selector;
  if (was === undefined && emptySelector === 'everybody') return [];
  if (after.selector === undefined) {
    return emptySelector === 'everybody'
      ? [
          tell(
            subject,
            'high',
            `selects every agent instead of \`${selectorText(was)}\`${counts(before, after)}`,
          ),
        ]
      : [];
  }
  const entries = Object.entries(after.selector);
  // Labels more can only leave agents out.
  const narrower = Object.entries(was ?? {}).every(([name, value]) => after.selector?.[name] === value);
  if (was !== undefined && narrower) return [];
  const wider = was !== undefined && entries.every(([name, value]) => was[name] === value);
  const known = after.agents !== undefined || after.workloads.length > 0;
  const others = newcomers(before, after);
  if (!wider && known && others === 0) return [];
  const words = `selects \`${selectorText(after.selector)}\` instead of \`${was === undefined ? 'nobody' : selectorText(was)}\``;
  return [tell(subject, known && others === 0 ? 'low' : 'medium', `${words}${counts(before, after)}`)];
}

function tell(subject: RiskSubject, level: RiskLevel, words: string): RiskReason {
  const at = selectorPlace(subject);
  return { rule, level, message: words, configuration: subject.configuration.key, ...(at && { at }) };
}

/** `: 41 agents instead of 3`, and how many of them are new; empty where nobody is known. */
function counts(before: Target, after: Target): string {
  const [was, is] = [reachOf(before), reachOf(after)];
  if (is.count === 0 && was.count === 0) return '';
  const unit = is.count === 1 ? is.unit.slice(0, -1) : is.unit;
  const others = newcomers(before, after);
  if (others === 0) return ': nobody more today';
  const fresh = others === is.count - was.count ? '' : `, ${others} of them new`;
  return `: ${is.count} ${unit} instead of ${was.count}${fresh}`;
}

function newcomers(before: Target, after: Target): number {
  const ids = ({ agents, workloads }: Target): ReadonlySet<string> =>
    new Set(agents?.map(({ id }) => id) ?? workloads.map(({ workload }) => workload.key));
  const had = ids(before);
  return [...ids(after)].filter((id) => !had.has(id)).length;
}

function nameOf(key: ConfigKey): string {
  return key.slice(key.indexOf('/') + 1);
}

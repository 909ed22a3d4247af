import { componentType } from '../../collector/component-id.ts';
import { withoutHeader } from '../../diff/configs.ts';
import type { ResourceChange } from '../../diff/resources.ts';
import { isSameBehaviour } from '../../diff/semantic-change.ts';
import type { Rewording, SemanticDiff } from '../../diff/semantic-change.ts';
import { compareConfigs } from '../../diff/semantic.ts';
import type { Comparison } from '../../diff/semantic.ts';
import { compareText } from '../../document/finding.ts';
import type { Finding } from '../../document/finding.ts';
import { selectorText } from '../../fleet/selector.ts';
import { recipientsOf } from '../../lint/recipients.ts';
import type { LintInput } from '../../lint/rule.ts';
import type { LoadedView } from '../../resources/view.ts';
import type { ConfigurationPlan } from '../plan.ts';
import { connectionsOf } from './connections.ts';
import type { Connections } from './connections.ts';
import { flowsOf } from './flows.ts';
import { RISKS } from './index.ts';
import type { PlanRisk, RiskLevel, RiskReason } from './plan-risk.ts';
import type { RiskFleet, RiskSubject } from './subject.ts';
import { mayChangeSecret, secretsChanged } from './secret-touched.ts';

export interface AssessedPlan {
  /** The same ones, with what their configs mean. */
  readonly configurations: readonly ConfigurationPlan[];
  readonly risk: PlanRisk;
}

/** What an assessment is made from. */
export interface Assessable {
  readonly lint: LintInput & { readonly base: LoadedView };
  readonly changes: readonly ResourceChange[];
  readonly configurations: readonly ConfigurationPlan[];
  readonly findings: readonly Finding[];
  readonly applyable: boolean;
}

/**
 * What the change of each configuration means to its collectors, and what may go wrong: findings and reasons together. Reasons only speak of
 * what this change brings about, and only of configurations that are rolled out.
 */
export function assess(plan: Assessable): AssessedPlan {
  const { lint, changes } = plan;
  const { base, head, catalogue } = lint;
  const sides = new Map<'base' | 'head', Connections>();
  const fleet: RiskFleet = {
    base,
    head,
    catalogue,
    secrets: secretsChanged(changes, base, head),
    connections: (side) => {
      const found = sides.get(side) ?? connectionsOf(side === 'base' ? base : head, catalogue);
      sides.set(side, found);
      return found;
    },
  };
  const assessed = plan.configurations.map((configuration) => assessOne(configuration, fleet, lint));
  const apart = RISKS.flatMap((member) => member.across?.(fleet) ?? []);
  const reasons = [...assessed.flatMap((one) => one.reasons), ...apart].sort(compareReasons);
  return {
    configurations: assessed.map(({ configuration }) => configuration),
    risk: { level: levelOf(plan, reasons), reasons },
  };
}

interface Assessed {
  readonly configuration: ConfigurationPlan;
  readonly reasons: readonly RiskReason[];
}

function assessOne(configuration: ConfigurationPlan, fleet: RiskFleet, lint: LintInput): Assessed {
  const { before, after, rollout } = configuration;
  if (after === undefined) return { configuration, reasons: [] };
  const comparison = compareConfigs(before?.tree, after.tree, fleet.catalogue);
  const secret = mayChangeSecret({ configuration, fleet });
  const { changes, rewordings } = comparison;
  const semantic: SemanticDiff = { changes, rewordings, complete: isComplete(configuration) && !secret };
  const told = { ...configuration, ...(before && { semantic }) };
  if (!rollout) return { configuration: told, reasons: [] };
  const subject = subjectOf(configuration, comparison, secret, fleet);
  const reasons = RISKS.flatMap((member) => member.check(subject));
  const reworded = rewordedOnly(subject, semantic, reasons, lint);
  return { configuration: { ...told, ...(reworded && { reworded }) }, reasons };
}

function subjectOf(
  configuration: ConfigurationPlan,
  comparison: Comparison,
  secret: boolean,
  fleet: RiskFleet,
): RiskSubject {
  const { before, after } = configuration;
  const [old, young] = [flowsOf(comparison.before), flowsOf(comparison.after)];
  return {
    configuration,
    comparison,
    isNew: before === undefined,
    differs: secret || before?.opaque !== after?.opaque || text(before?.text) !== text(after?.text),
    flows: old && young && { before: old, after: young },
    fleet,
  };
}

function text(config: string | undefined): string {
  return withoutHeader(config ?? '');
}

/** Whether both trees are all that agents get: a text that could not be read has an empty one. */
function isComplete({ before, after }: ConfigurationPlan): boolean {
  return [before, after].every(
    (config) =>
      config === undefined ||
      (config.unrendered.length === 0 &&
        (Object.keys(config.tree).length > 0 || text(config.text).trim() === '')),
  );
}

/**
 * How the new text of a configuration is only another way to say the same; undefined where it is not, or where nobody can tell: what the
 * agents have must know all the new names, and nobody new must get it.
 */
function rewordedOnly(
  subject: RiskSubject,
  semantic: SemanticDiff,
  reasons: readonly RiskReason[],
  lint: LintInput,
): readonly Rewording[] | undefined {
  const { configuration, isNew, differs } = subject;
  const { refusals } = configuration;
  if (isNew || !differs || refusals.length > 0 || !isSameBehaviour(semantic)) {
    return undefined;
  }
  if (selection(subject, 'base') !== selection(subject, 'head')) return undefined;
  if (reasons.some(({ level }) => level !== 'low') || semantic.rewordings.length === 0) return undefined;
  if (semantic.rewordings.includes('names') && !knowNewNames(subject, lint)) return undefined;
  return semantic.rewordings;
}

function selection({ configuration, fleet }: RiskSubject, side: 'base' | 'head'): string {
  const target = fleet[side].targets.get(configuration.key);
  return [selectorText(target?.selector), ...(target?.fleets ?? [])].join('\n');
}

function knowNewNames({ configuration, comparison }: RiskSubject, lint: LintInput): boolean {
  const { target, key } = configuration;
  const recipients = recipientsOf(lint, key);
  const unknown = target.workloads.some(({ version }) => version === undefined);
  if (recipients.length === 0 || (target.agents === undefined && unknown)) return false;
  const { before, after } = comparison;
  return (['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const).every((cls) =>
    [...after.written[cls]].every(([id, name]) => {
      const [was, is] = [componentType(before.written[cls].get(id) ?? name), componentType(name)];
      return (
        was === is ||
        recipients.every(
          ({ distribution, version }) =>
            lint.catalogue.component(distribution, version, cls, is).verdict === 'present',
        )
      );
    }),
  );
}

const RANK: Readonly<Record<RiskLevel, number>> = { high: 0, medium: 1, low: 2 };

function compareReasons(a: RiskReason, b: RiskReason): number {
  return (
    RANK[a.level] - RANK[b.level] ||
    compareText(a.rule, b.rule) ||
    compareText(a.configuration, b.configuration) ||
    compareText(a.message, b.message)
  );
}

function levelOf(
  { applyable, findings, configurations }: Assessable,
  reasons: readonly RiskReason[],
): PlanRisk['level'] {
  const [worst] = reasons;
  if (!applyable || worst?.level === 'high' || findings.some(({ severity }) => severity === 'error')) {
    return 'high';
  }
  const rolled = configurations.some(({ rollout }) => rollout);
  const warned = findings.some(({ severity }) => severity === 'warning');
  if (worst?.level === 'medium' || (warned && rolled)) return 'medium';
  return warned || rolled ? 'low' : 'none';
}

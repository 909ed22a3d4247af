import { unknownType } from '../../collector/errors/unknown-type.ts';
import type { ComponentVerdict } from '../../collector/component-verdict.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import type { Component } from '../../collector/pipelines.ts';
import type { EffectiveConfig } from '../../collector/effective-config.ts';
import type { Recipient } from '../recipients.ts';
import type { LintInput, Rule } from '../rule.ts';
import { versionFindings } from '../version-findings.ts';
import type { VersionCheck, VersionProblem } from '../version-findings.ts';

type AbsentVerdict = Extract<ComponentVerdict, { readonly verdict: 'absent' }>;

/** The check behind VER-001: component types that a version of a distribution does not have. Those that it no longer has are VER-002's. */
export const componentVersion: VersionCheck = {
  rule: 'VER-001',
  problems: (...asked) => absentComponents((reason) => reason !== 'removed', ...asked),
  otelcolMessage: (found) => found.map(({ component }) => unknownType.print(component)).join('\n'),
  fixes: () => [],
};

export const componentVersionRule: Rule = {
  id: 'VER-001',
  severity: 'error',
  summary: "A component that the agent's version does not have",
  docs:
    'A collector refuses a config that names a component type it was not built with, and keeps what it ran before. The versions come from live agents, ' +
    'else from the images of the manifests that get the configuration. Use a type that the version has, or a newer image.',
  check: (input) => versionFindings(componentVersion, input).map(({ finding }) => finding),
};

/** Components that a recipient's version does not have, for the wanted reasons. */
export function absentComponents(
  isWanted: (reason: AbsentVerdict['reason']) => boolean,
  config: EffectiveConfig,
  recipient: Recipient,
  input: LintInput,
): readonly VersionProblem[] {
  return componentsOf(config.tree).flatMap((component): readonly VersionProblem[] => {
    const verdict = judge(component, recipient, input);
    if (verdict.verdict !== 'absent' || !isWanted(verdict.reason)) return [];
    return [
      {
        path: [component.class, component.id],
        component,
        subject: component.type,
        certainty: verdict.certainty,
        ...(verdict.data === REPORTED && { reported: true as const }),
        ...detail(verdict),
      },
    ];
  });
}

function detail(verdict: AbsentVerdict): Pick<VersionProblem, 'since' | 'agentSince' | 'note'> {
  if (verdict.reason === 'named-later') {
    const { since, agentSince, use } = verdict;
    return {
      since,
      ...(agentSince !== undefined && { agentSince }),
      note: `there it is still called \`${use}\``,
    };
  }
  if (verdict.reason === 'removed') {
    const instead = verdict.instead === undefined ? '' : `; ${verdict.instead}`;
    return { note: `removed after collector ${verdict.last}${instead}` };
  }
  return verdict.suggestion === undefined ? {} : { note: `did you mean \`${verdict.suggestion}\`?` };
}

const REPORTED = 'what the agent reported';

/** What the agent itself reported counts more than the catalogue. */
function judge(component: Component, recipient: Recipient, input: LintInput): ComponentVerdict {
  const reported = recipient.agent?.components?.[component.class];
  if (reported !== undefined) {
    const data = REPORTED;
    return reported.includes(component.type)
      ? { verdict: 'present', certainty: 'exact', data }
      : { verdict: 'absent', reason: 'not-included', certainty: 'exact', data };
  }
  return input.catalogue.component(
    recipient.distribution,
    recipient.version,
    component.class,
    component.type,
  );
}

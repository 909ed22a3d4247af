import { validation } from '../../collector/errors/validation.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import type { Component } from '../../collector/pipelines.ts';
import { valueMistakes } from '../../collector/values/index.ts';
import type { ValueMistake } from '../../collector/values/value-mistake.ts';
import type { Finding } from '../../document/finding.ts';
import { gateState } from '../feature-gates.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const valueRule: Rule = {
  id: 'CFG-015',
  severity: 'error',
  summary: 'A value that a component itself refuses',
  docs: 'The most used components check what they are given: a memory_limiter without an interval, a batch that is larger than it may be, an exporter without an endpoint, half a pair of certificate and key, two ways to say the same. A collector with such a value does not start. Values from the environment are not judged; what only newer versions refuse is a warning where the version is not known, and so is what needs a feature gate where the command line is not known.',
  check: (input, { running }) => running.flatMap((one) => (one.whole ? refused(one, input) : [])),
};

function refused(running: RunningConfig, { catalogue }: LintInput): readonly Finding[] {
  const { config, version } = running;
  return componentsOf(config.tree).flatMap((component) =>
    valueMistakes(component, config.tree, version, catalogue).flatMap((mistake) =>
      told(mistake, component, running),
    ),
  );
}

function told(
  { below, why, under, since, gate }: ValueMistake,
  component: Component,
  running: RunningConfig,
): readonly Finding[] {
  const { version } = running;
  const state = gate === undefined ? 'off' : gateState(running, gate);
  if (state === 'on') return [];
  const guessed = since !== undefined && version === undefined;
  const doubt = [
    ...(guessed ? [`refused since collector ${since}`] : []),
    ...(state === 'unknown' ? ['whether the collector is started with it is not known'] : []),
  ];
  return [
    runningFinding(running, {
      rule: valueRule.id,
      severity: doubt.length > 0 ? 'warning' : 'error',
      path: [component.class, component.id, ...below],
      message: `${component.class.slice(0, -1)} \`${component.id}\`: ${[why, ...doubt].join('; ')}`,
      otelcolMessage: validation.print({
        path: [component.class, component.id, ...under].join('::'),
        why,
      }),
    }),
  ];
}

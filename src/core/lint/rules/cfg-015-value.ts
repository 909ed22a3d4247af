import { validation } from '../../collector/errors/validation.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import { valueMistakes } from '../../collector/value-checks.ts';
import { isAtLeast } from '../../collector/version.ts';
import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const valueRule: Rule = {
  id: 'CFG-015',
  severity: 'error',
  summary: 'A value that a component itself refuses',
  docs: 'The most used components check what they are given: a memory_limiter without an interval, a batch that is larger than it may be, an exporter without an endpoint. A collector with such a value does not start. Values from the environment are not judged; what only newer versions refuse is a warning where the version is not known.',
  check: (_input, { running }) => running.flatMap((one) => (one.whole ? refused(one) : [])),
};

function refused(running: RunningConfig): readonly Finding[] {
  const { config, version, canonical } = running;
  return componentsOf(config.tree).flatMap((component) => {
    const type = canonical(component.class, component.type);
    return valueMistakes({ ...component, type }).flatMap(({ below, why, under, since }) => {
      if (since !== undefined && version !== undefined && !isAtLeast(version, since)) return [];
      const guessed = since !== undefined && version === undefined;
      const told = guessed ? `${why}; refused since collector ${since}` : why;
      return [
        runningFinding(running, {
          rule: valueRule.id,
          severity: guessed ? 'warning' : 'error',
          path: [component.class, component.id, ...below],
          message: `${component.class.slice(0, -1)} \`${component.id}\`: ${told}`,
          otelcolMessage: validation.print({
            path: [component.class, component.id, ...under].join('::'),
            why,
          }),
        }),
      ];
    });
  });
}

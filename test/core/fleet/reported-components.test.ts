import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/document/limits.ts';
import { reportedComponents } from '../../../src/core/fleet/reported-components.ts';
import { agentOf } from '../../../src/io/control-planes/bindplane-answers.ts';

describe('the components that an agent reported', () => {
  it('are read by class, and nothing else is', () => {
    const value = { receivers: ['otlp', 7], exporters: 'otlp', gadgets: ['x'], connectors: [] };
    expect(reportedComponents(value)).toEqual({ receivers: ['otlp'], connectors: [] });
    expect(agentOf({ id: 'a', components: value }).components).toEqual({
      receivers: ['otlp'],
      connectors: [],
    });
  });

  it('are not known where nothing was reported', () => {
    expect(
      [undefined, null, [], 'x', {}, { gadgets: ['x'] }].map((value) => reportedComponents(value)),
    ).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(agentOf({ id: 'a' })).not.toHaveProperty('components');
  });

  it('are cut where an agent reports more than any collector has', () => {
    const many = Array.from({ length: LIMITS.opamp.componentsPerClass + 5 }, (_, index) => `r${index}`);
    expect(reportedComponents({ receivers: many })?.['receivers']).toHaveLength(
      LIMITS.opamp.componentsPerClass,
    );
  });
});

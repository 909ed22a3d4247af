import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { desiredConfiguration, fleetOf } from '../../../src/core/fleet/assignment.ts';
import { matches, selectorOf, selectorText } from '../../../src/core/fleet/selector.ts';
import { resource } from '../../support/values.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 10_000 : 100;

function configuration(name: string, matchLabels?: JsonMap): Resource {
  const spec: JsonMap = matchLabels === undefined ? {} : { selector: { matchLabels } };
  return resource(`Configuration/${name}`, { spec });
}

function fleet(name: string, assigned: string, matchLabels?: JsonMap): Resource {
  const selector: JsonMap = matchLabels === undefined ? {} : { selector: { matchLabels } };
  return resource(`Fleet/${name}`, { spec: { configuration: assigned, ...selector } });
}

describe('matches', () => {
  it('wants every label with the same value', () => {
    expect(matches({ a: '1', b: '2' }, { a: '1', b: '2', c: '3' })).toBe(true);
    expect(matches({ a: '1', b: '2' }, { a: '1' })).toBe(false);
    expect(matches({ a: '1' }, { a: '2' })).toBe(false);
  });

  it('gives the empty selector to nobody, or as a BindPlane server does to everybody', () => {
    for (const empty of [undefined, {}]) {
      expect(matches(empty, { a: '1' })).toBe(false);
      expect(matches(empty, { a: '1' }, 'everybody')).toBe(true);
      expect(matches(empty, {}, 'everybody')).toBe(true);
    }
  });

  it('does not find labels that only every object has', () => {
    expect(matches({ constructor: 'x' }, {})).toBe(false);
  });

  it('law: more labels on the agent never lose it, more in the selector never win it', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));
    const law = fc.check(
      fc.property(labels, labels, labels, (selector, own, more) => {
        const wider = { ...more, ...selector };
        const kept = !matches(selector, own) || matches(selector, { ...more, ...own });
        const narrowed = !matches(wider, own) || Object.keys(selector).length === 0 || matches(selector, own);
        return kept && narrowed;
      }),
      { numRuns: RUNS },
    );
    expect(law.counterexample).toBeNull();
  });
});

describe('selectorOf', () => {
  it('reads spec.selector.matchLabels, numbers and booleans as their text', () => {
    expect(selectorOf({ selector: { matchLabels: { tier: 1, edge: true, name: 'x' } } })).toEqual({
      tier: '1',
      edge: 'true',
      name: 'x',
    });
  });

  it.each([
    {},
    { selector: null },
    { selector: {} },
    { selector: { matchLabels: {} } },
    { selector: { matchLabels: null } },
  ])('is undefined for %j', (spec) => {
    expect(selectorOf(spec)).toBeUndefined();
  });

  it('is printed sorted', () => {
    expect(selectorText({ b: '2', a: '1' })).toBe('a=1,b=2');
    expect(selectorText(undefined)).toBe('');
  });
});

describe('desiredConfiguration', () => {
  const edge = configuration('edge', { env: 'edge' });
  const gateway = configuration('gateway', { env: 'gateway' });
  const everything = configuration('everything');
  const configurations = [gateway, edge];

  it('takes the fleet’s configuration before the label, and the label before selectors', () => {
    const labels = { fleet: 'front', configuration: 'edge', env: 'edge' };
    const fleets = [fleet('front', 'gateway')];
    expect(desiredConfiguration(labels, { configurations, fleets })).toMatchObject({
      configuration: gateway,
      by: 'fleet',
      fleet: fleets[0],
    });
    expect(
      desiredConfiguration({ configuration: 'gateway', env: 'edge' }, { configurations, fleets }),
    ).toMatchObject({ configuration: gateway, by: 'label' });
    expect(desiredConfiguration({ env: 'edge' }, { configurations, fleets })).toMatchObject({
      configuration: edge,
      by: 'selector',
    });
  });

  it('joins a fleet by its selector too, and by the label first', () => {
    const fleets = [fleet('a', 'edge', { site: 'x' }), fleet('b', 'gateway')];
    expect(fleetOf({ site: 'x' }, fleets)?.name).toBe('a');
    expect(fleetOf({ site: 'x', fleet: 'b' }, fleets)?.name).toBe('b');
    expect(fleetOf({}, fleets)).toBeUndefined();
  });

  it('falls back where the fleet has no configuration, or one that does not exist', () => {
    for (const assigned of ['', 'gone']) {
      const context = { configurations, fleets: [fleet('front', assigned)] };
      expect(desiredConfiguration({ fleet: 'front', configuration: 'edge' }, context)).toMatchObject({
        by: 'label',
      });
    }
  });

  it('falls back to selectors where the label names nothing', () => {
    const context = { configurations, fleets: [] };
    expect(desiredConfiguration({ configuration: 'gone', env: 'edge' }, context)).toMatchObject({
      by: 'selector',
    });
    expect(desiredConfiguration({ configuration: 'gone' }, context)).toBeUndefined();
  });

  it('takes the first of several selectors by name and says which others select too', () => {
    const twin = configuration('aaa', { env: 'edge' });
    const found = desiredConfiguration({ env: 'edge' }, { configurations: [edge, twin], fleets: [] });
    expect(found?.configuration.name).toBe('aaa');
    expect(found?.others).toEqual([edge]);
  });

  it('gives an empty selector to nobody, unless a BindPlane server is asked', () => {
    const context = { configurations: [everything], fleets: [] };
    expect(desiredConfiguration({ any: 'label' }, context)).toBeUndefined();
    expect(desiredConfiguration({ any: 'label' }, { ...context, emptySelector: 'everybody' })).toMatchObject({
      configuration: everything,
    });
  });

  it('law: the order in which resources are given does not matter', () => {
    const labels = fc.dictionary(
      fc.constantFrom('env', 'configuration', 'fleet'),
      fc.constantFrom('edge', 'gateway', 'front'),
    );
    const all = [edge, gateway, configuration('front', { env: 'front' })];
    const fleets = [fleet('front', 'edge'), fleet('edge', 'gateway', { env: 'gateway' })];
    fc.assert(
      fc.property(
        labels,
        fc.shuffledSubarray(all, { minLength: 3 }),
        fc.shuffledSubarray(fleets, { minLength: 2 }),
        (own, some, teams) => {
          const one = desiredConfiguration(own, { configurations: all, fleets });
          const two = desiredConfiguration(own, { configurations: some, fleets: teams });
          expect(two?.configuration.name).toBe(one?.configuration.name);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

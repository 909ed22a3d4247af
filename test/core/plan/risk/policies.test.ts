import { describe, expect, it } from 'vitest';
import { type Files, planOf } from '../support.ts';
import { BASE, raw, type Told, told } from './raw-configs.ts';

const STRICT = `
  waves:
    - {name: dev, selector: {matchLabels: {env: dev}}}
    - {name: prod, selector: {matchLabels: {env: prod}}, approval: true}
  gates: {send-failed: {shadow: false}}
  windows: [{days: Mon-Thu, tz: UTC}]`;

function files(spec: string, named = 'strict'): Files {
  const { 'edge.yaml': edge = '', ...more } = raw(BASE);
  const label = named === '' ? '' : `\n  labels: {rollout-policy: ${named}}`;
  return {
    ...more,
    'edge.yaml': edge.replace('name: edge', `name: edge${label}`),
    'policy.yaml': `kind: RolloutPolicy\nmetadata: {name: strict}\nspec:${spec}\n`,
  };
}

function loosened(spec: string, named?: string): Told {
  return told(planOf(files(STRICT), files(spec, named)).risk.reasons, 'RSK-016');
}

describe('RSK-016 a policy that lets more through', () => {
  it('asks nobody, keeps to no window, and stops less', () => {
    const spec = STRICT.replace(', approval: true', '')
      .replace('shadow: false', 'shadow: true')
      .replace(/ *windows:.*/, '')
      .replace('gates: {', 'onRegression: pause\n  onInvalid: offer\n  gates: {health: {off: true}, ');
    expect(loosened(spec).toSorted()).toEqual([
      'medium RSK-016 a config that no collector starts with is offered all the same',
      'medium RSK-016 gate `health` no longer stops a rollout',
      'medium RSK-016 gate `send-failed` no longer stops a rollout',
      'medium RSK-016 nobody is asked before wave `prod` any more',
      'medium RSK-016 rollouts go on at any time, no longer in windows alone',
      'medium RSK-016 what goes wrong stands still and is not rolled back any more',
    ]);
  });

  it('is named by nobody any more', () => {
    expect(loosened(STRICT, '')).toEqual([
      'medium RSK-016 its rollouts go by the built-in policy, no longer by `strict`',
    ]);
  });

  it.each([
    ['stays as it is', STRICT],
    ['asks for more', STRICT.replace('dev}}}', 'dev}}, approval: true}').replace('Mon-Thu', 'Tue')],
    ['soaks for less, which the change itself shows', `${STRICT}\n  soak: {batch: 1s}`],
    ['cannot be read, which is an error', STRICT.replace('Mon-Thu', 'never')],
  ])('is none where it %s', (_, spec) => {
    expect(loosened(spec)).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEvent, restrictedBy } from '../../src/action/event.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { inertText } from '../../src/action/host.ts';
import { INPUTS, NOT_HONOURED, readInputs, type Inputs } from '../../src/action/inputs.ts';
import { modeOf } from '../../src/action/run.ts';
import { action, inputVariables } from './support.ts';

const push = (branch: string): Record<string, string> => ({
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REPOSITORY: 'o/r',
  GITHUB_REF: `refs/heads/${branch}`,
});
const payload = { repository: { default_branch: 'main' } };

function mode(inputs: Record<string, string>, environment: Record<string, string>): string {
  const all = { ...environment, ...inputVariables(inputs) };
  return modeOf(readInputs(all), readEvent(all, payload));
}

describe('the mode', () => {
  it('is plan unless asked otherwise', () => {
    expect(mode({}, push('main'))).toBe('plan');
    expect(mode({ mode: 'lint' }, push('main'))).toBe('lint');
  });

  it('on a pull request or in a merge queue is plan, though the same workflow applies on push', () => {
    expect(mode({ mode: 'apply' }, { GITHUB_EVENT_NAME: 'pull_request' })).toBe('plan');
    expect(mode({ mode: 'apply' }, { GITHUB_EVENT_NAME: 'merge_group' })).toBe('plan');
  });

  it('apply runs on the default branch, or on the one that is named, slashes and all', () => {
    expect(mode({ mode: 'apply' }, push('main'))).toBe('apply');
    expect(mode({ mode: 'apply', target_branch: 'release/1.2' }, push('release/1.2'))).toBe('apply');
    expect(() => mode({ mode: 'apply' }, push('topic'))).toThrow('apply runs on the branch main alone');
    expect(() =>
      mode({ mode: 'apply' }, { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/tags/main' }),
    ).toThrow('no branch');
  });

  it('of a workflow that only changed its `uses:` line is wrong usage, never green and idle', async () => {
    const inputs = {
      bindplane_remote_url: 'https://bindplane.example',
      destination_path: 'destinations.yaml',
    };
    const result = await action({
      environment: { ...push('main'), ...inputVariables(inputs) },
      event: payload,
    });
    expect(result.code).toBe(64);
    expect(result.log).toEqual([expect.stringContaining('add `mode: apply`')]);
  });
});

describe('a run that GitHub gives no secrets', () => {
  const pull = (from: string): JsonMap => ({
    pull_request: {
      number: 1,
      head: { repo: { full_name: from } },
      base: { repo: { full_name: 'o/r' } },
    },
  });
  it.each([
    ['a fork', 'pull_request', 'eve/r', 'eve'],
    ['Dependabot', 'pull_request', 'o/r', 'dependabot[bot]'],
    [undefined, 'pull_request', 'o/r', 'ada'],
    // This event has secrets whoever opened the pull request.
    [undefined, 'pull_request_target', 'eve/r', 'eve'],
    [undefined, 'push', 'o/r', 'dependabot[bot]'],
  ])('is one of %s: %s from %s by %s', (expected, GITHUB_EVENT_NAME, from, GITHUB_ACTOR) => {
    const payload = GITHUB_EVENT_NAME === 'push' ? {} : pull(from);
    expect(restrictedBy(readEvent({ GITHUB_EVENT_NAME, GITHUB_ACTOR }, payload))).toBe(expected);
  });
});

describe('inputs', () => {
  it('of bindplane-op-action mean what they meant', () => {
    const inputs = readInputs(
      inputVariables({
        bindplane_remote_url: 'https://bindplane.example/',
        bindplane_api_key: 'key',
        source_path: 'sources/',
        configuration_path: 'config.yaml',
        enable_auto_rollout: 'true',
      }),
    );
    expect(inputs).toMatchObject({
      controlPlane: 'https://bindplane.example/',
      apiKey: 'key',
      paths: ['sources/', 'config.yaml'],
      rollout: 'auto',
      secrets: ['key'],
    });
    expect(readInputs(inputVariables({ source_path: 'x' })).rollout).toBe('manual');
    expect(readInputs({}).rollout).toBe('auto');
  });

  it('suggestions go with comments unless they are asked for', () => {
    const of = (given: Record<string, string>): boolean => readInputs(inputVariables(given)).suggestions;
    expect([of({}), of({ comment: 'off' }), of({ comment: 'new' })]).toEqual([true, false, true]);
    expect([of({ suggestions: 'false' }), of({ comment: 'off', suggestions: 'true' })]).toEqual([
      false,
      true,
    ]);
  });

  it('that are not honoured are said', () => {
    const given = Object.fromEntries(Object.keys(NOT_HONOURED).map((name) => [name, 'x']));
    expect(readInputs(inputVariables(given)).notes).toHaveLength(Object.keys(NOT_HONOURED).length);
    expect(readInputs(inputVariables({ enable_otel_config_write_back: 'false' })).notes).toEqual([]);
  });

  it.each([
    ['mode', 'aply'],
    ['wait', 'soon'],
    ['prune', 'perhaps'],
    ['fail-on', 'fatal'],
    ['rollout', 'yes'],
    ['suggestions', 'some'],
    ['check', 'no'],
  ])('%s: %s ends with 64 and the values that are possible', async (name, value) => {
    const result = await action({ environment: inputVariables({ [name]: value }), event: {} });
    expect(result.code).toBe(64);
    expect(result.log.join()).toContain(value);
    expect(result.outputs).toMatchObject({ decision: 'stop', 'reason-code': 'wrong-usage' });
    expect(result.summary).toContain(value);
  });

  it('app-url is the control plane, too, and may be written twice in two ways', () => {
    const of = (given: Record<string, string>): Partial<Inputs> => {
      const { appUrl, controlPlane } = readInputs(inputVariables(given));
      return { ...(appUrl && { appUrl }), ...(controlPlane && { controlPlane }) };
    };
    const both = { appUrl: 'https://collie.example', controlPlane: 'https://collie.example' };
    expect(of({ 'app-url': 'https://collie.example/' })).toEqual(both);
    expect(
      of({ 'app-url': 'https://COLLIE.example/v1', 'control-plane': 'https://collie.example:443' }),
    ).toEqual(both);
    expect(of({ 'control-plane': 'https://collie.example/' })).toEqual({
      controlPlane: 'https://collie.example/',
    });
  });

  it.each([
    [
      'two servers',
      { 'control-plane': 'https://bindplane.example' },
      'https://collie.example and https://bindplane.example',
    ],
    ['a server without a URL', { bindplane_remote_url: 'none' }, 'Input control-plane'],
    ['types of its own', { types: 'types/' }, 'types does not go with app-url'],
    ['no URL', { 'app-url': 'collie' }, 'https://collie.example.com'],
    ['a secret in the URL', { 'app-url': 'https://a:hush@collie.example' }, 'a key into api-key'],
    ['a secret in the other URL', { 'control-plane': 'https://a:hush@collie.example' }, 'holds credentials'],
  ])('app-url with %s ends with 64 before anything is done', async (_, given, sentence) => {
    for (const name of ['pull_request', 'push']) {
      const result = await action({
        environment: {
          ...push('main'),
          GITHUB_EVENT_NAME: name,
          ...inputVariables({ mode: 'apply', 'app-url': 'https://collie.example', ...given }),
        },
        event: payload,
      });
      expect(result.code).toBe(64);
      expect(result.log).toEqual([expect.stringContaining(sentence)]);
      expect(result.log.join()).not.toContain('hush');
    }
  });

  it('are those of action.yml', () => {
    const metadata = parse(readFileSync(resolve(import.meta.dirname, '../../action.yml'), 'utf8')) as {
      inputs: Record<string, unknown>;
    };
    const ours = INPUTS.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
    expect(Object.keys(metadata.inputs).sort()).toEqual(
      [...ours, 'enable_auto_rollout', ...Object.keys(NOT_HONOURED)].sort(),
    );
  });
});

describe('text from outside in the log', () => {
  it('is never a workflow command', () => {
    const text = inertText('fine\n::add-mask::x\n  ::error::y\nsee ##[group]z');
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toContain('##[');
    expect(text).toContain('add-mask');
  });
});

it('a folder that is no checkout is said in words', async () => {
  const result = await action({
    environment: { ...push('main'), GITHUB_WORKSPACE: '/' },
    event: payload,
  });
  expect(result.code).toBe(1);
  expect(result.outputs).toMatchObject({ 'reason-code': 'no-checkout', decision: 'stop' });
});

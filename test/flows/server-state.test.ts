import { describe, expect, it } from 'vitest';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { asWritten, serverState } from '../../src/flows/server-state.ts';
import { builtInTypes } from '../support/repository.ts';

function resource(kind: string, spec: JsonMap, metadata: JsonMap = {}): Resource {
  const found = resourceFromJson({
    apiVersion: 'bindplane.observiq.com/v1',
    kind,
    metadata: { name: 'a', ...metadata },
    spec,
  });
  if (found === undefined) throw new Error('no resource');
  return found;
}

/** Whether a server's answer counts as what the author wrote. */
function isSame(kind: string, written: JsonMap, server: JsonMap): boolean {
  const author = resource(kind, written);
  const stored = resource(kind, server, {
    id: '01H',
    hash: 'x',
    version: 7,
    dateModified: 'now',
    labels: {},
  });
  return asWritten(stored, author, builtInTypes()).digest === author.digest;
}

describe('a server’s answer is what the author wrote', () => {
  it.each<[string, string, JsonMap, JsonMap]>([
    [
      'version pins',
      'Configuration',
      { sources: [{ name: 's' }] },
      { sources: [{ id: '01H', name: 's:3' }] },
    ],
    ['type pins', 'Source', { type: 'otlp' }, { type: 'otlp:2' }],
    [
      'empty fields of an export',
      'Configuration',
      { sources: [{ name: 's' }] },
      {
        contentType: '',
        measurementInterval: '',
        topologyInterval: '',
        disableLegacyEnvVarNormalization: false,
        sources: [{ name: 's' }],
      },
    ],
    [
      'masked secrets',
      'Destination',
      { type: 'custom', parameters: [{ name: 'token', value: '${T}' }] },
      { type: 'custom:1', parameters: [{ name: 'token', value: '(sensitive)', sensitive: true }] },
    ],
    [
      'numbers as text',
      'Source',
      { type: 'otlp', parameters: [{ name: 'grpc_port', value: '4317' }] },
      { type: 'otlp', parameters: [{ name: 'grpc_port', value: 4317 }] },
    ],
    [
      'expanded defaults',
      'Source',
      { type: 'otlp' },
      {
        type: 'otlp',
        parameters: [
          { name: 'grpc_port', value: 4317 },
          { name: 'listen_address', value: '0.0.0.0' },
        ],
      },
    ],
    [
      'another order of parameters',
      'Source',
      {
        type: 'otlp',
        parameters: [
          { name: 'grpc_port', value: 1 },
          { name: 'http_port', value: 2 },
        ],
      },
      {
        type: 'otlp',
        parameters: [
          { name: 'http_port', value: 2 },
          { name: 'grpc_port', value: 1 },
        ],
      },
    ],
  ])('with %s', (_, kind, written, server) => {
    expect(isSame(kind, written, server)).toBe(true);
  });
});

describe('a server’s answer is something else', () => {
  it.each<[string, string, JsonMap, JsonMap]>([
    [
      'with another value',
      'Source',
      { type: 'otlp', parameters: [{ name: 'grpc_port', value: 4317 }] },
      { type: 'otlp', parameters: [{ name: 'grpc_port', value: 5317 }] },
    ],
    [
      'with a parameter that is no default',
      'Source',
      { type: 'otlp' },
      { type: 'otlp', parameters: [{ name: 'grpc_port', value: 5317 }] },
    ],
    [
      'with a source more',
      'Configuration',
      { sources: [{ name: 's' }] },
      { sources: [{ name: 's' }, { name: 't' }] },
    ],
    [
      'with a source less',
      'Configuration',
      { sources: [{ name: 's' }, { name: 't' }] },
      { sources: [{ name: 's' }] },
    ],
    ['that is switched off', 'Source', { type: 'otlp' }, { type: 'otlp', disabled: true }],
    [
      'without the selector',
      'Configuration',
      { selector: { matchLabels: { a: 'b' } } },
      { selector: { matchLabels: {} } },
    ],
    [
      'with the pin the author wrote moved',
      'Configuration',
      { sources: [{ name: 's:2' }] },
      { sources: [{ name: 's:3' }] },
    ],
  ])('%s', (_, kind, written, server) => {
    expect(isSame(kind, written, server)).toBe(false);
  });

  it('with other labels', () => {
    const author = resource('Source', { type: 'otlp' }, { labels: { team: 'a' } });
    const stored = resource('Source', { type: 'otlp' }, { labels: { team: 'b' } });
    expect(asWritten(stored, author, builtInTypes()).digest).not.toBe(author.digest);
  });
});

it('what no file describes is unmanaged: counted, never touched', () => {
  const mine = resource('Source', { type: 'otlp' });
  const theirs = resource('Source', { type: 'otlp' }, { name: 'theirs' });
  const state = serverState([mine, theirs], new Map([[mine.key, mine]]), builtInTypes());
  expect([...state.resources.keys()]).toEqual(['Source/a']);
  expect(state.unmanaged.map(({ name }) => name)).toEqual(['theirs']);
});

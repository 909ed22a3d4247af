import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/document/digest.ts';
import { savedSpec, specHash } from '../../../src/core/bindplane/saved-form.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import { compareText } from '../../../src/core/document/finding.ts';
import { isList, isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';

/** Everything that bindplane 1.35.0 was recorded to show (Apache-2.0, observIQ). */
const RECORDINGS = join(import.meta.dirname, '..', '..', 'support', 'golden', 'bindplane-rest');

function shownIn(value: Json): readonly JsonMap[] {
  if (isList(value)) return value.flatMap(shownIn);
  if (!isMap(value)) return [];
  const { metadata, spec } = value;
  const own = isMap(metadata) && typeof metadata['hash'] === 'string' && isMap(spec) ? [value] : [];
  return [...own, ...Object.values(value).flatMap(shownIn)];
}

const known = new Map<string, JsonMap>();
for (const file of readdirSync(RECORDINGS)) {
  const recording = JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')) as JsonMap;
  for (const resource of shownIn(recording['exchanges'] ?? null)) {
    const text = JSON.stringify(resource['spec']);
    const hash = isMap(resource['metadata']) ? resource['metadata']['hash'] : undefined;
    const isOrdered = !file.includes('history') && !text.includes('<id-') && !text.includes('(sensitive)');
    if (isOrdered && typeof hash === 'string') known.set(hash, resource);
  }
}

describe('the saved form of a spec', () => {
  it('is what a server showed, and hashes as its does', () => {
    const kinds = new Set<string>();
    for (const [hash, resource] of known) {
      const kind = KINDS.find((candidate) => candidate === resource['kind']);
      const { spec } = resource;
      if (kind === undefined || !isMap(spec)) continue;
      kinds.add(kind);
      // From keys in any order, and without what an empty field says.
      const shuffled = Object.fromEntries(Object.entries(spec).toReversed());
      const saved = savedSpec(kind, shuffled, (_kind, reference) => reference);
      expect({ saved, hash: specHash(saved) }).toEqual({ saved: spec, hash });
    }
    expect([...kinds].toSorted(compareText)).toEqual([
      'Configuration',
      'Destination',
      'Processor',
      'Source',
      'SourceType',
    ]);
  });

  it('leaves out what holds nothing and names the version of what it refers to', () => {
    const spec = {
      disabled: false,
      parameters: [],
      processors: [
        { name: 'tidy', id: '', parameters: null },
        { type: 'batch', name: '' },
      ],
      type: 'otlp',
    };
    const saved = savedSpec(
      'Source',
      spec,
      (kind, reference) => `${reference}:${kind === 'Processor' ? 7 : 1}`,
    );
    expect(JSON.stringify(saved)).toBe(
      '{"type":"otlp:1","processors":[{"name":"tidy:7"},{"type":"batch:1"}]}',
    );
  });

  it('writes characters of HTML as Go does', () => {
    const saved = savedSpec('Configuration', { raw: '<&>' }, (_kind, reference) => reference);
    const text = String.raw`{"contentType":"","measurementInterval":"","raw":"\u003c\u0026\u003e","selector":{"matchLabels":null}}`;
    expect(specHash(saved)).toBe(sha256(text));
  });
});

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest } from '../../../src/core/document/closest.ts';
import { canonicalJson, sha256 } from '../../../src/core/document/digest.ts';
import type { Json } from '../../../src/core/document/node.ts';
import { decodeText } from '../../../src/core/document/text.ts';

describe('closest', () => {
  it.each([
    ['souces', ['sources', 'destinations'], 'sources'],
    ['Selector', ['selector'], 'selector'],
    ['matchLabel', ['matchLabels', 'matchExpressions'], 'matchLabels'],
    ['grpc_prot', ['http_port', 'grpc_port'], 'grpc_port'],
    ['selector', ['apiVersion', 'kind', 'spec'], undefined],
    ['x', ['y', 'z'], undefined],
    ['', ['a'], undefined],
    ['same', ['same'], undefined],
    ['x'.repeat(500), ['x'.repeat(499)], undefined],
  ])('%s', (word, candidates, expected) => {
    expect(closest(word, candidates)).toBe(expected);
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: 10n })).toBe(
      '{"a":10,"b":[1,{"c":"x","d":null}]}',
    );
    expect(canonicalJson({ a: 10n, b: [1, { c: 'x', d: null }] })).toBe(
      canonicalJson({ b: [1, { d: null, c: 'x' }], a: 10n }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const isEqual = canonicalJson(a as Json) === canonicalJson(b as Json);
        expect(isEqual).toBe(
          JSON.stringify(JSON.parse(canonicalJson(a as Json))) ===
            JSON.stringify(JSON.parse(canonicalJson(b as Json))),
        );
      }),
    );
    expect(canonicalJson({ a: Number.NaN })).not.toBe(canonicalJson({ a: null }));
  });

  it('is plain JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('sha256', () => {
  it('is of the UTF-8 bytes, in hex', () => {
    expect(sha256('é')).toBe(
      createHash('sha256')
        .update(Buffer.from([0xc3, 0xa9]))
        .digest('hex'),
    );
  });
});

describe('decodeText', () => {
  it('reads every well-formed text, without its byte order mark', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && !text.startsWith('\ufeff')),
        (text) => {
          expect(decodeText('a', new TextEncoder().encode(text))).toEqual({ text, findings: [] });
          expect(decodeText('a', new TextEncoder().encode(`\ufeff${text}`))).toEqual({ text, findings: [] });
        },
      ),
    );
  });

  it('refuses exactly what is not UTF-8, at the first bad byte', () => {
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: 1, maxLength: 6 })
          .filter((bytes) => !bytes.includes(0) && !(bytes[0] === 0xff || bytes[0] === 0xfe)),
        (bytes) => {
          const isText = isUtf8(bytes);
          const { text, findings } = decodeText('a', bytes);
          expect(text !== undefined).toBe(isText);
          expect(findings.length).toBe(isText ? 0 : 1);
        },
      ),
    );
    expect(decodeText('a', new Uint8Array([0x0a, 0x61, 0xff])).findings[0]?.at).toMatchObject({
      line: 2,
      column: 2,
    });
  });
});

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).equals(Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf8'));
}

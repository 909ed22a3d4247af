import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protoDigest, WIRES } from '../../../app/opamp/generate.ts';
import { decodeFrame, encodeFrame } from '../../../src/core/opamp/framing.ts';
import {
  AgentCapabilities,
  AgentToServerSchema,
  ServerToAgentSchema,
} from '../../../src/core/opamp/gen/opamp_pb.ts';
import { NO_OP_CONFIG } from '../../../src/core/opamp/no-op.ts';
import { configOffer, offerProblem } from '../../../src/core/opamp/offer.ts';
import { hexBytes, hexText, uidText } from '../../../src/core/opamp/uid.ts';
import { sha256 } from '../../../src/core/document/digest.ts';

const RUNS = process.env['COLLIE_LAWS'] === 'full' ? 100_000 : 1000;
const TAKES = AgentCapabilities.ACCEPTS_REMOTE_CONFIG | AgentCapabilities.REPORTS_REMOTE_CONFIG;
const UID = new Uint8Array(16).fill(1);

describe('generated code', () => {
  const files = (['opamp', 'otlp'] as const).flatMap((wire) =>
    WIRES[wire].names.map((name) => ({ wire, name, code: WIRES[wire].code })),
  );
  it.each(files)(
    '$wire: $name was made from the .proto files as they are (else: node app/opamp/generate.ts)',
    ({ wire, name, code }) => {
      const text = readFileSync(join(import.meta.dirname, '../../..', code, `${name}_pb.ts`), 'utf8');
      expect(text.split('\n')[0]).toBe(`// sha256 of schemas/${wire}/v1/*.proto: ${protoDigest(wire)}`);
    },
  );
});

describe('framing', () => {
  const message = create(AgentToServerSchema, { instanceUid: UID, sequenceNum: 3n });
  const body = toBinary(AgentToServerSchema, message);

  it('reads messages with the header byte, without it, and empty ones', () => {
    expect(decodeFrame(Uint8Array.from([0, ...body]))).toMatchObject({ message: { sequenceNum: 3n } });
    expect(decodeFrame(body)).toMatchObject({ message: { sequenceNum: 3n } });
    expect(decodeFrame(Uint8Array.from([0]))).toMatchObject({ message: { sequenceNum: 0n } });
    expect(decodeFrame(new Uint8Array())).toMatchObject({ message: { sequenceNum: 0n } });
  });

  it('always writes the header byte', () => {
    expect(encodeFrame(create(ServerToAgentSchema, {}))).toEqual(Uint8Array.from([0]));
  });

  it('writes a config that many are offered behind what is theirs, the same bytes for all', () => {
    const offer = configOffer(
      { client: 'supervisor', capabilities: TAKES },
      { hash: sha256(NO_OP_CONFIG), text: NO_OP_CONFIG },
      new Uint8Array(),
    );
    if ('refused' in offer) throw new Error(offer.refused);
    const frames = [1, 2].map((byte) =>
      encodeFrame({ ...offer.message, instanceUid: new Uint8Array(16).fill(byte) }),
    );
    for (const [index, frame] of frames.entries()) {
      const { remoteConfig, instanceUid } = fromBinary(ServerToAgentSchema, frame.subarray(1));
      expect(instanceUid).toEqual(new Uint8Array(16).fill(index + 1));
      expect(remoteConfig).toEqual(offer.message.remoteConfig);
    }
  });

  it('never throws, whatever comes (SEC-68)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeFrame(bytes);
        return 'message' in decoded || decoded.problem !== '';
      }),
      { numRuns: RUNS },
    );
  });
});

describe('uids', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = uidText(bytes) ?? '';
        expect(hexBytes(text.replaceAll('-', ''))).toEqual(bytes);
        expect(hexText(bytes)).toBe(text.replaceAll('-', ''));
      }),
      { numRuns: RUNS },
    );
  });

  it('of other lengths or beyond 128 bits are none', () => {
    expect(uidText(new Uint8Array(17))).toBeUndefined();
    expect(uidText(new TextEncoder().encode('ZZZZZZZZZZZZZZZZZZZZZZZZZZ'))).toBeUndefined();
    expect(uidText(new TextEncoder().encode('01ARZ3NDEKTSV4RRFFQ69G5FAU!'.slice(1)))).toBeUndefined();
  });
});

describe('offers', () => {
  const config = { text: 'receivers:\n  nop:\n', hash: sha256('receivers:\n  nop:\n') };
  const offer = (client: 'bindplane-agent' | 'supervisor' | 'extension', capabilities: number = TAKES) =>
    configOffer({ client, capabilities }, config, UID);

  it('stand under the key that the kind of client reads', () => {
    const key = (answer: ReturnType<typeof offer>) =>
      'message' in answer ? Object.keys(answer.message.remoteConfig?.config?.configMap ?? {}) : answer;
    expect(key(offer('bindplane-agent'))).toEqual(['collector.yaml']);
    expect(key(offer('supervisor'))).toEqual(['']);
    expect(offer('extension')).toHaveProperty('refused');
  });

  it('that define the extension of the supervisor itself are refused to it; another name is fine', () => {
    const named = (client: 'supervisor' | 'bindplane-agent', name: string) =>
      configOffer(
        { client, capabilities: TAKES },
        { text: `extensions:\n  ${name}:\n    server: {}\nreceivers: {}\n`, hash: config.hash },
        UID,
      );
    expect(named('supervisor', 'opamp')).toHaveProperty('refused');
    expect(named('supervisor', 'opamp/own')).toHaveProperty('message');
    expect(named('bindplane-agent', 'opamp')).toHaveProperty('message');
  });

  it('carry the SHA-256 of the text as their hash', () => {
    const answer = offer('supervisor');
    expect('message' in answer && hexText(answer.message.remoteConfig?.configHash ?? UID)).toBe(config.hash);
  });

  it('go only to agents that accept a config and say what became of it', () => {
    expect(offer('supervisor', AgentCapabilities.ACCEPTS_REMOTE_CONFIG)).toHaveProperty('refused');
    expect(offer('supervisor', AgentCapabilities.REPORTS_REMOTE_CONFIG)).toHaveProperty('refused');
  });

  it.each(['', '  \n', '---\n', '# only a comment\n', '{}', 'null\n', '---\n...\n'])(
    'are never empty: %j',
    (text) => {
      expect(offerProblem(text)).toContain('never offered');
    },
  );

  it('the config that does nothing is not empty', () => {
    expect(offerProblem(NO_OP_CONFIG)).toBeUndefined();
  });
});

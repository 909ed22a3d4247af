import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeBody, decodeFrame } from '../../../src/core/opamp/framing.ts';
import { ServerToAgentFlags } from '../../../src/core/opamp/gen/opamp_pb.ts';
import type { AgentFact, AgentRecord } from '../../../src/core/opamp/record.ts';
import { foldMessage } from '../../../src/core/opamp/session.ts';
import { uidText } from '../../../src/core/opamp/uid.ts';
import { sharedPath } from '../../support/shared.ts';

interface Recording {
  readonly client: string;
  readonly messages: readonly {
    readonly dir: string;
    readonly t_ms: number;
    readonly base64?: string;
    readonly note?: string;
    readonly decoded?: {
      readonly instance_uid?: string;
      readonly sequence_num?: string;
      readonly remote_config_status?: {
        readonly status?: string;
        readonly error_message?: string;
        readonly last_remote_config_hash?: string;
      };
    };
  }[];
}

interface Replayed {
  readonly records: ReadonlyMap<string, AgentRecord>;
  readonly facts: readonly AgentFact[];
  readonly fullStateAsked: number;
  readonly messages: number;
}

const OWN = join(import.meta.dirname, 'recordings');

function read(folder: string, name: string): Recording {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Recording;
}

/** Feeds every recorded agent message to the fold; a recorded `connect` is a new socket, over plain HTTP all polls are one connection. */
function replay(recording: Recording, transport: 'websocket' | 'http' = 'websocket'): Replayed {
  const records = new Map<string, AgentRecord>();
  const facts: AgentFact[] = [];
  const told: object[] = [];
  const kept: unknown[] = [];
  let socket = 0;
  let fullStateAsked = 0;
  let messages = 0;
  for (const item of recording.messages) {
    if (item.dir === 'event' && (item.note ?? '').startsWith('websocket connected')) socket += 1;
    if (item.dir !== 'agent' || item.base64 === undefined) continue;
    const bytes = Buffer.from(item.base64, 'base64');
    const decoded = transport === 'http' ? decodeBody(bytes) : decodeFrame(bytes);
    if ('problem' in decoded) throw new Error(decoded.problem);
    messages += 1;
    const uid = uidText(decoded.message.instanceUid) ?? '';
    expect(uid).toBe(item.decoded?.instance_uid);
    expect(String(decoded.message.sequenceNum)).toBe(item.decoded?.sequence_num ?? '0');
    const connection = { id: `socket-${socket}`, remoteAddress: '', labels: '', transport };
    const folded = foldMessage(records.get(uid), decoded.message, connection, item.t_ms, new Uint8Array(16));
    expect(folded.reply.instanceUid).toEqual(decoded.message.instanceUid);
    if (folded.record !== undefined) records.set(uid, folded.record);
    facts.push(...folded.facts);
    if ((folded.reply.flags & BigInt(ServerToAgentFlags.REPORT_FULL_STATE)) !== 0n) fullStateAsked += 1;
    const status = item.decoded?.remote_config_status;
    if (status?.status !== undefined) {
      kept.push(folded.record?.config);
      told.push({
        state: status.status.replace('RemoteConfigStatuses_', '').toLowerCase(),
        message: status.error_message ?? '',
        hash: status.last_remote_config_hash ?? '',
      });
    }
  }
  expect(kept).toMatchObject(told);
  return { records, facts, fullStateAsked, messages };
}

function only(replayed: Replayed): AgentRecord {
  const [record] = replayed.records.values();
  if (record === undefined) throw new Error('no agent');
  return record;
}

describe('recorded clients', () => {
  it('a supervisor that connects for the first time is known after two messages', () => {
    const replayed = replay(read(OWN, 'sup-01-first-connect'));
    expect(only(replayed)).toMatchObject({
      client: 'supervisor',
      version: '0.158.0',
      hostname: 'edge-01',
      labels: { fleet: 'edge', tier: 'canary' },
      connected: true,
      config: { state: 'unset', hash: '' },
    });
    expect(replayed.fullStateAsked).toBe(0);
  });

  it('a refused config leaves its error word for word', () => {
    const { config } = only(replay(read(OWN, 'sup-32-snippet-unknown-key')));
    expect(config?.state).toBe('failed');
    expect(config?.message).toContain("'batchprocessor.Config' has invalid keys: send_batch_sizee");
  });

  it('an extension only reports, and its chatter is no news', () => {
    const replayed = replay(read(OWN, 'ext-01-first-connect'));
    expect(only(replayed)).toMatchObject({ client: 'extension', labels: { fleet: 'edge', tier: 'stable' } });
  });

  it('a client that comes back after the server went away keeps its numbers', () => {
    const replayed = replay(read(OWN, 'sup-24-server-restart-full-state'));
    expect(only(replayed).connected).toBe(true);
  });
});

const shared = sharedPath('golden', 'opamp');
const names =
  shared === undefined || !existsSync(shared)
    ? []
    : readdirSync(shared).filter((name) => name.endsWith('.json'));
if (names.length === 0) {
  // oxlint-disable-next-line no-console -- a skip says why
  console.warn(
    'recorded OpAMP exchanges are not here (COLLIE_SHARED or ../shared): only the four copies are replayed',
  );
}

describe.skipIf(names.length === 0)('every recorded exchange', () => {
  it.each(names.map((name) => name.replace('.json', '')))('%s', (name) => {
    const recording = read(shared ?? '', name);
    const replayed = replay(recording, name.includes('plain-http') ? 'http' : 'websocket');
    // Nobody is asked for the full state more than once a socket.
    const sockets = recording.messages.filter(({ note }) =>
      (note ?? '').startsWith('websocket connected'),
    ).length;
    expect(replayed.fullStateAsked).toBeLessThanOrEqual(
      Math.max(1, sockets) * Math.max(1, replayed.records.size),
    );
  });

  it('a supervisor over plain HTTP takes a config with a poll and says that it applied it', () => {
    const { records, facts } = replay(read(shared ?? '', 'sup-49-plain-http'), 'http');
    const [record] = records.values();
    expect(record).toMatchObject({ client: 'supervisor', transport: 'http', config: { state: 'applied' } });
    expect(facts.filter(({ kind }) => kind === 'connected')).toHaveLength(1);
  });

  it('collectors of any name are known as what they are: supervisors take configs, the extension alone does not', () => {
    for (const name of names.map((file) => file.replace('.json', ''))) {
      const transport = name.includes('plain-http') ? 'http' : 'websocket';
      for (const record of replay(read(shared ?? '', name), transport).records.values()) {
        if (!record.described) continue;
        expect([name, record.client]).toEqual([name, name.startsWith('ext') ? 'extension' : 'supervisor']);
      }
    }
  });

  it('a memory limiter that chatters each second makes no news of it', () => {
    const replayed = replay(read(shared ?? '', 'ext-08-memory-limiter-1s-chatter'));
    expect(replayed.messages).toBeGreaterThanOrEqual(5);
    expect(replayed.facts.filter(({ kind }) => kind === 'health').length).toBeLessThan(3);
  });
});

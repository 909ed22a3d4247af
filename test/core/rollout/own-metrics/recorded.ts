import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeExport } from '../../../../src/core/rollout/own-metrics/otlp.ts';
import { reportsOf } from '../../../../src/core/rollout/own-metrics/report.ts';
import type { OwnMetricsReport, Reading } from '../../../../src/core/rollout/own-metrics/report.ts';

/** Exports of a real collector (`recorded/README.md`), with the time at which each was received. */
export const RECORDED = {
  started: { file: '1-started', receivedAt: 1_795_305_637_952 },
  traffic: { file: '2-traffic', receivedAt: 1_795_305_639_948 },
  more: { file: '3-more', receivedAt: 1_795_305_642_948 },
  quiet: { file: '4-quiet', receivedAt: 1_795_305_643_948 },
  restarted: { file: '5-restarted', receivedAt: 1_795_305_650_124 },
  running: { file: '6-running', receivedAt: 1_795_305_652_124 },
  lastWords: { file: '7-last-words', receivedAt: 1_795_305_655_976 },
} as const;

/** The collector's instance uid, as its supervisor has it. */
export const RECORDED_UID = '01a2008d-f852-7ad6-8896-f8785a47a996';

export function recordedBytes(name: keyof typeof RECORDED): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'recorded', `${RECORDED[name].file}.binpb`)));
}

/** The one report in a recorded export. */
export function recordedReport(name: keyof typeof RECORDED): OwnMetricsReport {
  const decoded = decodeExport(recordedBytes(name), 'protobuf');
  const [report] = 'message' in decoded ? reportsOf(decoded.message) : [];
  if (report === undefined) throw new Error(`${name} holds no report`);
  return report;
}

/** What a process that began to count at 0 says `second` seconds later; its components are told apart by `of component field`. */
export function said(
  second: number,
  totals: Readonly<Record<string, number>>,
  other: Partial<OwnMetricsReport> = {},
): OwnMetricsReport {
  const readings = Object.entries(totals).map(([key, value]): Reading => {
    const [of = '', component = '', field = ''] = key.split(' ');
    const isLevel = /^(?:queue|inFlight|rss)/.test(field);
    return {
      of: of as Reading['of'],
      component: component === '-' ? '' : component,
      signal: of === 'collector' ? '' : 'traces',
      field: field as Reading['field'],
      value,
      kind: isLevel ? 'level' : 'total',
    };
  });
  return {
    instance: 'a',
    incarnation: 'a@0',
    startMs: 1,
    timeMs: second * 1000 + 1,
    readings,
    points: readings.length,
    leftOut: 0,
    ...other,
  };
}

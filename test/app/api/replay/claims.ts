import { DEVIATIONS, type Claim } from '../deviations.ts';
import type { Found } from './replay.ts';

/** A difference as a line for people. */
function line({ recording, name, path, recorded, ours }: Found): string {
  const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 160);
  return `${recording} ${name}, ${path === '' ? 'body' : path}: recorded ${shown(recorded)}, ours ${shown(ours)}`;
}

function covers(claim: Claim, client: 'cli' | 'action', found: Found): boolean {
  return (
    (claim.client ?? client) === client &&
    (claim.recordings?.includes(found.recording) ?? true) &&
    claim.path.test(found.path) &&
    (claim.ours?.test(JSON.stringify(found.ours) ?? 'undefined') ?? true)
  );
}

/** Differences that no deviation gives a reason for. */
export function unexplained(client: 'cli' | 'action', found: readonly Found[]): readonly string[] {
  const claims = DEVIATIONS.flatMap((deviation) => deviation.claims);
  return found.filter((one) => !claims.some((claim) => covers(claim, client, one))).map(line);
}

/** Claims of deviations that no difference needs any more. */
export function idle(client: 'cli' | 'action', found: readonly Found[]): readonly string[] {
  return DEVIATIONS.flatMap(({ about, claims }) =>
    claims
      .filter((claim) => claim.client === client && !found.some((one) => covers(claim, client, one)))
      .map((claim) => `${about}: ${String(claim.path)}`),
  );
}

import { stateWords } from '../../src/core/report/rollout-facts.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import type { ReportableRollout } from '../../src/ports/rollout-feed.ts';

/** One thing to keep told on GitHub: the comment of a configuration on a pull request, or its check on the merge commit. */
export interface Report {
  readonly kind: 'comment' | 'check';
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  /** Always there for a comment; a check's summary speaks of it where it is known. */
  readonly pullRequest?: number;
  readonly view: RolloutView;
}

/** A report that the outbox keeps: the newest of its key. */
export interface KeptReport {
  readonly key: string;
  readonly report: Report;
}

/** What the outbox holds a report under: one a pull request (or commit) and configuration, over versions and restarts. */
function reportKey({ kind, repository, commit, pullRequest, view }: Report): string {
  const where =
    kind === 'comment'
      ? `${repository.toLowerCase()}#${pullRequest ?? 0}`
      : `${repository.toLowerCase()}@${commit}`;
  return `${kind} ${where} ${view.configuration}`;
}

/** What a pull request's readers see of it together: reports of one thread are sent together. */
export function threadOf({ repository, commit, pullRequest }: Report): string {
  return `${repository.toLowerCase()}#${pullRequest ?? commit}`;
}

/** Whether a rollout will not change by itself any more. */
export function isOver(view: RolloutView): boolean {
  return stateWords(view.state).over;
}

/**
 * What must not wait when it changes: the state, and whether anybody refused. Everything else of a view are counts and times,
 * which may lag.
 */
export function urgencyOf({ state, totals, errors, toVersion }: RolloutView): string {
  return `${toVersion} ${state} ${totals.refused > 0 || errors.length > 0 ? 'refused' : 'fine'}`;
}

/**
 * The reports of rollouts with an origin: for each pull request and configuration the newest rollout, likewise for each commit.
 * `pullRequestOf` gives the pull request of an origin that names none.
 */
export async function reportsOf(
  rollouts: readonly ReportableRollout[],
  pullRequestOf: (repository: string, commit: string) => Promise<number | undefined>,
): Promise<readonly KeptReport[]> {
  const newest = new Map<string, Report>();
  for (const { view, origin } of rollouts) {
    if (origin === undefined) continue;
    const pullRequest = origin.pullRequest ?? (await pullRequestOf(origin.repository, origin.commit));
    const base = {
      repository: origin.repository,
      commit: origin.commit,
      view,
      ...(pullRequest === undefined ? {} : { pullRequest }),
    };
    const kinds = pullRequest === undefined ? (['check'] as const) : (['comment', 'check'] as const);
    for (const kind of kinds) {
      const report = { ...base, kind };
      const known = newest.get(reportKey(report));
      if (known === undefined || isNewer(view, known.view)) newest.set(reportKey(report), report);
    }
  }
  return [...newest].map(([key, report]) => ({ key, report }));
}

function isNewer(view: RolloutView, than: RolloutView): boolean {
  if (view.toVersion !== than.toVersion) return view.toVersion > than.toVersion;
  return (view.startedAt ?? '') > (than.startedAt ?? '');
}

/** What was written of each view: feeds give the same value while nothing changed, and are asked all the time. */
const WRITTEN = new WeakMap<RolloutView, string>();

/** A report as text, the same for the same report. */
export function reportText({ view, ...where }: Report): string {
  const text = WRITTEN.get(view) ?? JSON.stringify(view);
  WRITTEN.set(view, text);
  return `${JSON.stringify(where).slice(0, -1)},"view":${text}}`;
}

/** A report that `reportText` wrote; undefined for anything else (an entry of an older Collie). */
export function readReport(text: string): Report | undefined {
  const value: unknown = JSON.parse(text);
  return isReport(value) ? value : undefined;
}

function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false;
  return 'kind' in value && (value.kind === 'comment' || value.kind === 'check') && 'view' in value;
}

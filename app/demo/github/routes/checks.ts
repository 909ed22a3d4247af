import { requireAnnotationLimits, checkActions, checkOutputText } from '../check-limits.ts';
import { GITHUB_LIMITS } from '../limits.ts';
import { created, invalid, notFound, ok, page, Refusal, type Reply } from '../reply.ts';
import {
  type ApiRequest,
  asRecord,
  repositoryOfRequest,
  requiredText,
  type Route,
  textField,
} from '../route.ts';
import { annotationShape, checkShape } from '../shapes/check.ts';
import type { App, CheckRecord } from '../state.ts';

const READ = [['checks', 'read']] as const;
const WRITE = [['checks', 'write']] as const;
const STATUSES = ['queued', 'in_progress', 'completed'];
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];

function appOf(request: ApiRequest): App {
  if (request.caller.kind !== 'token' || request.caller.app === undefined) {
    throw new Refusal(403, 'You must authenticate via a GitHub App.');
  }
  return request.caller.app;
}

function checkOf(request: ApiRequest): CheckRecord {
  const repository = repositoryOfRequest(request);
  const id = Number(request.params['check']);
  const check = request.github.state.checks.find((item) => item.id === id && item.repository === repository);
  if (check === undefined) throw notFound();
  return check;
}

/** Takes over what a create or update request says; 422 before anything is changed when it breaks a limit. */
function change(request: ApiRequest, check: CheckRecord): void {
  const { body } = request;
  const text = (field: string): string | undefined => textField(body, 'CheckRun', field);
  const status = text('status');
  const conclusion = text('conclusion');
  if (status !== undefined && !STATUSES.includes(status)) {
    throw invalid('CheckRun', 'status', `status ${status}`, 'invalid');
  }
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion)) {
    throw invalid('CheckRun', 'conclusion', `conclusion ${conclusion}`, 'invalid');
  }
  if (status === 'completed' && conclusion === undefined && check.conclusion === null) {
    throw invalid('CheckRun', 'conclusion', 'a completed check needs a conclusion', 'missing_field');
  }
  const output = body['output'] === undefined ? undefined : asRecord(body['output']);
  const title = output === undefined ? check.title : textField(output, 'CheckRun', 'title');
  if (output !== undefined && (title ?? check.title) === null) {
    throw invalid('CheckRun', 'title', 'title is missing', 'missing_field');
  }
  const summary = output === undefined ? undefined : checkOutputText(output, 'summary');
  const long = output === undefined ? undefined : checkOutputText(output, 'text');
  const annotations = output === undefined ? [] : requireAnnotationLimits(output['annotations']);
  checkActions(body['actions']);

  check.name = text('name') ?? check.name;
  check.externalId = text('external_id') ?? check.externalId;
  check.detailsUrl = text('details_url') ?? check.detailsUrl;
  check.title = title ?? check.title;
  check.summary = summary ?? check.summary;
  check.text = long ?? check.text;
  check.annotations.push(...annotations);
  check.status = conclusion === undefined ? (status ?? check.status) : 'completed';
  check.conclusion = check.status === 'completed' ? (conclusion ?? check.conclusion) : null;
  check.completedAt = check.status === 'completed' ? (text('completed_at') ?? request.github.now()) : null;
  check.writes += 1;
}

async function create(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const { github, body } = request;
  const app = appOf(request);
  const head = requiredText(body, 'CheckRun', 'head_sha');
  const sha = await repository.git.commitOf(head);
  if (sha === undefined || sha !== head) throw new Refusal(422, `No commit found for SHA: ${head}`);
  const name = requiredText(body, 'CheckRun', 'name');
  const check: CheckRecord = {
    id: github.state.nextId(),
    repository,
    sha,
    app,
    name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: textField(body, 'CheckRun', 'started_at') ?? github.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    writes: 0,
  };
  change(request, check);
  github.state.checks.push(check);
  const same = github.state.checks.filter(
    (item) => item.sha === sha && item.app === app && item.name === name,
  );
  const [oldest] = same;
  if (same.length > GITHUB_LIMITS.checkRunsOfAName && oldest !== undefined) {
    github.state.checks.splice(github.state.checks.indexOf(oldest), 1);
  }
  return created(checkShape(github, check));
}

async function list(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const query = request.url.searchParams;
  const ref = request.params['ref'] ?? '';
  const sha = await repository.git.commitOf(ref);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  const matching = request.github.state.checks
    .filter((check) => check.repository === repository && check.sha === sha)
    .filter((check) => query.get('check_name') === null || check.name === query.get('check_name'))
    .filter((check) => query.get('status') === null || check.status === query.get('status'))
    .filter((check) => query.get('app_id') === null || check.app.id === Number(query.get('app_id')))
    .toReversed();
  const latest = matching.filter(
    (check, index) =>
      matching.findIndex((other) => other.name === check.name && other.app === check.app) === index,
  );
  const shown = query.get('filter') === 'all' ? matching : latest;
  return page(
    request.url,
    shown.map((check) => checkShape(request.github, check)),
    (items, total) => ({ total_count: total, check_runs: items }),
  );
}

/** Check runs; only apps write them, and each app only its own. */
export const CHECK_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/repos/:owner/:repo/check-runs', permissions: WRITE, handle: create },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/check-runs/:check',
    permissions: READ,
    handle: (request) => ok(checkShape(request.github, checkOf(request))),
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:repo/check-runs/:check',
    permissions: WRITE,
    handle: (request) => {
      const check = checkOf(request);
      if (appOf(request) !== check.app) {
        throw new Refusal(
          403,
          `Invalid app_id \`${appOf(request).id}\` - check run can only be modified by the GitHub App that created it.`,
        );
      }
      change(request, check);
      return ok(checkShape(request.github, check));
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/check-runs/:check/annotations',
    permissions: READ,
    handle: (request) => {
      const check = checkOf(request);
      return page(
        request.url,
        check.annotations.map((item) => annotationShape(request.github, check, item)),
      );
    },
  },
  { method: 'GET', path: '/repos/:owner/:repo/commits/:ref/check-runs', permissions: READ, handle: list },
];

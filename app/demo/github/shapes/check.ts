import type { GitHub } from '../route.ts';
import type { AnnotationRecord, CheckRecord, StatusRecord } from '../state.ts';
import { appShape, nodeId, userShape } from './account.ts';
import { apiUrl, pageUrl } from './repository.ts';

/** GitHub's check-run. */
export function checkShape(github: GitHub, check: CheckRecord): Record<string, unknown> {
  const repo = apiUrl(github, check.repository);
  const api = `${repo}/check-runs/${check.id}`;
  const html = `${pageUrl(github, check.repository)}/runs/${check.id}`;
  const pulls = [...check.repository.pulls.values()].filter(
    (pull) => pull.state === 'open' && pull.headSha === check.sha,
  );
  const end = (ref: string, sha: string): Record<string, unknown> => ({
    ref,
    sha,
    repo: { id: check.repository.id, url: repo, name: check.repository.name },
  });
  return {
    id: check.id,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.sha,
    external_id: check.externalId,
    url: api,
    html_url: html,
    details_url: check.detailsUrl ?? html,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    name: check.name,
    check_suite: { id: check.app.id },
    app: appShape(github, check.app),
    pull_requests: pulls.map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repo}/pulls/${pull.number}`,
      head: end(pull.headRef, pull.headSha),
      base: end(pull.baseRef, pull.baseSha),
    })),
  };
}

/** GitHub's check-annotation. */
export function annotationShape(
  github: GitHub,
  check: CheckRecord,
  annotation: AnnotationRecord,
): Record<string, unknown> {
  return {
    path: annotation.path,
    blob_href: `${pageUrl(github, check.repository)}/blob/${check.sha}/${annotation.path}`,
    start_line: annotation.startLine,
    end_line: annotation.endLine,
    start_column: annotation.startColumn,
    end_column: annotation.endColumn,
    annotation_level: annotation.level,
    title: annotation.title,
    message: annotation.message,
    raw_details: annotation.rawDetails,
  };
}

/** GitHub's simple-commit-status, part of the combined status. */
export function simpleStatusShape(github: GitHub, status: StatusRecord): Record<string, unknown> {
  return {
    url: `${apiUrl(github, status.repository)}/statuses/${status.sha}`,
    avatar_url: `${github.url}/avatars/${status.creator.id}`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** GitHub's status. */
export function statusShape(github: GitHub, status: StatusRecord): Record<string, unknown> {
  return { ...simpleStatusShape(github, status), creator: userShape(github, status.creator) };
}

import { ulid } from 'ulid';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { isMap } from '../../../src/core/document/node.ts';
import { canonicalJson } from '../../../src/core/document/digest.ts';
import { readResource } from '../../../src/core/bindplane/read.ts';
import { withoutHeader } from '../../../src/core/bindplane/render.ts';
import { referencesOf } from '../../../src/core/bindplane/references.ts';
import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { KINDS } from '../../../src/core/bindplane/resource.ts';
import type { StoredConfig, StoredResource, StoreTables } from '../../store/store.ts';
import { mapNode, textOf } from '../json.ts';
import { Problem } from '../problem.ts';
import { nameProblem, typeProblems, warningsFor } from './checks.ts';
import { normalised, resourceOf } from './normalise.ts';
import type { Workspace } from './render.ts';
import { withStoredSecrets } from './secrets.ts';

export type UpdateStatus = 'created' | 'configured' | 'unchanged' | 'invalid' | 'deleted' | 'in-use';

/** What became of one resource. `stored` is absent for invalid ones, then `document` is what was sent. */
export interface Update {
  readonly document: JsonMap;
  readonly stored?: StoredResource;
  readonly status: UpdateStatus;
  readonly reason: string;
}

/** Reads all resources of a request strictly: one bad one refuses the whole request (Problem 400), nothing is applied. */
export function readRequest(resources: readonly JsonMap[]): readonly Resource[] {
  return resources.map((document) => {
    const kind = document['kind'];
    if (!KINDS.some((known) => known === kind)) {
      throw new Problem(400, `unknown resource kind: ${textOf(kind)}`);
    }
    const apiVersion = textOf(document['apiVersion']);
    if (!/^bindplane\.observiq\.com\/v\d/.test(apiVersion)) {
      throw new Problem(400, `unknown apiVersion: ${apiVersion}`);
    }
    const { resource, findings } = readResource(mapNode(withoutServerFields(document)));
    const name = isMap(document['metadata']) ? textOf(document['metadata']['name']) : '';
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new Problem(400, errors.map(({ message }) => `${textOf(kind)} ${name}: ${message}`).join('\n'));
    }
    if (resource === undefined) throw new Problem(400, `${textOf(kind)} without metadata.name`);
    const { document: _document, at: _at, ...plain } = resource;
    return plain;
  });
}

/** `status` is tolerated in input and never read (reference/bindplane.md §1.1). */
function withoutServerFields(document: JsonMap): JsonMap {
  const { status: _status, ...rest } = document;
  return rest;
}

/**
 * Applies resources in the order of the request, each against what stands before it: a reference to something that
 * comes later is `invalid`, one to something unknown refuses the whole request (reference/bindplane.md §4.2). Then every
 * Configuration whose render changed because of them gets a new version too, and is told. `now` is stored as the time.
 */
export async function applyResources(
  tables: StoreTables,
  workspace: Workspace,
  request: readonly Resource[],
  now: number,
): Promise<readonly Update[]> {
  const updates: Update[] = [];
  const changed = new Set<ResourceKey>();
  for (const [index, resource] of request.entries()) {
    const later = new Set(request.slice(index + 1).map(({ key }) => key));
    const update = await applyOne(tables, workspace, resource, later, now);
    updates.push(update);
    if (update.status === 'created' || update.status === 'configured') changed.add(resource.key);
  }
  return [...updates, ...(await refreshDependents(tables, workspace, changed, now))];
}

async function applyOne(
  tables: StoreTables,
  workspace: Workspace,
  resource: Resource,
  later: ReadonlySet<ResourceKey>,
  now: number,
): Promise<Update> {
  const before = await tables.resources.get(resource.kind, resource.name);
  const secrets = withStoredSecrets(
    normalised(resource, before?.document),
    before?.document,
    workspace.types,
  );
  const { document } = secrets;
  const problems = [
    ...nameProblem(resource.name),
    ...referenceProblems(resource, workspace, later),
    ...typeProblems(resource, workspace.types),
    ...secrets.missing.map((name) => `parameter ${name} is (sensitive), but no value is stored for it`),
  ];
  if (problems.length > 0) return { document, status: 'invalid', reason: multierror(problems, 'error') };
  const reason = warningsFor(resource, workspace.types);
  const warnings = reason.length === 0 ? '' : multierror(reason, 'warning');
  if (before !== undefined && canonicalJson(before.document) === canonicalJson(document)) {
    return { document, stored: before, status: 'unchanged', reason: warnings };
  }
  const stored = await store(tables, workspace, document, resource, before, now);
  return { document, stored, status: before === undefined ? 'created' : 'configured', reason: warnings };
}

function referenceProblems(
  resource: Resource,
  workspace: Workspace,
  later: ReadonlySet<ResourceKey>,
): readonly string[] {
  const missing = referencesOf(resource).filter(({ to }) => to !== resource.key && !workspace.has(to));
  const lost = missing.find(
    ({ to }) => !later.has(to) && !to.includes('Type/') && resource.kind === 'Configuration',
  );
  if (lost !== undefined) {
    throw new Problem(
      400,
      `failed to render config (resourceID: ${resource.name}): unknown ${lost.to.replace('/', ': ')}`,
    );
  }
  return missing.map(({ to }) => `unknown ${to.replace('/', ': ')}`);
}

/** Writes a document; a Configuration whose newest version was never rolled out is changed in place (a draft). */
async function store(
  tables: StoreTables,
  workspace: Workspace,
  document: JsonMap,
  resource: Resource,
  before: StoredResource | undefined,
  now: number,
): Promise<StoredResource> {
  const version = before === undefined ? 1 : await nextVersion(tables, before);
  const { kind, name } = resource;
  const stored: StoredResource = {
    kind,
    name,
    version,
    id: before?.id ?? ulid(now),
    document,
    modifiedAt: now,
  };
  workspace.put(resourceOf(document, version));
  if (kind === 'Configuration') await tables.configs.put(rendered(workspace, stored));
  await tables.resources.put(stored);
  return stored;
}

async function nextVersion(tables: StoreTables, before: StoredResource): Promise<number> {
  if (before.kind !== 'Configuration') return before.version + 1;
  const started = await tables.rollouts.latest(before.name, before.version);
  return started === undefined ? before.version : before.version + 1;
}

/** The config of a stored Configuration; one that cannot be rendered whole refuses the request. */
function rendered(workspace: Workspace, stored: StoredResource): StoredConfig {
  const { config, problems } = workspace.render(resourceOf(stored.document, stored.version), stored.version);
  if (problems.length > 0) {
    throw new Problem(400, `failed to render config (resourceID: ${stored.name}): ${problems.join('; ')}`);
  }
  return config;
}

async function refreshDependents(
  tables: StoreTables,
  workspace: Workspace,
  changed: ReadonlySet<ResourceKey>,
  now: number,
): Promise<readonly Update[]> {
  if (changed.size === 0) return [];
  const updates: Update[] = [];
  const library = new Set(
    [...changed].filter((key) => !key.startsWith('Configuration/') && !key.startsWith('Fleet/')),
  );
  for (const resource of workspace.dependents(library)) {
    if (resource.kind !== 'Configuration') continue;
    const before = await tables.resources.get('Configuration', resource.name);
    if (before === undefined) continue;
    const known = await tables.configs.byVersion(before.name, before.version);
    if (
      known !== undefined &&
      withoutHeader(rendered(workspace, before).text) === withoutHeader(known.text)
    ) {
      continue;
    }
    const stored = await store(tables, workspace, before.document, resource, before, now);
    updates.push({ document: before.document, stored, status: 'configured', reason: '' });
  }
  return updates;
}

/** BindPlane's form of several sentences (hashicorp multierror). */
function multierror(sentences: readonly string[], word: 'error' | 'warning'): string {
  const plural = sentences.length === 1 ? '' : 's';
  return `${sentences.length} ${word}${plural} occurred:\n${sentences.map((sentence) => `\t* ${sentence}\n`).join('')}\n`;
}

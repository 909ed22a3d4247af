import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { multierror, nameProblem, valueProblems, warningsFor } from './checks.ts';
import { refreshDependents } from './dependents.ts';
import { isSameDocument, normalised, resourceOf, sealed } from './normalise.ts';
import { save, unrenderable, type Application, type Update } from './save.ts';
import { withStoredSecrets } from './secrets.ts';
import type { Workspace } from './workspace.ts';

/**
 * Applies resources in the order of the request, each against what stands before it: a reference to something that
 * comes later is `invalid`, one to something unknown refuses the whole request (reference/bindplane.md §4.2). Then
 * everything that uses what changed is saved with the newer reference, and is told (§1.7).
 */
export async function applyResources(
  application: Application,
  request: readonly Resource[],
): Promise<readonly Update[]> {
  const updates: Update[] = [];
  const changed = new Map<ResourceKey, number>();
  const positions = new Map(request.map(({ key }, index) => [key, index]));
  for (const [index, resource] of request.entries()) {
    const before = application.workspace.newest(resource.kind, resource.name) ?? 0;
    const comesLater = (key: ResourceKey): boolean => (positions.get(key) ?? -1) > index;
    const update = await applyOne(application, resource, comesLater);
    updates.push(update);
    const isNews = update.status === 'created' || update.status === 'configured';
    if (isNews && !changed.has(resource.key)) changed.set(resource.key, before);
  }
  return [...updates, ...(await refreshDependents(application, changed))];
}

async function applyOne(
  application: Application,
  resource: Resource,
  comesLater: (key: ResourceKey) => boolean,
): Promise<Update> {
  const { tables, workspace } = application;
  const before = workspace.stored(resource.key);
  const { document, missing } = withStoredSecrets(
    normalised(resource, before?.document, workspace.pin),
    before?.document,
    workspace.types,
  );
  const names = nameProblem(resource.name);
  const saved = names.length === 0 ? resourceOf(document, before?.version ?? 1) : resource;
  await workspace.loadOlder(tables, saved);
  const problems = [
    ...names,
    ...referenceProblems(saved, workspace, comesLater),
    ...valueProblems(saved, workspace.types),
    ...missing.map((name) => `parameter ${name} is (sensitive), but no value is stored for it`),
  ];
  if (problems.length > 0) return { document, status: 'invalid', reason: multierror(problems, 'error') };
  const sentences = warningsFor(saved, workspace.types);
  const reason = sentences.length === 0 ? '' : multierror(sentences, 'warning');
  const final = sealed(document, workspace.types);
  if (before !== undefined && isSameDocument(before.document, final)) {
    return { document: final, stored: before, status: 'unchanged', reason };
  }
  const isNew = before === undefined && workspace.builtInVersion(resource.kind, resource.name) === undefined;
  const stored = await save(application, final, resource, before);
  return { document: final, stored, status: isNew ? 'created' : 'configured', reason };
}

function referenceProblems(
  resource: Resource,
  workspace: Workspace,
  comesLater: (key: ResourceKey) => boolean,
): readonly string[] {
  const missing = workspace
    .references(resource)
    .filter((reference) => reference.to !== resource.key && !workspace.knows(reference));
  const words = missing.map(({ to, version }) => {
    const [kind = '', name = ''] = to.split('/');
    return { to, version, text: `unknown ${kind}: ${name}${version === undefined ? '' : `:${version}`}` };
  });
  const lost = words.find(({ to, version }) => version !== undefined || !comesLater(to));
  if (lost !== undefined && resource.kind === 'Configuration') throw unrenderable(resource.name, lost.text);
  return words.map(({ text }) => text);
}

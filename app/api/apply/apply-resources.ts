import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { multierror, nameProblem, NO_NAME_OR_TYPE, reasonOf, valueProblems, warningsFor } from './checks.ts';
import { refreshDependents } from './dependents.ts';
import type { Requested } from './read-request.ts';
import { isSameDocument, normalised, resourceOf, sealed } from './normalise.ts';
import { save, unrenderable, type Application, type Update } from './save.ts';
import { withStoredSecrets } from './secrets.ts';

/**
 * Applies resources in the order of the request, each against what stands before it: a reference to something that
 * comes later is `invalid`, one to something unknown refuses the whole request (reference/bindplane.md §4.2). Then
 * everything that uses what changed is saved with the newer reference, and is told (§1.7).
 */
export async function applyResources(
  application: Application,
  request: readonly Requested[],
): Promise<readonly Update[]> {
  const updates: Update[] = [];
  const changed = new Set<ResourceKey>();
  const positions = new Map(request.map(({ resource }, index) => [resource.key, index]));
  for (const [index, requested] of request.entries()) {
    const { resource } = requested;
    const comesLater = (key: ResourceKey): boolean => (positions.get(key) ?? -1) > index;
    const update = await applyOne(application, requested, comesLater);
    updates.push(update);
    if (update.status === 'created' || update.status === 'configured') changed.add(resource.key);
  }
  return [...updates, ...(await refreshDependents(application, changed))];
}

async function applyOne(
  application: Application,
  { resource, ignored }: Requested,
  comesLater: (key: ResourceKey) => boolean,
): Promise<Update> {
  const { workspace } = application;
  const before = workspace.stored(resource.key);
  const { document, missing } = withStoredSecrets(
    normalised(resource, before?.document, workspace.pin),
    before?.document,
    workspace.types,
  );
  const names = nameProblem(resource.name);
  const saved = names.length === 0 ? resourceOf(document, before?.version ?? 1) : resource;
  const values = valueProblems(saved, workspace.types);
  // An item that is neither a reference nor of a type cannot be rendered.
  if (resource.kind === 'Configuration' && values.includes(NO_NAME_OR_TYPE)) {
    throw unrenderable(resource.name, NO_NAME_OR_TYPE);
  }
  const problems = [
    ...names,
    ...(await referenceProblems(application, resource, comesLater)),
    ...values,
    ...missing.map((name) => `parameter ${name} is (sensitive), but no value is stored for it`),
  ];
  if (problems.length > 0) return { document, status: 'invalid', reason: multierror(problems, 'error') };
  const warnings = [...ignored, ...warningsFor(saved, workspace.types)];
  const final = sealed(document, workspace.types);
  if (before !== undefined && isSameDocument(before.document, final)) {
    return { document: final, stored: before, status: 'unchanged', reason: reasonOf(warnings) };
  }
  const isNew = before === undefined && workspace.builtInVersion(resource.kind, resource.name) === undefined;
  const { stored, withheld } = await save(application, final, resource, before);
  const reason = reasonOf(warnings, withheld);
  return { document: final, stored, status: isNew ? 'created' : 'configured', reason };
}

async function referenceProblems(
  { tables, workspace }: Application,
  resource: Resource,
  comesLater: (key: ResourceKey) => boolean,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const reference of workspace.references(resource)) {
    const { to, version } = reference;
    if (to === resource.key || (await workspace.knows(tables, reference))) continue;
    const [kind = '', name = ''] = to.split('/');
    const text = `unknown ${kind}: ${name}${version === undefined ? '' : `:${version}`}`;
    const isLost = version !== undefined || !comesLater(to);
    if (isLost && resource.kind === 'Configuration') throw unrenderable(resource.name, text);
    problems.push(text);
  }
  return problems;
}

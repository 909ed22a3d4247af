import type { TypeCatalogue } from '../core/bindplane/types.ts';
import type { ComponentCatalogue } from '../core/collector/catalogue.ts';
import type { Resource, ResourceKey } from '../core/bindplane/resource.ts';
import type { Agent } from '../core/fleet/agent.ts';
import { buildPlan, type PlanInput } from '../core/plan/build-plan.ts';
import type { Plan } from '../core/plan/plan.ts';
import { unreadFiles, type LoadedView, type ViewContext } from '../core/resources/view.ts';
import type { ControlPlane } from '../ports/control-plane.ts';
import { OperationError } from '../ports/operation-error.ts';
import type { Repository, RepositoryFile } from '../ports/repository.ts';
import { readRevision, type Revision } from './revision.ts';
import {
  currentConfigurations,
  gatherServer,
  verifyRenders,
  versionsOf,
  withServerTypes,
  type ServerFacts,
} from './server.ts';
import { serverState } from './server-state.ts';

/** What a review looks at. Revisions are resolvable by `repository`. */
export interface ReviewInput {
  readonly repository: Pick<Repository, 'files'>;
  readonly base: string;
  readonly head: string;
  /** Revisions between them of which a control plane may have a part, since their apply failed: that is brought to head, too. */
  readonly tried?: readonly string[];
  readonly paths: readonly string[];
  /** Paths a person named: what is broken in them is always told. */
  readonly named?: ReadonlySet<string>;
  /** Built-in types and those of `--types`. */
  readonly types: TypeCatalogue;
  readonly catalogue: ComponentCatalogue;
  readonly collectorVersion?: string;
  /** An inventory file; a server's agents win. */
  readonly agents?: readonly Agent[];
  readonly controlPlane?: ControlPlane;
  /** Where the server cannot be asked: reject (the default), or plan from the files alone and say so in the plan. */
  readonly unreachable?: 'reject' | 'plan without it';
}

export interface Review {
  readonly plan: Plan;
  /** The plan of what the files alone change, whatever a server has. */
  readonly filesPlan: Plan;
  /**
   * Digest of what the files alone change, with the same types: equal at review and at apply unless somebody merged something that
   * touches the same resources in between (DESIGN §4.3).
   */
  readonly filesDigest: string;
  readonly base: LoadedView;
  readonly head: LoadedView;
  readonly types: 'server' | 'built-in';
  readonly server?: ServerFacts;
  /** Configurations whose render here differs from the server's own. */
  readonly unlikeServer: readonly string[];
  /** Names of configurations of which the files alone change what agents get, whatever a server has. */
  readonly brought: readonly string[];
  readonly headFiles: readonly RepositoryFile[];
}

interface Gathered {
  readonly baseFiles: readonly RepositoryFile[];
  readonly headFiles: readonly RepositoryFile[];
  readonly triedFiles: readonly (readonly RepositoryFile[])[];
  readonly server?: ServerFacts;
  readonly unasked?: string;
}

async function gather(input: ReviewInput): Promise<Gathered> {
  const { repository, paths, tried = [] } = input;
  const [baseFiles, headFiles, triedFiles, server] = await Promise.all([
    repository.files(input.base, paths),
    repository.files(input.head, paths),
    Promise.all(tried.map((revision) => repository.files(revision, paths))),
    askServer(input),
  ]);
  return { baseFiles, headFiles, triedFiles, ...server };
}

async function askServer({
  controlPlane,
  unreachable,
}: ReviewInput): Promise<Pick<Gathered, 'server' | 'unasked'>> {
  if (controlPlane === undefined) return {};
  try {
    return { server: await gatherServer(controlPlane) };
  } catch (error) {
    if (unreachable !== 'plan without it' || !(error instanceof OperationError)) throw error;
    return { unasked: `the server could not be asked (${error.message})` };
  }
}

interface Understood {
  readonly base: LoadedView;
  readonly head: LoadedView;
  /** Resources of base, and those that were tried since: what a server has of them was somebody's file. */
  readonly described: ReadonlyMap<ResourceKey, Resource>;
  /** Those that were tried and are otherwise in head. */
  readonly also: ReadonlySet<ResourceKey>;
}

/** All revisions, read with the same types and agents. Pure. */
function understand(input: ReviewInput, { baseFiles, headFiles, triedFiles, server }: Gathered): Understood {
  const types =
    server === undefined
      ? input.types
      : withServerTypes(input.types, server.types, input.controlPlane?.url ?? 'server');
  const agents = server?.agents ?? input.agents;
  const { collectorVersion } = input;
  const context = {
    types,
    ...(agents === undefined ? {} : { agents }),
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
  };
  const base = readRevision(baseFiles, context, input.named);
  const head = readRevision(headFiles, context, input.named, base);
  const described = new Map(base.view.repository.resources);
  const also = new Set<ResourceKey>();
  for (const files of triedFiles) {
    for (const [key, resource] of readRevision(files, context, input.named, base).view.repository.resources) {
      if (!described.has(key)) described.set(key, resource);
      if (head.view.repository.resources.get(key)?.digest !== resource.digest) also.add(key);
    }
  }
  const standing = withStandIns(head, base, baseFiles, headFiles, input, context);
  return { base: base.view, head: standing, described, also };
}

/**
 * What a file that cannot be read said before must not look deleted: such a file stands as it was in base, and its errors, which
 * block an apply, stay. A file that base does not have, or has broken too, says nothing.
 */
function withStandIns(
  head: Revision,
  base: Revision,
  baseFiles: readonly RepositoryFile[],
  headFiles: readonly RepositoryFile[],
  { named }: ReviewInput,
  context: ViewContext,
): LoadedView {
  const broken = unreadFiles(head.view.findings);
  const before = unreadFiles(base.view.findings);
  const standIns = new Map(
    baseFiles.flatMap((file) =>
      broken.has(file.path) && !before.has(file.path) ? [[file.path, file] as const] : [],
    ),
  );
  if (standIns.size === 0) return head.view;
  const files = headFiles.map((file) => standIns.get(file.path) ?? file);
  const { view } = readRevision(files, context, named, base);
  const told = head.view.findings.filter(({ at }) => at !== undefined && standIns.has(at.file));
  return { ...view, findings: [...told, ...view.findings], asBefore: new Set(standIns.keys()) };
}

/**
 * Plans what bringing `base` to `head` means: files in, plan out. With a control plane it starts from what that has, uses its types and
 * agents, and compares our renders with its own. Writes nothing. Rejects with OperationError when the repository or the server
 * cannot be read; a server that may be missing (`unreachable`) leaves a plan that says so.
 */
export async function review(input: ReviewInput): Promise<Review> {
  const gathered = await gather(input);
  const { base, head, described, also } = understand(input, gathered);
  const { catalogue, collectorVersion, controlPlane } = input;
  const planInput: PlanInput = {
    base,
    head,
    catalogue,
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
    ...(gathered.unasked === undefined ? {} : { unasked: gathered.unasked }),
  };
  const filesPlan = buildPlan(planInput);
  const common = {
    filesPlan,
    filesDigest: filesPlan.digest,
    base,
    head,
    brought: filesPlan.configurations
      .filter(({ rollout, delivery }) => rollout && delivery === undefined)
      .map(({ name }) => name),
    headFiles: gathered.headFiles,
  };
  const { server } = gathered;
  if (server === undefined || controlPlane === undefined) {
    return { ...common, plan: filesPlan, types: 'built-in', unlikeServer: [] };
  }
  const written = head.repository.resources;
  const state = serverState(server.resources, written, head.types, described);
  const touched = filesPlan.configurations.map(({ name }) => name);
  const current = await currentConfigurations(controlPlane, touched);
  const verification = verifyRenders(current, server.resources, head.types);
  const plan = buildPlan({
    ...planInput,
    also,
    server: {
      resources: state.resources,
      unmanaged: state.unmanaged.length,
      versions: versionsOf(server.resources),
      ...(server.policies && { policies: server.policies }),
      ...(server.timings && { timings: server.timings }),
      verification,
    },
  });
  return { ...common, plan, types: 'server', server, unlikeServer: verification.different };
}

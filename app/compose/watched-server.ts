import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import type { AppConfig } from '../config.ts';
import type { AppLimits } from '../limits.ts';
import { BindplaneFeed, type BindplaneFeedOptions } from '../reporter/bindplane-feed.ts';
import { CommitOrigins, type CommitOriginsOptions } from '../reporter/commit-origins.ts';
import type { Store } from '../store/store.ts';

/** A BindPlane server whose rollouts are told beside those of our own engine; it takes a GitHub App to know what they come from. */
export interface WatchedServer {
  readonly controlPlane: ControlPlane;
  readonly feed: BindplaneFeed;
}

/** The server to watch, where one is set up and a GitHub App to tell about it. */
export function watchedServer(
  { bindplane, github, limits }: AppConfig,
  parts: Pick<BindplaneFeedOptions, 'clock' | 'explain' | 'warn'> & { readonly store: Store },
): WatchedServer | undefined {
  if (github === undefined) return undefined;
  const { store, ...rest } = parts;
  const controlPlane = connectControlPlane({ ...bindplane, clock: parts.clock });
  if (controlPlane === undefined) return undefined;
  return {
    controlPlane,
    feed: new BindplaneFeed({ ...rest, controlPlane, origins: store.origins, limits }),
  };
}

/** What rendering a merge again takes. */
export interface CommitParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: AppLimits;
  readonly warn: (message: string, error: unknown) => void;
}

/** Renders merges again where the server that is applied to takes no places. */
export async function commitOrigins(
  { controlPlane }: WatchedServer,
  { store, clock, limits, warn }: CommitParts,
  files: CommitOriginsOptions['files'],
): Promise<CommitOrigins> {
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  return new CommitOrigins({ controlPlane, files, types, catalogue, store, clock, limits, warn });
}

import type { Route } from '../route.ts';
import { APP_ROUTES } from './app.ts';
import { CHECK_ROUTES } from './checks.ts';
import { COMMENT_ROUTES } from './comments.ts';
import { COMMIT_ROUTES } from './commits.ts';
import { CONTENT_ROUTES } from './contents.ts';
import { DELIVERY_ROUTES } from './deliveries.ts';
import { GIT_DATA_ROUTES } from './git-data.ts';
import { IDENTITY_ROUTES } from './identity.ts';
import { PULL_ROUTES } from './pulls.ts';
import { REPOSITORY_ROUTES } from './repositories.ts';
import { REVIEW_COMMENT_ROUTES } from './review-comments.ts';
import { STATUS_ROUTES } from './statuses.ts';

/** Every route the server answers, one list a family. */
export const ROUTES: readonly Route[] = [
  ...APP_ROUTES,
  ...CHECK_ROUTES,
  ...COMMENT_ROUTES,
  ...COMMIT_ROUTES,
  ...CONTENT_ROUTES,
  ...DELIVERY_ROUTES,
  ...GIT_DATA_ROUTES,
  ...IDENTITY_ROUTES,
  ...PULL_ROUTES,
  ...REPOSITORY_ROUTES,
  ...REVIEW_COMMENT_ROUTES,
  ...STATUS_ROUTES,
];

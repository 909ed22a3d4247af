/** What becomes of the comments of earlier runs on a pull request. */
export const COMMENT_MODES = ['update', 'hide-and-new', 'delete-and-new', 'new', 'on-change', 'off'] as const;

export type CommentMode = (typeof COMMENT_MODES)[number];

/** What GitHub refuses, as measured or documented; the server enforces each with GitHub's own status. */
export const GITHUB_LIMITS = {
  /** Issue and pull request comments, UTF-8 bytes: 262,144 are stored, one more is refused with 422. */
  commentBytes: 262_144,
  /** Body of a pull request, code points. */
  pullRequestBodyCharacters: 65_536,
  /** `output.summary` and `output.text` of a check run, each. */
  checkTextCharacters: 65_535,
  /** Annotations in one request; further requests append. */
  annotationsPerRequest: 50,
  annotationTitleCharacters: 255,
  /** `message` and `raw_details` of an annotation, each. */
  annotationTextBytes: 65_536,
  checkActions: 3,
  checkActionLabelCharacters: 20,
  checkActionDescriptionCharacters: 40,
  checkActionIdentifierCharacters: 20,
  /** Check runs of one name in a suite; older ones are deleted. */
  checkRunsOfAName: 1000,
  statusDescriptionCharacters: 140,
  /** Statuses of one commit and context. */
  statusesOfAContext: 1000,
  /** Files of one pull request listing, and of a comparison. */
  pullRequestFiles: 3000,
  comparedFiles: 300,
  itemsPerPage: 100,
  defaultItemsPerPage: 30,
  /** Body of a request to the API; GitHub's largest accepted (a blob of 100 MB in base64) is of no use here. */
  requestBytes: 8_388_608,
  /** GitHub waits ten seconds for the answer to a webhook. */
  deliveryTimeoutMs: 10_000,
} as const;

import type { PhrasingContent, RootContent } from 'mdast';
import type { Plan } from '../plan/plan.ts';
import { collectorCheckText } from './collector-check-text.ts';
import type { CommentContext } from './comment-context.ts';
import { commitUrl, short, webAddress } from './links.ts';
import type { Prose } from './markdown.ts';
import { html, join, line, link, paragraph } from './markdown.ts';
import { plural } from './verdict.ts';

/** The small print: digest, commits, what was verified and what was not checked. */
export function planFooter(plan: Plan, context: CommentContext, prose: Prose): RootContent {
  return paragraph(html('<sub>'), join(footerParts(plan, context, prose), ' · '), html('</sub>'));
}

/** How our preview compares with the server's own, in words; empty where the reasons for an incomplete plan say it already. */
export function verificationText({ verification, configurations, incompleteReasons }: Plan): string {
  if (verification?.compared === 0) return 'the server has no config yet to check the preview against';
  if (verification !== undefined) {
    return `preview checked against the server: ${verification.equal} of ${verification.compared} equal`;
  }
  if (incompleteReasons.some((reason) => reason.includes('not verified'))) return '';
  const unverified = configurations.some(({ after }) => (after?.unverifiedTypes.length ?? 0) > 0);
  return unverified ? 'built-in types, not verified' : '';
}

function footerParts(plan: Plan, context: CommentContext, prose: Prose): PhrasingContent[][] {
  const { headSha, baseSha, baseRef } = context;
  const commit = (sha: string): PhrasingContent[] => link(commitUrl(context, sha), prose.code(short(sha)));
  const commits = [
    headSha === undefined ? [] : commit(headSha),
    baseSha === undefined
      ? []
      : line(
          'on ',
          baseRef === undefined ? '' : [...line(prose.code(baseRef)), ...line(' ')],
          commit(baseSha),
        ),
  ];
  const reasons = plan.incompleteReasons.slice(0, 5);
  const more = plan.incompleteReasons.length - reasons.length;
  const notChecked = join(
    [...reasons.map((reason) => prose.message(reason)), more > 0 ? line(`${more} more`) : []],
    '; ',
  );
  const url = webAddress(context.fullPlanUrl);
  return [
    line('plan ', prose.code(short(plan.digest, 8))),
    join(commits, ' '),
    line(verificationText(plan)),
    plan.collectorCheck === undefined ? [] : prose.message(collectorCheckText(plan.collectorCheck)),
    plan.complete || notChecked.length === 0 ? [] : line('not checked: ', notChecked),
    plan.unmanaged > 0
      ? line(`${plural(plan.unmanaged, 'resource')} on the server in no file, not touched`)
      : [],
    url === undefined ? [] : link(url, 'full plan'),
    context.commands === true ? line(prose.code('/collie help')) : [],
  ];
}

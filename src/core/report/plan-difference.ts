import type { PhrasingContent, RootContent } from 'mdast';
import { LIMITS } from '../document/limits.ts';
import type { ChangeDifference, ConfigurationDifference, PlanDifference } from '../plan/difference.ts';
import type { Prose } from './markdown.ts';
import { details, line, list, paragraph } from './markdown.ts';
import type { Redactor } from './redact.ts';
import { visibleBlock } from './untrusted.ts';
import { plural } from './verdict.ts';

/** Lines of one effective config's difference. */
const DIFF_LINES = 80;

/** How what would be done now differs from what was reviewed, for a comment: resources, effective configs, commands. */
export function planDifferenceBlocks(
  { changes, configurations, commands }: PlanDifference,
  prose: Prose,
  redactor: Redactor,
): RootContent[] {
  const facts = [
    ...changes.map((change) => line(keyWords(change.key, prose), `: ${changeWords(change)}`)),
    ...commands.map(({ command, side }) =>
      line(prose.code(command), side === 'now' ? ': needed now, not as reviewed' : ': not needed any more'),
    ),
  ];
  const shown = facts.slice(0, LIMITS.report.rows);
  const more = facts.length - shown.length;
  return [
    ...(facts.length === 0
      ? []
      : [
          list(
            [...shown.map((fact) => [paragraph(fact)]), ...(more > 0 ? [[paragraph(`${more} more`)]] : [])],
            false,
          ),
        ]),
    ...configurations
      .slice(0, LIMITS.report.diffs)
      .flatMap((configuration) => configurationBlocks(configuration, prose, redactor)),
    ...(configurations.length > LIMITS.report.diffs
      ? [paragraph(`and ${plural(configurations.length - LIMITS.report.diffs, 'more configuration')}`)]
      : []),
  ];
}

function keyWords(key: string, prose: Prose): PhrasingContent[] {
  const slash = key.indexOf('/');
  return line(`${key.slice(0, slash)} `, prose.code(key.slice(slash + 1)));
}

const WORDS = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  unchanged: 'left as it is',
} as const;

function changeWords({ reviewed, now }: ChangeDifference): string {
  if (reviewed === undefined) return `${WORDS[now ?? 'unchanged']} now, untouched as reviewed`;
  if (now === undefined) return `${WORDS[reviewed]} as reviewed, untouched now`;
  return reviewed === now
    ? `${WORDS[now]} with other content`
    : `${WORDS[reviewed]} as reviewed, ${WORDS[now]} now`;
}

function configurationBlocks(
  { name, diff, recipients }: ConfigurationDifference,
  prose: Prose,
  redactor: Redactor,
): RootContent[] {
  const who = recipients ? ' · other recipients' : '';
  const title = `<b>${prose.html(name)}</b> · from the reviewed config to the one of now +${diff.added} −${diff.removed}${who}`;
  const lines = diff.hunks.flatMap((hunk) => hunk.lines);
  const shown = lines.slice(0, DIFF_LINES).map((text) => visibleBlock(redactor.text(text)));
  const more = lines.length - shown.length;
  const rest = more > 0 ? [paragraph(plural(more, 'more line'))] : [];
  const body = lines.length === 0 ? [] : [prose.diff(shown.join('\n')), ...rest];
  return body.length === 0
    ? [paragraph(prose.code(name), ': the same config, other recipients')]
    : details(title, body, false);
}

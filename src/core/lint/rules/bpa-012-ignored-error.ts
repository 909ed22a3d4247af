import type { Finding } from '../../document/finding.ts';
import { nameAndArguments } from '../../document/shell.ts';
import type { ShellCommand } from '../../document/shell.ts';
import { toolOf } from '../../resources/script.ts';
import type { Script } from '../../resources/script.ts';
import type { Rule } from '../rule.ts';

export const ignoredErrorRule: Rule = {
  id: 'BPA-012',
  severity: 'notice',
  summary: 'A rollout command whose failure nobody sees',
  docs: 'With `|| true` (or `continue-on-error`) a rollout that the agents refuse, or that never starts, leaves a green job. Let it fail; where a state is expected (“already running”), test for that state.',
  check: ({ head }) => head.repository.scripts.flatMap(ignored),
};

/** Commands that bring something to agents, by tool. */
const ROLLING: Readonly<Record<string, readonly string[]>> = {
  bindplane: ['rollout', 'apply'],
  kubectl: ['apply', 'rollout', 'set', 'replace', 'patch'],
  helm: ['upgrade', 'install'],
  helm3: ['upgrade', 'install'],
  collie: ['apply', 'rollout'],
};

function ignored({ commands, place, toleratedAt }: Script): readonly Finding[] {
  const rolling = commands.filter(isRolling);
  const found = rolling.flatMap((command): readonly Finding[] => {
    const words = nameAndArguments(command);
    const [first] = words;
    const fallback = commands[commands.indexOf(command) + 1];
    if (command.next !== '||' || fallback === undefined || first === undefined) return [];
    if (!isHarmless(fallback)) return [];
    const written = `|| ${nameAndArguments(fallback)
      .map(({ text }) => text)
      .join(' ')}`;
    return [
      {
        rule: ignoredErrorRule.id,
        severity: 'notice',
        message: `\`${shown(command)}\` is followed by \`${written.length > 40 ? `${written.slice(0, 40)}…` : written}\`: the job is green although nothing was rolled out`,
        at: place(first),
      },
    ];
  });
  const [first] = rolling;
  if (toleratedAt === undefined || first === undefined) return found;
  return [
    ...found,
    {
      rule: ignoredErrorRule.id,
      severity: 'notice',
      message: `\`continue-on-error\` hides the failure of \`${shown(first)}\``,
      at: toleratedAt,
    },
  ];
}

function isRolling(command: ShellCommand): boolean {
  const [tool, verb, object] = plainWords(command);
  // Only looking, and only trying, bring nothing.
  const looking =
    object === 'status' || nameAndArguments(command).some(({ text }) => text.startsWith('--dry-run'));
  return !looking && (ROLLING[tool ?? ''] ?? []).includes(verb ?? '');
}

/** The words of a command without flags and without what belongs to flags before its verb. */
function plainWords(command: ShellCommand): readonly string[] {
  const words = nameAndArguments(command).map(({ text }) => text);
  const plain = words.filter((word, index) => !word.startsWith('-') && !isFlagWithValue(words[index - 1]));
  return [toolOf(command), ...plain.slice(1)];
}

/** Flags before a verb that take the word behind them. */
function isFlagWithValue(word: string | undefined): boolean {
  return /^(?:-n|-f|--(?:namespace|context|kubeconfig|cluster|profile|config|remote-url|kube-context))$/.test(
    word ?? '',
  );
}

function isHarmless(command: ShellCommand): boolean {
  const [name, argument] = nameAndArguments(command).map(({ text }) => text);
  if (name === 'exit' || name === 'return') return argument === '0';
  return name === 'true' || name === ':' || ((name === 'echo' || name === 'printf') && command.next !== '&&');
}

function shown(command: ShellCommand): string {
  return plainWords(command).slice(0, 3).join(' ');
}

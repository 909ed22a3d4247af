import type { SourceRange } from '../../document/finding.ts';
import type { Node } from '../../document/node.ts';
import { nameAndArguments } from '../../document/shell.ts';
import type { ShellCommand, ShellWord } from '../../document/shell.ts';
import { isExactVersion } from './chart-use.ts';
import type { ChartUse } from './chart-use.ts';

/** A `--set` of a command: the path and value as they are written. */
export interface SetValue {
  readonly path: string;
  readonly value: string;
  /** `--set-string` makes texts of everything. */
  readonly isText: boolean;
  readonly at: SourceRange;
}

/** A command that installs a chart, with what it sets. */
export interface HelmCommand {
  readonly use: ChartUse;
  readonly sets: readonly SetValue[];
}

const VERBS = new Set(['install', 'upgrade', 'template']);
/** Flags of helm 3 that take a value; what else begins with a dash stands alone. */
const WITH_VALUE = new Set(
  '--version --namespace -n --values -f --set --set-string --set-json --set-file --set-literal --repo --kube-context --kubeconfig --timeout --description --username --password --ca-file --cert-file --key-file --keyring --post-renderer --post-renderer-args --history-max --output -o --labels -l --name-template --api-versions -a --kube-version --output-dir --show-only -s --burst-limit --qps --registry-config --repository-cache --repository-config --kube-apiserver --kube-as-user --kube-token'.split(
    ' ',
  ),
);

/**
 * What `helm install|upgrade|template NAME CHART …` installs; undefined for other commands. Words that only the shell knows are not known
 * here either.
 * @param place the place in the repository of a word
 */
export function helmCommand(
  command: ShellCommand,
  place: (word: ShellWord) => SourceRange,
): HelmCommand | undefined {
  const [name, verb, ...words] = nameAndArguments(command);
  if (
    name === undefined ||
    verb === undefined ||
    !/(?:^|\/)helm3?$/.test(name.text) ||
    !VERBS.has(verb.text)
  ) {
    return undefined;
  }
  const { positional, flags } = argumentsOf(words);
  const [release, chart] = flags.some(({ flag }) => flag === '--generate-name' || flag === '-g')
    ? [undefined, positional[0]]
    : positional;
  if (chart === undefined || chart.expands) return undefined;
  const valueOf = (...names: readonly string[]): ShellWord | undefined =>
    flags.findLast(({ flag }) => names.includes(flag))?.value;
  const version = valueOf('--version');
  const namespace = valueOf('--namespace', '-n');
  const isFolder = /^\.{0,2}\//.test(chart.text);
  const at = place(chart);
  const sets = flags.flatMap(({ flag, value }) =>
    value !== undefined && (flag === '--set' || flag === '--set-string')
      ? setValues(value, flag === '--set-string', place(value))
      : [],
  );
  const unread = flags.some(({ flag }) => /^--set-(?:json|file|literal)$/.test(flag));
  const title = `helm ${verb.text} ${release?.text ?? ''}`.trim();
  return {
    sets,
    use: {
      title,
      by: 'command',
      chart: {
        name: chart.text,
        ...(version !== undefined && !version.expands && { version: version.text }),
      },
      ...(isFolder && { folder: chart.text }),
      ...(release !== undefined && !release.expands && { release: release.text }),
      ...(namespace !== undefined && !namespace.expands && { namespace: namespace.text }),
      files: flags.flatMap(({ flag, value }) =>
        value !== undefined && (flag === '-f' || flag === '--values') ? value.text.split(',') : [],
      ),
      inline: sets.map(setNode),
      unread: unread
        ? [`${title} sets values by --set-json, --set-file or --set-literal, which are not applied here.`]
        : [],
      isPinned:
        isFolder || chart.text.endsWith('.tgz') || version?.expands === true || isExactVersion(version?.text),
      versionAt: version === undefined ? at : place(version),
      at,
    },
  };
}

interface Flag {
  readonly flag: string;
  readonly value?: ShellWord;
}

function argumentsOf(words: readonly ShellWord[]): {
  readonly positional: readonly ShellWord[];
  readonly flags: readonly Flag[];
} {
  const positional: ShellWord[] = [];
  const flags: Flag[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    const equals = word.text.indexOf('=');
    if (!word.text.startsWith('-')) positional.push(word);
    else if (word.text.startsWith('--') && equals > 0) {
      const flag = word.text.slice(0, equals);
      flags.push({ flag, value: { ...word, text: word.text.slice(equals + 1) } });
    } else if (WITH_VALUE.has(word.text)) {
      const value = words[++index];
      flags.push({ flag: word.text, ...(value !== undefined && { value }) });
    } else flags.push({ flag: word.text });
  }
  return { positional, flags };
}

/** `a.b=c,d=e`: commas between pairs, not within braces or behind a backslash (helm `pkg/strvals`). */
function setValues(word: ShellWord, isText: boolean, at: SourceRange): readonly SetValue[] {
  const pairs = word.text.match(/(?:\\.|\{[^}]*\}|\$\{[^}]*\}|\$\([^)]*\)|[^,\\{])+/g) ?? [];
  return pairs.flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals <= 0 ? [] : [{ path: pair.slice(0, equals), value: pair.slice(equals + 1), isText, at }];
  });
}

/** The keys of a path of `--set`: dots between them unless behind a backslash; an index stands in a key of its own (`[0]`). */
export function setPath(path: string): readonly string[] {
  return (path.match(/\[\d+\]|(?:\\.|[^.[\\])+/g) ?? []).map((key) => key.replaceAll(/\\(.)/g, '$1'));
}

/** Values with this one set; lists by index become maps, which render as what they are: not known. */
export function setNode({ path, value, isText, at }: SetValue): Node {
  return setPath(path)
    .toReversed()
    .reduce<Node>(
      (inner, key) => ({ kind: 'map', at, entries: [{ key, keyAt: at, value: inner }] }),
      scalarOf(value, isText, at),
    );
}

function scalarOf(value: string, isText: boolean, at: SourceRange): Node {
  const list = /^\{(.*)\}$/.exec(value)?.[1];
  if (list !== undefined) {
    const items = list === '' ? [] : list.split(',').map((item) => scalarOf(item.trim(), isText, at));
    return { kind: 'sequence', items, at };
  }
  const text = value.replaceAll(/\\(.)/g, '$1');
  const plain = (made: string | number | boolean | null): Node => ({
    kind: 'scalar',
    value: made,
    style: 'double',
    at,
  });
  if (isText) return plain(text);
  if (text === 'true' || text === 'false') return plain(text === 'true');
  if (text === 'null') return plain(null);
  return plain(/^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text);
}

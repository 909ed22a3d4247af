import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { APP_COMMANDS } from '../app/cli.ts';
import { SETTINGS } from '../app/config.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../app/limits.ts';
import { STORES } from '../app/store/index.ts';
import { REASONS } from '../src/action/outputs.ts';
import { COMMANDS } from '../src/cli/index.ts';
import { RULES } from '../src/core/lint/index.ts';
import { RISKS } from '../src/core/plan/risk/index.ts';
import { describeGates } from '../src/core/rollout/gates/describe.ts';
import { loadTypes } from '../src/io/files.ts';
import { DEVIATIONS } from './app/api/deviations.ts';

/** Tables in README.md between markers are made from the code here; `npm run update` rewrites them. */
const README = resolve(import.meta.dirname, '..', 'README.md');

interface Metadata {
  readonly inputs: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { description: string }>>;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

async function sections(): Promise<Record<string, string>> {
  const metadata = parse(readFileSync(join(README, '..', 'action.yml'), 'utf8')) as Metadata;
  const types = await loadTypes();
  return {
    commands: table(
      ['command', 'what it does'],
      [...COMMANDS, ...APP_COMMANDS].map((command) => [`\`collie ${command.usage}\``, command.summary]),
    ),
    inputs: table(
      ['input', 'default', 'meaning'],
      Object.entries(metadata.inputs).map(([name, input]) => [
        `\`${name}\``,
        input.default === undefined || input.default === '' ? '' : `\`${input.default}\``,
        input.description.trim(),
      ]),
    ),
    outputs: table(
      ['output', 'meaning'],
      Object.entries(metadata.outputs).map(([name, output]) => [`\`${name}\``, output.description.trim()]),
    ),
    reasons: table(
      ['reason', 'meaning'],
      Object.entries(REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    ),
    rules: table(
      ['rule', 'severity', 'what it finds'],
      RULES.map((rule) => [`\`${rule.id}\``, rule.severity, rule.summary]),
    ),
    risks: table(
      ['risk', 'what it finds'],
      RISKS.map((risk) => [`\`${risk.id}\``, risk.summary]),
    ),
    gates: table(
      ['gate', 'fails a wave when', 'needs', 'asks for', 'numbers'],
      describeGates().map((gate) => [`\`${gate.id}\``, gate.rule, gate.needs, gate.action, gate.settings]),
    ),
    'policy-example': `\`\`\`yaml\n${readFileSync(POLICY, 'utf8').trim()}\n\`\`\``,
    'policy-keys': table(['key', 'default', 'meaning'], policyKeys()),
    types: table(
      ['kind', 'type', 'proven against a server'],
      types.list().map((type) => [type.kind, `\`${type.name}\``, type.verified ? 'yes' : 'no']),
    ),
    environment: table(
      ['variable', 'default', 'meaning'],
      SETTINGS.map(({ name, fallback, meaning }) => [`\`${name}\``, fallback, meaning]),
    ),
    serve: table(['key', 'default', 'why'], serveSettings()),
    incident: comment('incident-comment.md'),
    aftermath: comment('incident-rollout.md'),
  };
}

/** A policy that the lint rules find nothing wrong with. */
const POLICY = join(import.meta.dirname, 'rules', 'ROL-001', 'good', 'policy.yaml');

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Keys of `spec` of a policy, with what the schema says of them. */
function policyKeys(): readonly (readonly string[])[] {
  const file = join(README, '..', 'schemas', 'rollout-policy.schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const resolved = ({ $ref, ...own }: Schema): Schema => ({
    ...schema.$defs?.[$ref?.replace('#/$defs/', '') ?? ''],
    ...own,
  });
  const rows = (path: string, given: Schema): readonly (readonly string[])[] => {
    const { description = '', default: fallback, properties, items } = resolved(given);
    const inner = items === undefined ? undefined : resolved(items);
    const list = inner?.properties === undefined ? '' : '[]';
    const shown = typeof fallback === 'string' ? fallback : (JSON.stringify(fallback) ?? '');
    const below = Object.entries(properties ?? inner?.properties ?? {});
    return [
      ...(path === '' ? [] : [[`\`${path}\``, shown, description]]),
      ...below.flatMap(([key, member]) => rows(`${path}${path === '' ? '' : `${list}.`}${key}`, member)),
    ];
  };
  const gates = (key: string): string => key.replace('`gates.', '`gates.<gate>.');
  const { gate } = schema.$defs ?? {};
  return [
    ...rows('', schema.properties?.['spec'] ?? {}),
    ...rows('gates', gate ?? {})
      .slice(1)
      .map(([key = '', ...more]) => [gates(key), ...more]),
  ];
}

/** Keys of the file of `serve --config` that are numbers, with what `app/limits.ts` says about them. */
function serveSettings(): readonly (readonly string[])[] {
  const text = readFileSync(join(README, '..', 'app', 'limits.ts'), 'utf8');
  const reasonOf = (name: string): string => {
    const before = text.slice(0, text.search(new RegExp(`^ {2}(?:readonly )?${name}:`, 'm'))).trimEnd();
    const [said] = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/$/.exec(before) ?? [];
    return (said ?? '')
      .replaceAll(/^\/\*\*|\*\/$|^\s*\*(?!\/)/gm, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ \((?:DESIGN|reference)[^)]*\)/g, '')
      .trim();
  };
  const rows = (part: string, values: object): string[][] =>
    Object.entries(values).map(([name, value]) => [`\`${part}.${name}\``, String(value), reasonOf(name)]);
  return [...rows('rollout', ROLLOUT_TIMINGS), ...rows('limits', APP_LIMITS)];
}

/** A comment that the demo produced, without links into the demo and without the marker. */
function comment(name: string): string {
  return readFileSync(join(import.meta.dirname, 'app', 'demo', 'golden', name), 'utf8')
    .replaceAll(/\[([^\]]+)\]\(http:\/\/127\.0\.0\.1:PORT[^)]*\)/g, '$1')
    .replace(/^<!--.*-->\n/, '')
    .trim();
}

describe('README.md', () => {
  it('holds the tables that the code makes', async () => {
    let text = readFileSync(README, 'utf8');
    for (const [name, content] of Object.entries(await sections())) {
      const start = `<!-- ${name}:start -->`;
      const end = `<!-- ${name}:end -->`;
      expect(text.split(start), `README has one ${start}`).toHaveLength(2);
      const head = text.slice(0, text.indexOf(start) + start.length);
      text = `${head}\n\n${content}\n\n${text.slice(text.indexOf(end))}`;
    }
    await expect(text).toMatchFileSnapshot(README);
  });

  it('says of every store how it is named', () => {
    const text = readFileSync(README, 'utf8');
    const section = text.slice(text.indexOf('### Where the server keeps'), text.indexOf('### File of'));
    expect(STORES.filter(({ shown }) => !section.includes(`\`${shown}\``))).toEqual([]);
  });

  it('begins with what Collie is', () => {
    const [first] = readFileSync(README, 'utf8').split('\n');
    expect(first).toBe(
      'Collie shows, in the pull request, the collector config your agents will get; after the merge, it brings back what they said.',
    );
  });
});

describe('app/api/README.md', () => {
  const FILE = resolve(README, '..', 'app', 'api', 'README.md');

  it('holds the table of deviations that the replays are held to', async () => {
    const text = readFileSync(FILE, 'utf8');
    const [start, end] = ['<!-- deviations:start -->', '<!-- deviations:end -->'];
    const head = text.slice(0, text.indexOf(start) + start.length);
    const rows = table(
      ['about', 'bindplane 1.35.0', 'Collie', 'better'],
      DEVIATIONS.map(({ about, original, ours, better }) => [
        about,
        original,
        ours,
        better === undefined ? '' : 'yes',
      ]),
    );
    await expect(`${head}\n\n${rows}\n\n${text.slice(text.indexOf(end))}`).toMatchFileSnapshot(FILE);
  });

  it('names files that are there', () => {
    const paths = [...readFileSync(FILE, 'utf8').matchAll(/`([\w./-]+\.ts|\.\.\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => !existsSync(resolve(FILE, '..', path)))).toEqual([]);
  });
});

it('src/README.md stays short', () => {
  const lines = readFileSync(resolve(README, '..', 'src', 'README.md'), 'utf8').split('\n');
  expect(lines.length).toBeLessThanOrEqual(200);
});

describe('src/README.md', () => {
  const SOURCE = join(import.meta.dirname, '..', 'src');
  const text = readFileSync(join(SOURCE, 'README.md'), 'utf8');

  it('answers where things are with files that are there', () => {
    const table = text.slice(text.indexOf('## Where does'), text.indexOf('## How things grow'));
    const paths = [...table.matchAll(/`([\w./-]+\/[\w./-]+|main\.ts)`/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(join(SOURCE, path)))).toEqual([]);
  });

  it('names every room', () => {
    const rooms = ['', 'core'].flatMap((folder) =>
      readdirSync(join(SOURCE, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'core')
        .map(({ name }) => join(folder, name).replaceAll('\\', '/')),
    );
    expect(rooms.length).toBeGreaterThan(10);
    expect(rooms.filter((room) => !text.includes(`\`${room}\``))).toEqual([]);
  });

  it('stays short', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(200);
  });
});

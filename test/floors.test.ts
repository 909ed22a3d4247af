import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom, no cycles, a pure core, short files and functions, complete literal lists.
 * Reads the sources as text: type imports count like any other.
 */
const ROOT = resolve(import.meta.dirname, '..');
const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 70;

const CORE_FLOORS = [
  ['document'],
  ['collector'],
  ['bindplane', 'kubernetes'],
  ['fleet'],
  ['resources'],
  ['diff'],
  ['rollout'],
  ['lint'],
  ['plan'],
  ['explain'],
  ['report'],
] as const;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly target?: string }[];
}

const files = ['src', 'app'].flatMap((folder) => sourcesBelow(join(ROOT, folder)));

function sourcesBelow(folder: string): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile() && /\.(ts|mjs)$/.test(item.name) && !item.name.endsWith('.d.ts'))
    .map((item) => join(item.parentPath, item.name))
    .filter((path) => !path.includes(`${sep}gen${sep}`) && !path.includes(`${sep}demo${sep}repository${sep}`))
    .map(readSource);
}

function readSource(absolute: string): SourceFile {
  const text = readFileSync(absolute, 'utf8');
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s*['"]([^'"]+)['"]/gm;
  const imports = [...text.matchAll(pattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    return specifier.startsWith('.')
      ? { specifier, target: relative(ROOT, resolve(dirname(absolute), specifier)) }
      : { specifier };
  });
  return { path: relative(ROOT, absolute), text, imports };
}

function room(path: string): string {
  const parts = path.split(sep);
  if (parts[0] === 'src' && parts[1] === 'core') return `core/${parts[2] ?? ''}`;
  if (parts[0] === 'src') return parts.length === 2 ? 'src' : (parts[1] ?? '');
  return parts.length === 2 ? 'app' : `app/${parts[1] ?? ''}`;
}

function coreFloor(name: string): number {
  return CORE_FLOORS.findIndex((floor) => (floor as readonly string[]).includes(name));
}

/** Why an import from one room to another is not allowed; undefined when it is. */
function refusal(from: string, to: string): string | undefined {
  if (from === to || to === 'schemas') return undefined;
  if (from.startsWith('core/')) return coreRefusal(from.slice(5), to);
  const allowed = ALLOWED[from];
  if (allowed === undefined) return `room ${from} has no floor in this test`;
  return allowed.some((pattern) => pattern.test(to)) ? undefined : `${from} may not import ${to}`;
}

function coreRefusal(from: string, to: string): string | undefined {
  if (!to.startsWith('core/')) return 'the core imports only the core';
  const target = to.slice(5);
  if (from === 'opamp') {
    return ['document', 'fleet', 'collector'].includes(target)
      ? undefined
      : 'opamp needs only document and fleet';
  }
  if (target === 'opamp') {
    return coreFloor(from) > coreFloor('fleet') ? undefined : 'opamp stands above fleet';
  }
  return coreFloor(target) < coreFloor(from) ? undefined : `core/${from} stands below core/${target}`;
}

const CORE = /^core\//;
const ALLOWED: Readonly<Record<string, readonly RegExp[]>> = {
  ports: [CORE],
  io: [CORE, /^ports$/],
  flows: [CORE, /^ports$/],
  action: [CORE, /^(ports|io|flows|src)$/],
  cli: [CORE, /^(ports|io|flows|src)$/],
  src: [CORE, /^(ports|io|flows|action|cli)$/],
  'app/store': [CORE, /^(ports|app)$/],
  'app/opamp': [CORE, /^(ports|app)$/],
  'app/signals': [CORE, /^(ports|app|app\/opamp)$/],
  'app/identity': [CORE, /^(ports|io|cli|app|app\/(store|opamp))$/],
  'app/telemetry': [/^app$/],
  'app/api': [CORE, /^(ports|app|app\/(store|identity|telemetry))$/],
  'app/engine': [CORE, /^(ports|app|app\/store)$/],
  'app/replicas': [CORE, /^(ports|app|app\/store)$/],
  'app/webhooks': [CORE, /^(ports|io|app|app\/store)$/],
  'app/handovers': [CORE, /^(ports|io|flows|app|app\/(store|engine))$/],
  'app/reporter': [CORE, /^(ports|io|flows|app|app\/store)$/],
  'app/web': [CORE, /^(ports|app|app\/store)$/],
  'app/build': [CORE, /^(io|app)$/],
  'app/compose': [/./],
  'app/demo': [CORE, /^(ports|io|app|app\/(opamp|web))$/],
  app: [/./],
};

describe('floors', () => {
  it('reads the sources (a test that sees nothing proves nothing)', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(200);
  });

  it('imports point one way', () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap(({ target }) => {
        if (target === undefined) return [];
        const why = refusal(room(file.path), target.startsWith('schemas') ? 'schemas' : room(target));
        return why === undefined ? [] : [`${file.path} → ${target}: ${why}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('src never imports app, only cli.ts and tests import the demo, only main.ts knows all of app', () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap(({ target }) => {
        if (target === undefined) return [];
        if (file.path.startsWith('src') && target.startsWith('app')) return [`${file.path} → ${target}`];
        if (
          room(target) === 'app/demo' &&
          room(file.path) !== 'app/demo' &&
          file.path !== join('app', 'cli.ts')
        ) {
          return [`${file.path} → ${target}`];
        }
        const knowsAll = ['app/main.ts', 'app/cli.ts', 'app/build.ts'].includes(
          file.path.split(sep).join('/'),
        );
        return room(file.path) === 'app' && !knowsAll && room(target).startsWith('app/')
          ? [`${file.path} → ${target}`]
          : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('has no import cycles, type imports included', () => {
    expect(cycles(files)).toEqual([]);
  });

  it('finds a cycle when there is one', () => {
    const file = (path: string, target: string): SourceFile => ({
      path,
      text: '',
      imports: [{ specifier: '.', target }],
    });
    expect(cycles([file('a.ts', 'b.ts'), file('b.ts', 'a.ts')])).toHaveLength(1);
  });
});

function cycles(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && byPath.has(target)) visit(target, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const file of sources) visit(file.path, []);
  return found;
}

describe('the core is pure', () => {
  const core = files.filter((file) => file.path.startsWith(join('src', 'core')));
  const forbidden =
    /\b(async|await|Promise|Date\.now|new Date|Math\.random|process|console|setTimeout|setInterval|fetch|globalThis)\b/g;

  it('imports no Node module but node:crypto, and that in one file', () => {
    const wrong = core.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => specifier.startsWith('node:'))
        .filter(() => !file.path.endsWith(join('document', 'digest.ts')))
        .map(({ specifier }) => `${file.path}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no clock, randomness, environment, I/O or async', () => {
    const wrong = core.flatMap((file) =>
      [...withoutCommentsAndText(file.text).matchAll(forbidden)].map((match) => `${file.path}: ${match[0]}`),
    );
    expect(wrong).toEqual([]);
  });

  it('only the document room imports the YAML library', () => {
    const importers = core.filter((file) => file.imports.some(({ specifier }) => specifier === 'yaml'));
    expect(importers.map((file) => room(file.path))).toEqual(importers.map(() => 'core/document'));
    expect(importers.length).toBeGreaterThan(0);
  });
});

/** Blanks comments, strings, template text and regular expressions, so that words in prose are not code. */
function withoutCommentsAndText(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''")
    .replaceAll(/(?<=[(,=:[!&|?{};\n]\s*)\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, "''");
}

describe('sizes', () => {
  it(`no file is longer than ${MAX_FILE_LINES} lines`, () => {
    const long = files
      .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_FILE_LINES);
    expect(long).toEqual([]);
  });

  it(`no top-level function is longer than ${MAX_FUNCTION_LINES} lines`, () => {
    const long = files.flatMap((file) => longFunctions(file));
    expect(long).toEqual([]);
  });
});

/** Top-level functions end at the first line that is a lone closing brace (the formatter guarantees it). */
function longFunctions(file: SourceFile): string[] {
  const lines = file.text.split('\n');
  return lines.flatMap((line, index) => {
    const name = /^(?:export )?(?:async )?function\*? (\w+)/.exec(line)?.[1];
    if (name === undefined) return [];
    const length = lines.slice(index).findIndex((candidate) => candidate === '}') + 1;
    return length > MAX_FUNCTION_LINES ? [`${file.path}: ${name} has ${length} lines`] : [];
  });
}

describe('literal lists are complete', () => {
  const families = [
    { folder: 'src/core/lint/rules', list: 'src/core/lint/index.ts' },
    { folder: 'src/core/collector/errors', list: 'src/core/collector/errors/index.ts' },
    { folder: 'src/core/resources/formats', list: 'src/core/resources/formats/index.ts' },
    { folder: 'src/core/kubernetes/helm/presets', list: 'src/core/kubernetes/helm/presets/index.ts' },
    {
      folder: 'src/core/kubernetes/helm/kube-stack/presets',
      list: 'src/core/kubernetes/helm/kube-stack/presets/index.ts',
    },
    {
      folder: 'src/core/kubernetes/operator/permissions',
      list: 'src/core/kubernetes/operator/permissions/index.ts',
    },
    { folder: 'src/io/control-planes', list: 'src/io/control-planes/index.ts' },
    { folder: 'src/cli', list: 'src/cli/index.ts' },
    { folder: 'app/store', list: 'app/store/index.ts' },
    { folder: 'app/webhooks', list: 'app/webhooks/index.ts' },
  ] as const;

  for (const { folder, list } of families) {
    it(`${list} reaches every file of ${folder}`, () => {
      expect(existsSync(join(ROOT, list))).toBe(true);
      const reached = new Set<string>();
      const visit = (path: string): void => {
        if (reached.has(path)) return;
        reached.add(path);
        for (const { target } of files.find((file) => file.path === path)?.imports ?? []) {
          if (target !== undefined) visit(target);
        }
      };
      visit(join(...list.split('/')));
      const members = files
        .map((file) => file.path)
        .filter((path) => dirname(path) === join(...folder.split('/')));
      expect(members.filter((path) => !reached.has(path))).toEqual([]);
      expect(members.length).toBeGreaterThan(0);
    });
  }
});

it('the top level is the design card’s', () => {
  const allowed = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'action.yml',
    'src',
    'app',
    'schemas',
    'test',
    'README.md',
    'LICENSE',
    'dist',
    'node_modules',
  ];
  const extra = readdirSync(ROOT).filter((name) => !name.startsWith('.') && !allowed.includes(name));
  expect(extra).toEqual([]);
});

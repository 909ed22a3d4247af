import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { isMap, type Json } from '../src/core/document/node.ts';
import type { EmbeddedData } from '../src/io/embedded.ts';
import { embeddedFile } from '../src/io/embedded-file.ts';
import { readSchemas } from '../src/io/files.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/** Packages bring CommonJS parts that ask for Node's modules with `require`; ES modules have none of their own. */
const REQUIRE =
  "import{createRequire as collieCreateRequire}from'node:module';const require=collieCreateRequire(import.meta.url);";

/** Loaded by name only when somebody installed and configured them. */
const OPTIONAL_PACKAGES = ['bufferutil', 'utf-8-validate', 'ioredis', 'smee-client', 'pg-native'];

function textAt(value: Json | undefined, key: string): string {
  const text = isMap(value) ? value[key] : undefined;
  return typeof text === 'string' ? text : '';
}

/** The file of `dist/` that holds the data of `schemas/`. */
const DATA_FILE = 'schemas.data';

/** Texts of JSON are faster to load than YAML, and most are never parsed. */
async function schemaData(): Promise<EmbeddedData> {
  const { types, components } = await readSchemas();
  return {
    types: types.map(({ file, value }) => ({
      file,
      kind: textAt(value, 'kind'),
      name: textAt(value['metadata'], 'name'),
      text: JSON.stringify(value),
    })),
    components: Object.fromEntries(
      Object.entries(components).map(([file, text]) => [file, JSON.stringify(JSON.parse(text))]),
    ),
  };
}

/** Chunks stand one folder below the programs. */
const READ_DATA = `
import { basename, dirname, join } from 'node:path';
import { readEmbeddedFile } from './embedded-file.ts';
const here = import.meta.dirname;
const folder = basename(here) === 'chunks' ? dirname(here) : here;
let data;
export function embeddedData() { return (data ??= readEmbeddedFile(join(folder, '${DATA_FILE}'))); }
`;

/** Puts `schemas/`' types and component data beside the bundle, and a module that reads them in place of `src/io/embedded.ts`. */
function embedSchemas(): Plugin {
  return {
    name: 'embed-schemas',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]src[\\/]io[\\/]embedded\.ts$/ }, ({ path }) => ({
        loader: 'js',
        resolveDir: dirname(path),
        contents: READ_DATA,
      }));
      const { outdir, write } = builder.initialOptions;
      if (outdir === undefined || write === false) return;
      builder.onEnd(async () => {
        await writeFile(join(outdir, DATA_FILE), embeddedFile(await schemaData()));
      });
    },
  };
}

/**
 * `import * as http from 'http'` makes Node read every export of the module, and one of those loads its whole fetch client (35 ms).
 * `require` reads none, so packages get the module that way.
 */
function requireBuiltins(): Plugin {
  return {
    name: 'require-builtins',
    setup(builder) {
      builder.onResolve({ filter: /^(?:node:)?https?$/ }, ({ path, namespace }) =>
        namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
      );
      builder.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
      }));
    },
  };
}

/** The Actions toolkit does nothing when it is only imported, and does not say so: what is not used of it stays out. */
function shakeToolkit(): Plugin {
  return {
    name: 'shake-toolkit',
    setup(builder) {
      builder.onResolve(
        { filter: /^(?:@actions\/|undici$|\.)/ },
        async ({ path, importer, resolveDir, kind, pluginData }) => {
          const fromToolkit = /node_modules[\\/]@actions[\\/]/.test(importer);
          const isToolkit = path.startsWith('@actions/') || fromToolkit;
          if (!isToolkit || pluginData === 'shaken') return undefined;
          const found = await builder.resolve(path, { importer, resolveDir, kind, pluginData: 'shaken' });
          return found.errors.length > 0 ? undefined : { ...found, sideEffects: false };
        },
      );
    },
  };
}

/** Settings of every bundle that runs on Node 24; tests and the benchmark bundle with the same ones. */
export function bundleOptions(entryPoints: Readonly<Record<string, string>>, outdir: string): BuildOptions {
  return {
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: REQUIRE },
    // The build for Node asks the environment at each token whether to log it: 25 % of the time that parsing takes.
    alias: { yaml: join(ROOT, 'node_modules', 'yaml', 'browser', 'index.js') },
    external: OPTIONAL_PACKAGES,
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [embedSchemas(), requireBuiltins(), shakeToolkit()],
  };
}

/**
 * Builds `dist/action.mjs` and `dist/collie.mjs`, each with chunks of its own: shared ones would make the Action load what only the
 * command line needs.
 */
export async function buildDist(outdir: string = DIST): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const programs = { action: 'src/main.ts', collie: 'app/cli.ts' };
  const built = await Promise.all(
    Object.entries(programs).map(([name, entry]) =>
      build({ ...bundleOptions({ [name]: entry }, outdir), metafile: true }),
    ),
  );
  const sizes = built.map(({ metafile: { outputs } }, index) => {
    const bytes = Object.entries(outputs).map(([path, output]) => (path.endsWith('.mjs') ? output.bytes : 0));
    const total = bytes.reduce((sum, size) => sum + size, 0);
    return `${Object.keys(programs)[index]}.mjs with its chunks ${(total / 1024).toFixed(0)} KB`;
  });
  await writeFile(join(outdir, 'package.json'), '{ "type": "module" }\n');
  process.stderr.write(`built ${sizes.join(', ')}\n`);
}

/** Writes the generated files (`gen/` folders) anew. */
export async function generate(): Promise<void> {
  const { writeValidators } = await import('./build/validators.ts');
  await writeValidators();
}

if (import.meta.main) {
  await (process.argv.includes('--gen') ? generate() : buildDist());
}

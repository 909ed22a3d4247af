import { parseYaml } from '../../src/core/document/yaml.ts';
import { lint } from '../../src/core/lint/lint.ts';
import { loadRepository } from '../../src/core/resources/load.ts';
import { viewOf } from '../../src/core/resources/view.ts';
import { loadCatalogue, loadTypes } from '../../src/io/files.ts';
import { manifestRepository } from './manifests/repository.ts';

/** Lints, or only parses, so many files once and prints what it took as JSON; `lint.ts` starts it. */
export interface Measured {
  readonly bytes: number;
  readonly objects: number;
  readonly findings: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of `cpuMs`, after the files were read: views and rules. */
  readonly rulesMs: number;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function lintOnce(files: number): Promise<Measured> {
  const texts = manifestRepository(files);
  const [types, catalogue] = await Promise.all([loadTypes(), loadCatalogue()]);
  const [wall, cpu] = [performance.now(), cpuMs()];
  const repository = loadRepository(texts);
  const read = cpuMs();
  const findings = lint({ head: viewOf(repository, { types }), catalogue });
  const end = cpuMs();
  return {
    bytes: texts.reduce((sum, { text }) => sum + text.length, 0),
    objects: repository.manifests.objects.length + repository.resources.size,
    findings: findings.length,
    wallMs: performance.now() - wall,
    cpuMs: end - cpu,
    rulesMs: end - read,
  };
}

function parseOnce(files: number): number {
  const texts = manifestRepository(files);
  const start = cpuMs();
  for (const { path, text } of texts) parseYaml(path, text);
  return cpuMs() - start;
}

const [what, files = ''] = process.argv.slice(2);
process.stdout.write(
  JSON.stringify(what === 'lint' ? await lintOnce(Number(files)) : parseOnce(Number(files))),
);

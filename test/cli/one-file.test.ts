import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collie } from './support.ts';

/** A hook before a commit names single files: what they refer to stands in the files beside them. */
describe('one file of a repository', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'collie-one-file-'));
    cpSync(resolve(import.meta.dirname, '../../app/demo/repository/base'), folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['node-config.yaml', 'sources.yaml', 'destinations.yaml', 'k8s-node-agent.yaml'])(
    '%s has no findings for what it takes from other files',
    async (name) => {
      const { code, out } = await collie(['lint', `bindplane/${name}`], { directory: folder });
      expect(out).not.toMatch(/ (?:error|BPR-|CFG-|VER-|BPA-00)/);
      expect(out).toMatch(/ 9 files, 11 resources, 3 configurations/);
      expect(code).toBe(0);
    },
  );

  it('is told what is wrong in it, and nothing about the others', async () => {
    writeFileSync(join(folder, 'bindplane', 'broken.yaml'), 'kind: [');
    const others = await collie(['lint', 'bindplane/sources.yaml'], { directory: folder });
    expect(others.out).toMatch(/^No findings/);
    const own = await collie(['lint', 'bindplane/broken.yaml'], { directory: folder });
    expect(own.code).toBe(1);
    expect(own.out).toContain('broken.yaml:1:8');
    rmSync(join(folder, 'bindplane', 'broken.yaml'));
  });

  it('renders what it declares, whole', async () => {
    const alone = await collie(['render', 'bindplane/node-config.yaml'], { directory: folder });
    const among = await collie(['render', '--configuration', 'shop-node'], { directory: folder });
    expect(alone.code).toBe(0);
    expect(alone.out).toContain('otlp/shop-otlp');
    expect(alone.out).toBe(among.out);
  });
});

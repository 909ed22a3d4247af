import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { embeddedFile, readEmbeddedFile } from '../../src/io/embedded-file.ts';

it('gives back every text that was put into the file, of any alphabet, empty ones too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'collie-data-'));
  try {
    const data = {
      types: [
        { file: 'a.yaml', kind: 'SourceType', name: 'a', text: '{"a":"ä€😀\\n"}' },
        { file: 'b.yaml', kind: 'SourceType', name: 'b', text: '{}' },
      ],
      components: { metrics: '{"x":1}', 'receivers/empty': '', 'exporters/last': '{"y":"ß"}' },
    };
    const path = join(folder, 'schemas.data');
    writeFileSync(path, embeddedFile(data));
    expect(readEmbeddedFile(path)).toEqual(data);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import type { ErrorFamily } from './collector-error.ts';

export interface BadUri {
  readonly scheme: string;
  readonly uri: string;
}

/** A `${scheme:…}` that cannot be resolved (core `confmap/resolver.go`, `confmap/provider/fileprovider`). */
export const provider: ErrorFamily<BadUri> = {
  name: 'provider',
  print: ({ scheme, uri }) => `scheme "${scheme}" is not supported for uri "${uri}"`,
  parse(line) {
    const scheme = /scheme "([^"]*)" is not supported for uri "([^"]*)"/.exec(line.text);
    if (scheme !== null) {
      const [, name = '', uri = ''] = scheme;
      return [
        {
          line: line.text,
          summary: `\`\${${uri}}\`: this collector has no config provider \`${name}\``,
          path: [],
          anchored: false,
          key: uri,
          clues: { values: [`\${${uri}}`, uri] },
        },
      ];
    }
    const invalid = /invalid uri: "([^"]*)"/.exec(line.text);
    if (invalid !== null) {
      const [, uri = ''] = invalid;
      return [
        {
          line: line.text,
          summary: `\`\${${uri}}\` is no reference that this collector can follow; a variable with a default is written \`\${env:NAME:-default}\``,
          path: [],
          anchored: false,
          key: uri,
          clues: { values: [`\${${uri}}`] },
        },
      ];
    }
    const file = /unable to read the file ((?:file:)?\S+?): (.+)$/.exec(line.text);
    if (file === null) return [];
    const [, uri = '', why = ''] = file;
    const short = why.split(': ').at(-1) ?? why;
    return [
      {
        line: line.text,
        summary: `\`\${${uri}}\` cannot be read on the agent: ${short}`,
        path: [],
        anchored: false,
        key: uri,
        clues: { values: [`\${${uri}}`, uri] },
      },
    ];
  },
};

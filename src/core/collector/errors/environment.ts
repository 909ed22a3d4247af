import type { ErrorFamily } from './collector-error.ts';

export interface BadEnvironmentName {
  readonly name: string;
}

/** `environment variable "1" has invalid name: must match regex …` (core `confmap/provider/envprovider`). */
export const environment: ErrorFamily<BadEnvironmentName> = {
  name: 'environment',
  print: ({ name }) =>
    `environment variable "${name}" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$`,
  parse(line) {
    const match = /environment variable "([^"]*)" has invalid name/.exec(line.text);
    if (match === null) return [];
    const name = match[1] ?? '';
    return [
      {
        line: line.text,
        summary: `\`\${${name}}\` names no environment variable; write \`$$\` for a dollar sign that is meant as such`,
        path: [],
        anchored: false,
        key: name,
        clues: { values: [`\${env:${name}}`, `\${${name}}`, `\${env:${name}:-`, `\${${name}:-`] },
      },
    ];
  },
};

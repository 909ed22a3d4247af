import type { ErrorFamily } from './collector-error.ts';

/** A config that is no YAML, or no map. `textLine` counts in the config the agent got. */
export interface BadYaml {
  readonly textLine: number;
  readonly problem: string;
}

const PREFIX =
  'retrieved value (type=string) cannot be used as a Conf: assuming string type since contents are not valid YAML: ';

/** `yaml: line 6: did not find expected key` and its kin (yaml.v3 through core `confmap/provider.go`). */
export const yamlText: ErrorFamily<BadYaml> = {
  name: 'yaml-text',
  print: ({ textLine, problem }) => `${PREFIX}yaml: line ${textLine}: ${problem}`,
  parse(line) {
    const duplicate = /^line (\d+): mapping key "(.*)" already defined at line (\d+)$/.exec(line.text);
    if (duplicate !== null) {
      const [, second = '', key = '', first = ''] = duplicate;
      const summary = `key \`${key}\` is defined twice (lines ${first} and ${second} of the rendered config)`;
      return [
        { line: line.text, summary, path: [], anchored: false, key, clues: { textLine: Number(second) } },
      ];
    }
    const numbered = /yaml: line (\d+): (.+)$/.exec(line.text);
    if (numbered !== null) {
      const [, number = '', problem = ''] = numbered;
      const summary = `line ${number} of the rendered config is no YAML: ${problem}`;
      return [{ line: line.text, summary, path: [], anchored: false, clues: { textLine: Number(number) } }];
    }
    const anchor = /yaml: unknown anchor '([^']*)' referenced/.exec(line.text);
    if (anchor !== null) {
      const key = anchor[1] ?? '';
      const summary = `alias \`*${key}\` has no anchor \`&${key}\``;
      return [{ line: line.text, summary, path: [], anchored: false, key, clues: { values: [`*${key}`] } }];
    }
    const shape = /retrieved value \(type=([^)]*)\) cannot be used as a Conf$/.exec(line.text);
    if (shape === null) return [];
    const got = shape[1]?.startsWith('[]') === true ? 'a list' : 'plain text';
    return [
      { line: line.text, summary: `the config is ${got}, not a map of sections`, path: [], anchored: true },
    ];
  },
};

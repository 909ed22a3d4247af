import { closest } from '../../document/closest.ts';
import { classOfWord, classWord } from '../component-id.ts';
import type { ComponentClass } from '../component-id.ts';
import type { ErrorFamily } from './collector-error.ts';
import { decodeLeaf } from './quoted-path.ts';

export interface UnknownType {
  readonly class: ComponentClass;
  readonly type: string;
  readonly id: string;
  /** Types the collector has; left out of the text when not known. */
  readonly validValues?: readonly string[];
}

/** `'exporters' unknown type: "x" for id: "x/y" (valid values: […])` (core `otelcol/internal/configunmarshaler`). */
export const unknownType: ErrorFamily<UnknownType> = {
  name: 'unknown-type',
  print({ class: section, type, id, validValues }) {
    const values = validValues === undefined ? '' : ` (valid values: [${validValues.join(' ')}])`;
    return `'${section}' unknown type: "${type}" for id: "${id}"${values}`;
  },
  parse(line) {
    const leaf = decodeLeaf(line);
    const match = /^unknown type: "([^"]*)" for id: "([^"]*)"(?: \(valid values: \[([^\]]*)\]\))?/.exec(
      leaf?.rest ?? '',
    );
    if (leaf === undefined || match === null) return [];
    const [, type = '', id = '', values] = match;
    const near = closest(type, values?.split(' ') ?? []);
    const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
    return [
      {
        line: line.text,
        summary: `this collector has no ${word(leaf.quoted)} of type \`${type}\`${hint}`,
        path: [leaf.quoted, id],
        anchored: true,
        key: id,
      },
    ];
  },
};

function word(section: string): string {
  const componentClass = classOfWord(section);
  return componentClass === undefined ? 'component' : classWord(componentClass);
}

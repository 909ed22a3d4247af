import type { YAMLParseError } from 'yaml';

/** A syntax error as the library words it, with offsets of its place. */
export interface SyntaxProblem {
  readonly code: YAMLParseError['code'];
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Whether Go's reader has no quarrel with what the library calls an error: `\'` in double quotes (scannerc.go). */
export function isAcceptedByGo(problem: SyntaxProblem, text: string): boolean {
  return problem.code === 'BAD_DQ_ESCAPE' && text.startsWith("\\'", problem.start);
}

const ADVICE: Readonly<Partial<Record<YAMLParseError['code'], string>>> = {
  BAD_INDENT: 'Check the indentation of this line and the one above.',
  TAB_AS_INDENT: 'Indent with blanks, not tabs.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Is there a second ": " on the line? Then put the value in quotes.',
  MULTILINE_IMPLICIT_KEY: 'Is a colon missing, or is the line indented too little?',
  MISSING_CHAR: 'Is a quote, a bracket or a colon missing?',
  BAD_DQ_ESCAPE: 'Use single quotes, or double the backslash.',
};

/** A syntax error of the `yaml` library as a sentence with what to do about it. */
export function syntaxMessage(code: YAMLParseError['code'], message: string): string {
  const short = message.length > 160 ? `${message.slice(0, 160)}…` : message.replace(/\.$/, '');
  const advice = ADVICE[code];
  return advice === undefined
    ? `This is not valid YAML: ${short}.`
    : `This is not valid YAML: ${short}. ${advice}`;
}

import type { SourceRange } from '../../document/finding.ts';

/**
 * Helm would stop here: a template's own `fail`, or a function that cannot take the value it is given. Caught where a chart is rendered
 * and told as a finding.
 */
export class TemplateStop extends Error {
  readonly at: SourceRange | undefined;

  constructor(message: string, at?: SourceRange) {
    super(message);
    this.name = 'TemplateStop';
    this.at = at;
  }
}

import type { SourceRange } from '../../document/finding.ts';
import { at, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { ChartFile } from './chart-file.ts';

/** An installation of a chart that a file of the repository asks for: an Application, a HelmRelease, a command. */
export interface ChartUse {
  /** For people: `Argo CD Application gateway`. */
  readonly title: string;
  readonly by: 'argo' | 'flux' | 'kustomize' | 'command';
  /** The chart's name and version as they are written; a name as a command writes it may have a repository before it. */
  readonly chart: Pick<ChartFile, 'name' | 'version'>;
  /** The folder of the chart, where it is one of the repository. */
  readonly folder?: string;
  /** The Application or HelmRelease; absent for commands and where a template names it. */
  readonly object?: { readonly name: string; readonly namespace?: string };
  /** Absent where only whoever runs it knows. */
  readonly release?: string;
  readonly namespace?: string;
  /** Values files in the order of their merging, as they are written. */
  readonly files: readonly string[];
  /** Values that stand in it, which win over the files. */
  readonly inline: readonly Node[];
  /** What of its values cannot be read here, a sentence each. */
  readonly unread: readonly string[];
  /** Whether it says which version, so that the next run installs the same; a folder and an archive are one version. */
  readonly isPinned: boolean;
  /** Where the version is written, or would be. */
  readonly versionAt: SourceRange;
  readonly at: SourceRange;
}

/** A version of a chart and nothing else: ranges, wildcards and variables are none. */
export function isExactVersion(version: string | undefined): version is string {
  return version !== undefined && /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.-]+)?$/.test(version);
}

/** The text at a path, unless a template or a variable stands in it. */
export function plainTextAt(node: Node | undefined, ...path: readonly string[]): string | undefined {
  const text = textAt(node, ...path);
  return text === undefined || text === '' || /\{\{|\$[({A-Za-z]/.test(text) ? undefined : text;
}

/** The place of the value at a path, or of the node itself. */
export function placeAt(node: Node, ...path: readonly string[]): SourceRange {
  return at(node, ...path)?.at ?? node.at;
}

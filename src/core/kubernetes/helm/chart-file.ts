import { itemsAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';

/** A chart below another: an entry of `dependencies` in Chart.yaml. */
export interface ChartDependency {
  readonly name: string;
  /** As it is written: a version, or a range of versions. */
  readonly version?: string;
  readonly alias?: string;
  /** Paths of values, by commas, of which the first that is there decides whether the chart is installed. */
  readonly condition?: string;
}

/** What a Chart.yaml says. */
export interface ChartFile {
  readonly name: string;
  readonly version?: string;
  readonly dependencies: readonly ChartDependency[];
}

/** Reads a Chart.yaml; undefined for a document without the name of a chart. */
export function readChartFile(root: Node): ChartFile | undefined {
  const name = textAt(root, 'name');
  if (name === undefined || textAt(root, 'apiVersion') === undefined) return undefined;
  const version = textAt(root, 'version');
  return {
    name,
    ...(version === undefined ? {} : { version }),
    dependencies: itemsAt(root, 'dependencies').flatMap((item) => {
      const dependency = textAt(item, 'name');
      if (dependency === undefined) return [];
      const field = (key: 'version' | 'alias' | 'condition'): Partial<ChartDependency> => {
        const value = textAt(item, key);
        return value === undefined ? {} : { [key]: value };
      };
      return [{ name: dependency, ...field('version'), ...field('alias'), ...field('condition') }];
    }),
  };
}

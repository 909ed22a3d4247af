import { describe, expect, it } from 'vitest';
import { loadRepository } from '../../../src/core/resources/load.ts';
import { viewOf, type LoadedView } from '../../../src/core/resources/view.ts';
import { builtInTypes } from '../../support/repository.ts';

const FILELOG = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver';

/** A type whose receiver has another name from 0.100.0 on. */
const TYPES = `apiVersion: bindplane.observiq.com/v1
kind: SourceType
metadata: {name: tail}
spec:
  version: 1.0.0
  parameters: []
  logs:
    templates:
      - match: [{component: ${FILELOG}, operator: ">=", version: "v0.100.0"}]
        receivers: "- newer:"
      - match: [{component: ${FILELOG}, operator: "<", version: "v0.100.0"}]
        receivers: "- older:"
`;
const CONFIGURATION = `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: shop}
spec:
  sources: [{type: tail}]
  destinations: [{type: dev_null}]
  selector: {matchLabels: {configuration: shop}}
`;

function view(collectorVersion: string | undefined, like?: LoadedView): LoadedView {
  const files = [
    { path: 'configuration.yaml', text: CONFIGURATION },
    { path: 'types.yaml', text: TYPES },
  ];
  const loaded = loadRepository(files, like === undefined ? {} : { like: like.repository });
  return viewOf(loaded, { types, ...(collectorVersion !== undefined && { collectorVersion }) }, like);
}
const types = builtInTypes();

function receivers({ effective }: LoadedView): readonly string[] {
  const tree = effective.get('Configuration/shop')?.config.tree;
  return Object.keys((tree?.['receivers'] ?? {}) as object).map((id) => id.replace(/\/.*/, ''));
}

describe('a repository read for a collector version', () => {
  it('is rendered with the texts that its types have for it', () => {
    expect(receivers(view('0.110.0'))).toEqual(['newer']);
    expect(receivers(view('0.90.0'))).toEqual(['older']);
  });

  it('says what cannot be known without one', () => {
    const { config } = view(undefined).effective.get('Configuration/shop') ?? {};
    expect(config?.unrendered.join()).toMatch(/type tail/);
  });

  it('takes nothing from a revision that was read for another one', () => {
    const older = view('0.90.0');
    expect(receivers(view('0.110.0', older))).toEqual(['newer']);
    expect(view('0.90.0', older).effective.get('Configuration/shop')).toBe(
      older.effective.get('Configuration/shop'),
    );
  });
});

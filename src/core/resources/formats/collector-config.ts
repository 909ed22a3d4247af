import { mergedConfig } from '../../collector/config-node.ts';
import { isCollectorConfig } from '../../collector/config-shape.ts';
import type { DocumentFormat } from './format.ts';

/** A collector's own config file (reference/collector.md §3.1, §3.2). Who runs it, and with what other files, the file does not say. */
export const collectorConfig: DocumentFormat = {
  id: 'collector-config',
  title: 'collector configs',
  claims: isCollectorConfig,
  read: (root) => ({
    collector: {
      key: `CollectorConfig/${root.at.file}`,
      by: 'nobody',
      collector: {
        title: `collector config ${root.at.file}`,
        namespace: '',
        config: { ...mergedConfig([root]), added: [] },
        args: [],
        distribution: 'unknown',
        ports: [],
        services: [],
        findings: [],
        unrendered: [],
        at: root.at,
      },
    },
  }),
};

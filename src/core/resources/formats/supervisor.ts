import { isSupervisorConfig, readSupervisorConfig } from '../../collector/supervisor.ts';
import type { DocumentFormat } from './format.ts';

/** Config files of the OpAMP supervisor, which runs a collector with the config that a server sends (reference/collector.md §3.9). */
export const supervisorConfig: DocumentFormat = {
  id: 'supervisor',
  title: 'OpAMP supervisor configs',
  claims: isSupervisorConfig,
  read: (root) => ({ supervisor: readSupervisorConfig(root) }),
};

import type { Rule } from '../rule.ts';

export const supervisorStorageRule: Rule = {
  id: 'SUP-003',
  severity: 'warning',
  summary: 'A supervisor whose storage does not outlive a restart',
  docs: 'The supervisor keeps its instance uid and the last config there. What is gone after a restart (`/tmp`, `/run`, memory) makes it a new agent, and it has no config until the server sends one. The default, `/var/lib/otelcol/supervisor`, stays; in a container it has to be a volume.',
  check: ({ head }) =>
    head.repository.supervisors.flatMap(({ storage }) => {
      if (storage === undefined) return [];
      const gone = /^(?:\/private)?\/(?:tmp|var\/tmp|run|var\/run|dev\/shm)(?:\/|$)/.test(storage.value);
      const relative = !/^(?:\/|[A-Za-z]:|\$|%)/.test(storage.value);
      if (!gone && !relative) return [];
      const message = gone
        ? `\`${storage.value}\` is emptied when the machine or the container starts anew: the supervisor is then a new agent to the server`
        : `\`${storage.value}\` depends on the folder that the supervisor is started in: from another one it is a new agent to the server`;
      return [{ rule: supervisorStorageRule.id, severity: 'warning' as const, message, at: storage.at }];
    }),
};

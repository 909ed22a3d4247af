import { at, entriesAt, textAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import type { Finding, SourceRange } from '../../document/finding.ts';
import { isSecretKey } from '../../document/secret-keys.ts';
import { configFinding } from '../config-finding.ts';
import { ENROLMENT_KEY, enrollingAgents, enrolmentKeyGroup } from '../agents.ts';
import { literalSecret, literalSecrets } from '../literal-secrets.ts';
import type { SecretKind } from '../literal-secrets.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { Cluster } from '../running.ts';

export const literalSecretRule: Rule = {
  id: 'SEC-001',
  severity: 'error',
  summary: 'A secret that is written out in a file',
  docs: 'Whoever can read the repository has it, now and in every later clone; taking it out of the file does not take it back. Replace it by a variable that a Secret fills (`valueFrom.secretKeyRef`), keep Secrets out of git or encrypted (Sealed Secrets, SOPS, External Secrets), and revoke the one that was here. Words that only stand for a secret are notices.',
  check: (input, cluster) => [...inConfigs(input), ...inManifests(input), ...inVariables(cluster, input)],
};

/** Components’ bodies, as agents get them: what a control plane masks for people is written out in the repository all the same. */
function inConfigs(input: LintInput): readonly Finding[] {
  return rendersOf(input).flatMap((rendered) =>
    literalSecrets(rendered.delivered.tree).map(({ path, kind }) =>
      configFinding(rendered, {
        rule: literalSecretRule.id,
        severity: severityOf(kind),
        path,
        message: words(
          kind,
          `\`${path.findLast((step) => !/^\d+$/.test(step)) ?? ''}\` of \`${path.slice(0, 2).join('.')}\``,
        ),
      }),
    ),
  );
}

function inManifests({ head }: LintInput): readonly Finding[] {
  return head.repository.manifestDocuments.flatMap(({ root }) =>
    textAt(root, 'kind') === 'Secret' && textAt(root, 'apiVersion') === 'v1' ? inSecret(root) : [],
  );
}

/** A Secret in plain text is one finding, at the first of its values. */
function inSecret(root: Node): readonly Finding[] {
  const type = textAt(root, 'type') ?? 'Opaque';
  const encoded = entriesAt(root, 'data').length > 0;
  const entries = [...entriesAt(root, 'stringData'), ...entriesAt(root, 'data')].flatMap(
    ({ key, value, keyAt }) => {
      if (value.kind !== 'scalar' || typeof value.value !== 'string' || value.value === '') return [];
      // Any key of a Secret holds a secret, however it is called.
      const kind = literalSecret('token', value.value);
      return kind === undefined ? [] : [{ key, keyAt, kind }];
    },
  );
  const worst = entries.find(({ kind }) => kind === 'real') ?? entries[0];
  if (worst === undefined || type === 'kubernetes.io/service-account-token') return [];
  const name = textAt(root, 'metadata', 'name') ?? '';
  const how =
    encoded && at(root, 'stringData') === undefined ? 'only encoded (base64 hides nothing)' : 'in plain text';
  return [
    {
      rule: literalSecretRule.id,
      severity: severityOf(worst.kind),
      message:
        worst.kind === 'real'
          ? `Secret \`${name}\` holds \`${worst.key}\` ${how}`
          : `Secret \`${name}\` holds \`${worst.key}\` ${how}, which looks like a placeholder: whoever fills it in must not commit it`,
      at: worst.keyAt,
    },
  ];
}

function inVariables({ workloads }: Cluster, input: LintInput): readonly Finding[] {
  const enrolling = new Map(enrollingAgents(input).map((agent) => [agent.container, agent]));
  return workloads.flatMap(({ containers }) =>
    containers.flatMap((container) =>
      container.env.flatMap(({ name, value }): readonly Finding[] => {
        if (value === undefined || value.value.includes('$(')) return [];

        const kind =
          isSecretKey(name) || /_(?:KEY|AUTH|PAT)$/.test(name)
            ? literalSecret('token', value.value)
            : literalSecret(name, value.value);
        if (kind === undefined) return [];
        const told = finding(kind, `variable \`${name}\``, value.at);
        const agent = name === ENROLMENT_KEY ? enrolling.get(container) : undefined;
        return [agent === undefined ? told : { ...told, group: enrolmentKeyGroup(agent, SAID[kind]) }];
      }),
    ),
  );
}

const SAID: Readonly<Record<SecretKind, string>> = {
  real: 'a secret written out in the file',
  placeholder: 'looks like a placeholder for a secret',
};

function finding(kind: SecretKind, what: string, place: SourceRange): Finding {
  return { rule: literalSecretRule.id, severity: severityOf(kind), message: words(kind, what), at: place };
}

function severityOf(kind: SecretKind): Finding['severity'] {
  return kind === 'real' ? 'error' : 'notice';
}

function words(kind: SecretKind, what: string): string {
  return kind === 'real'
    ? `${what} is a secret written out in the file; let a variable from a Secret hold it`
    : `${what} looks like a placeholder for a secret; let a variable from a Secret hold it`;
}

import type { Finding, SourceRange } from '../../document/finding.ts';
import { nameAndArguments } from '../../document/shell.ts';
import type { LintInput, Rule } from '../rule.ts';

export const unpinnedOperatorRule: Rule = {
  id: 'OPR-012',
  severity: 'warning',
  summary: 'An operator that each installation takes in another version',
  docs: 'The operator’s version decides which collector runs where a resource names no image, and which endpoints and roles it adds. `releases/latest` and a branch install another one with every run, and no review shows it. Name a release: `releases/download/v0.150.0/opentelemetry-operator.yaml`, or `?ref=v0.150.0`.',
  check: (input) =>
    addresses(input).flatMap(({ address, at }): readonly Finding[] =>
      isUnpinned(address)
        ? [
            {
              rule: unpinnedOperatorRule.id,
              severity: 'warning',
              message: `\`${address}\` is another operator with every release: name one version`,
              at,
            },
          ]
        : [],
    ),
};

interface Address {
  readonly address: string;
  readonly at: SourceRange;
}

/** Where kustomizations and commands of `kubectl` take manifests from. */
function addresses({ head }: LintInput): readonly Address[] {
  const { kustomizations, scripts } = head.repository;
  return [
    ...kustomizations.flatMap(({ taken }) => taken.map(({ path, at }) => ({ address: path, at }))),
    ...scripts.flatMap(({ commands, place }) =>
      commands
        .flatMap((command) => nameAndArguments(command))
        .map((word) => ({ address: word.text, at: place(word) })),
    ),
  ];
}

function isUnpinned(address: string): boolean {
  if (!/open-telemetry\/opentelemetry-operator/.test(address)) return false;
  if (/\/releases\/latest\//.test(address)) return true;
  const isFolder = /^(?:https:\/\/)?github\.com\//.test(address) && !/\/releases\/download\//.test(address);
  const raw =
    /^https:\/\/raw\.githubusercontent\.com\/open-telemetry\/opentelemetry-operator\/(?:main|master)\//;
  const ref = /[?&]ref=([^&]*)/.exec(address)?.[1];
  return raw.test(address) || (isFolder && (ref === undefined || ref === 'main' || ref === 'master'));
}

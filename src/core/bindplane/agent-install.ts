import { emitYaml } from '../document/emit.ts';
import type { JsonMap } from '../document/node.ts';
import { kubernetesManifests, type AgentInstallation } from './agent-manifests.ts';

/** The BindPlane agent's distribution, as `AgentVersion` names it. */
export const AGENT_TYPE = 'observiq-otel-collector';

/** The newest release whose collector version is known for certain (schemas/components/bindplane-agent.json). */
export const NEWEST_AGENT_VERSION = 'v1.86.1';

const REPOSITORY = 'https://github.com/observIQ/bindplane-otel-collector/releases';
const IMAGE = 'ghcr.io/observiq/bindplane-otel-collector';

const INSTALLERS: Readonly<Record<string, string>> = {
  'darwin/amd64': 'install_macos.sh',
  'darwin/arm64': 'install_macos.sh',
  'linux/amd64': 'install_unix.sh',
  'linux/arm': 'install_unix.sh',
  'linux/arm64': 'install_unix.sh',
  'windows/386': 'observiq-otel-collector-x86.msi',
  'windows/amd64': 'observiq-otel-collector.msi',
};

/** The `spec` of an AgentVersion: where its installers are (reference/bindplane.md §1.6). No packages: they are not offered. */
export function agentVersionSpec(version: string): JsonMap {
  const installer = Object.entries(INSTALLERS).map(([platform, file]): [string, JsonMap] => [
    platform,
    { url: `${REPOSITORY}/download/${version}/${file}` },
  ]);
  return {
    type: AGENT_TYPE,
    version,
    releaseNotesURL: `${REPOSITORY}/tag/${version}`,
    draft: false,
    prerelease: false,
    installer: Object.fromEntries(installer),
  };
}

/**
 * The command that installs an agent on a platform (`linux`, `linux-arm64`, `macos`, `windows-amd64`, …), for Kubernetes and
 * OpenShift the manifests to apply; undefined for a platform that nobody knows.
 */
export function installCommand(platform: string, installation: AgentInstallation): string | undefined {
  const { version, endpoint, secretKey, labels } = installation;
  const [family = '', variant = ''] = platform.toLowerCase().split('-', 2);
  const from = `${REPOSITORY}/download/${version}`;
  const options = [`-e ${endpoint}`, `-s ${secretKey}`, `-v ${version.replace(/^v/, '')}`];
  if (labels !== '') options.push(`-k ${labels}`);
  const script = (shell: string, file: string): string =>
    `${shell} "$(curl -fsSlL ${from}/${file})" ${file} ${options.join(' ')}`;
  switch (family) {
    case '':
    case 'linux':
      return script('sudo sh -c', 'install_unix.sh');
    case 'macos':
    case 'darwin':
      return script('sudo sh -c', 'install_macos.sh');
    case 'windows':
      return windowsCommand(
        `${from}/${INSTALLERS[`windows/${variant}`] ?? 'observiq-otel-collector.msi'}`,
        installation,
      );
    case 'kubernetes':
    case 'openshift':
      if (variant !== 'daemonset' && variant !== 'deployment') return undefined;
      return kubernetesManifests(variant, family, `${IMAGE}:${version.replace(/^v/, '')}`, installation)
        .map((manifest) => emitYaml(manifest, { topLevelOrder: ['apiVersion', 'kind', 'metadata', 'spec'] }))
        .join('---\n');
    default:
      return undefined;
  }
}

function windowsCommand(url: string, { endpoint, secretKey, labels }: AgentInstallation): string {
  const own = labels === '' ? '' : ` OPAMPLABELS="${labels}"`;
  return `msiexec /i "${url}" /quiet ENABLEMANAGEMENT=1 OPAMPENDPOINT="${endpoint}" OPAMPSECRETKEY="${secretKey}"${own}`;
}

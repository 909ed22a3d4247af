import { parseEndpoint } from '../../collector/endpoint.ts';
import { closest } from '../../document/closest.ts';
import type { Finding } from '../../document/finding.ts';
import { serviceAt } from '../../kubernetes/services.ts';
import type { ServiceObject } from '../../kubernetes/services.ts';
import { typedItemsOf } from '../items.ts';
import type { TypedItem } from '../items.ts';
import type { Rule } from '../rule.ts';

export const gatewayRule: Rule = {
  id: 'BPA-011',
  severity: 'warning',
  summary:
    'A `bindplane_gateway` destination that leads to no Service of the repository, or to a port that it does not have',
  docs: 'Agents that cannot reach their gateway keep data until their queues are full, and stay healthy all the while. Hosts are compared where the repository declares Services of that namespace. SEC-002 is about TLS.',
  check: ({ head }) =>
    [...head.repository.resources.values()]
      .flatMap(typedItemsOf)
      .filter(({ kind, type }) => kind === 'destination' && type === 'bindplane_gateway')
      .flatMap((item) => astray(item, head.repository.manifests.services)),
};

function astray(item: TypedItem, services: readonly ServiceObject[]): readonly Finding[] {
  const given = (name: string): TypedItem['parameters'][number] | undefined =>
    item.parameters.find((parameter) => parameter.name === name);
  const hostname = given('hostname');
  const text = hostname?.value;
  if (typeof text !== 'string' || text === '' || services.length === 0) return [];
  const { host } = parseEndpoint(text);
  if (host === undefined) return [];
  const [name = '', namespace, svc] = host.split('.');
  const here = services.filter((service) => service.namespace === namespace);
  const service = serviceAt(host, services);
  const finding = (message: string, at: Finding['at']): Finding => ({
    rule: gatewayRule.id,
    severity: 'warning',
    message,
    ...(at && { at }),
  });
  if (service === undefined) {
    // Names that are no `service.namespace` of a namespace that these files fill are somebody else's.
    if (here.length === 0 || (svc !== undefined && svc !== 'svc')) return [];
    const meant = closest(
      name,
      here.map((one) => one.name),
    );
    return [
      finding(
        `no Service of these files is called \`${name}\` in namespace \`${namespace ?? ''}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`,
        hostname?.node?.at ?? item.at,
      ),
    ];
  }
  const port = given('grpc_port');
  const number = Number(port?.value ?? 4317);
  if (service.ports.length === 0 || service.ports.some((one) => one.port === number)) return [];
  const known = service.ports.map((one) => one.port).join(', ');
  return [
    {
      ...finding(
        `Service \`${service.name}\` has no port ${number}, only ${known}`,
        port?.node?.at ?? hostname?.node?.at ?? item.at,
      ),
      related: [{ message: `Service ${service.name}`, at: service.at }],
    },
  ];
}

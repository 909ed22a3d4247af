import type { ServiceObject } from '../kubernetes/services.ts';
import type { ContainerSpec, PodPort, Workload } from '../kubernetes/workload.ts';

/** Where a port of a Service leads to in the pods of a workload; `port` is undefined for a name that no container port has. */
export interface ServiceTarget {
  readonly service: ServiceObject;
  readonly servicePort: ServiceObject['ports'][number];
  readonly port?: number;
}

/** The ports of a Service, followed into the pods. */
export function targetsOf(service: ServiceObject, { containers }: Workload): readonly ServiceTarget[] {
  const ports = containers.flatMap(({ spec, init }) => (init ? [] : (spec?.ports ?? [])));
  return service.ports.map((servicePort) => {
    const { targetPort } = servicePort;
    const port = typeof targetPort === 'number' ? targetPort : portNamed(ports, targetPort);
    return { service, servicePort, ...(port !== undefined && { port }) };
  });
}

function portNamed(ports: readonly PodPort[], name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  return ports.find((port) => port.name === name)?.port;
}

/** The number behind a port of a probe: itself, or the container port of that name. */
export function probePort(port: number | string | undefined, { ports }: ContainerSpec): number | undefined {
  if (port === undefined || typeof port === 'number') return port;
  return portNamed(ports, port);
}

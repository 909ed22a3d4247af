import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../../src/core/kubernetes/operator/permissions/index.ts';
import { ruleTexts } from '../helm/chart-examples.ts';
import { HEAD, render, withConfig } from './rendered.ts';

/** The rules of each component for one body, as sorted `groups resources names verbs`. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  kubeletstats: [' nodes/stats  get'],
  k8s_events: [' events  get,list,watch'],
  k8s_cluster: [
    ' events,namespaces,namespaces/status,nodes,nodes/spec,persistentvolumeclaims,persistentvolumes,pods,pods/status,replicationcontrollers,replicationcontrollers/status,resourcequotas,services  get,list,watch',
    'apps daemonsets,deployments,replicasets,statefulsets  get,list,watch',
    'autoscaling horizontalpodautoscalers  get,list,watch',
    'batch cronjobs,jobs  get,list,watch',
    'extensions daemonsets,deployments,replicasets  get,list,watch',
  ],
  k8sobjects: [' pods  get,list'],
  k8sattributes: [' namespaces,pods  get,list,watch', 'apps replicasets  get,list,watch'],
  resourcedetection: [' nodes  get,list'],
  k8s_leader_elector: ['coordination.k8s.io leases  create,delete,get,list,patch,update,watch'],
  k8s_observer: [' pods  list,watch'],
};

describe.each(PERMISSIONS.map((permission) => [Object.keys(permission.types)[0] ?? '', permission] as const))(
  'rules for %s',
  (type, { section, types }) => {
    const body = '{objects: [{name: pods, mode: pull}], detectors: [k8snode], observe_pods: true}';
    const resource = (id: string): string =>
      `${HEAD}  config:
    receivers: {zipkin: {}${section === 'receivers' ? `, ${id}: ${body}` : ''}}
    ${section === 'receivers' ? 'extensions' : section}: {${id}: ${body}}
    service:
      extensions: [${section === 'extensions' ? id : ''}]
      pipelines:
        traces: {receivers: [zipkin${section === 'receivers' ? `, ${id}` : ''}], processors: [${section === 'processors' ? id : ''}], exporters: []}
`;

    it('are made while it runs, under each of its names from the version that knows it', () => {
      const names = Object.entries(types);
      for (const [name] of names) {
        const role = render(resource(`${name}/x`), '0.158.0').role;
        expect(role?.name).toBe('gateway-shop-cluster-role');
        expect(ruleTexts(role?.rules ?? [])).toEqual(RULES[type]);
      }
      const later = names.filter(([, since]) => since !== '0.110.0');
      for (const [name, since] of later) {
        const older = `0.${Number(since.split('.')[1]) - 1}.0`;
        expect(render(resource(`${name}/x`), older).role).toBeUndefined();
      }
    });

    it('are not made when nothing runs it', () => {
      const unused = resource(`${type}/x`).replaceAll(new RegExp(`(, )?${type}/x(?=[\\],])`, 'g'), '');
      expect(render(unused, '0.158.0').role).toBeUndefined();
    });
  },
);

it('asks for pods only where the kubelet must', () => {
  const rules = (body: string): readonly string[] =>
    ruleTexts(render(withConfig(`{kubeletstats: ${body}}`), '0.158.0').role?.rules ?? []);
  expect(rules('{}')).toEqual([' nodes/stats  get']);
  expect(rules('{metrics: {k8s.pod.cpu_limit_utilization: {enabled: true}}}')).toEqual([
    ' nodes/proxy  get',
    ' nodes/stats  get',
  ]);
});

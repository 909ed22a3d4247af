import type { Finding } from '../../document/finding.ts';
import { imageContent } from '../../kubernetes/image.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

export const unknownVersionRule: Rule = {
  id: 'VER-009',
  severity: 'warning',
  summary: 'A collector image without a version',
  docs: 'With `latest`, or no tag, every new pod may bring another collector: nobody can say which keys and components it takes, so nothing about versions is checked. Pin a version. A digest alone pins the image but does not say its version; write `:version@sha256:…`.',
  check: (_input, cluster) =>
    cluster.workloads.flatMap((workload) =>
      workload.containers.flatMap(({ init, image, name }): readonly Finding[] => {
        if (init || image === undefined || image.value.includes('{{') || image.value.includes('$')) return [];
        const running = cluster.runningIn(workload);
        const runsCollector =
          imageContent(image.value).distribution !== 'unknown' ||
          running.some(({ container }) => container?.name === name);
        const tag = tagOf(image.value);
        if (!runsCollector || (tag !== '' && tag !== 'latest')) return [];
        const digest = image.value.includes('@');
        return [
          {
            rule: unknownVersionRule.id,
            severity: digest ? 'notice' : 'warning',
            message: `image \`${image.value}\` of ${workloadWords(workload)} ${digest ? 'is pinned by its digest alone' : tag === '' ? 'has no tag' : 'is whatever `latest` is'}; what its collector takes cannot be checked`,
            at: image.at,
          },
        ];
      }),
    ),
};

/** The tag of an image reference, without a digest; `` where there is none. */
function tagOf(image: string): string {
  const name = (image.split('@', 1)[0] ?? '').trim();
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon < 0 ? '' : name.slice(colon + 1);
}

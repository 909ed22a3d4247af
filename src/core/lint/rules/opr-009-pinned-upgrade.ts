import { at, textAt } from '../../document/node.ts';
import { imageContent } from '../../kubernetes/image.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { Rule } from '../rule.ts';

export const pinnedUpgradeRule: Rule = {
  id: 'OPR-009',
  severity: 'notice',
  summary: 'A pinned image together with automatic upgrades of the resource',
  docs: 'When the operator is upgraded it rewrites the config of every resource for the collector version that it would run itself, while the pinned image stays what it was; and the cluster then holds another config than the repository. With an image of your own set `upgradeStrategy: none` and upgrade config and image together, by pull request.',
  check: (input) =>
    writtenCollectors(input).flatMap((collector) => {
      const { node, name } = collector;
      const image = textAt(node, 'spec', 'image') ?? '';
      const { version } = imageContent(image);
      const strategy = textAt(node, 'spec', 'upgradeStrategy') ?? 'automatic';
      const unmanaged = textAt(node, 'spec', 'managementState') === 'unmanaged';
      if (version === undefined || strategy !== 'automatic' || unmanaged) return [];
      const place = at(node, 'spec', 'upgradeStrategy')?.at ?? at(node, 'spec', 'image')?.at ?? collector.at;
      return [
        {
          rule: pinnedUpgradeRule.id,
          severity: 'notice' as const,
          message: `OpenTelemetryCollector \`${name}\` pins collector ${version}, and the operator will still rewrite its config for newer ones when it is upgraded itself`,
          at: place,
          fixes: [{ title: 'set `upgradeStrategy: none`', at: place }],
        },
      ];
    }),
};

import { parseArgs } from 'node:util';
import { Random } from '../random.ts';
import { badConfigs } from './bad-configs.ts';
import { comparison, comparisonText } from './comparison.ts';

const { values } = parseArgs({
  options: {
    configs: { type: 'string', default: '100' },
    agents: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
});
const [configs, agents, seed] = [values.configs, values.agents, values.seed].map(Number);
const random = new Random(seed ?? 1);
const rows = comparison(badConfigs(random, configs ?? 100), agents ?? 1000, random);
process.stdout.write(
  `The same ${configs} bad configs on ${agents} simulated agents (seed ${seed}): agents that ever had a config that harms them\n\n`,
);
process.stdout.write(comparisonText(rows));

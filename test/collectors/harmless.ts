import { buildBinaries } from './build.ts';
import { failedGates, flowing, labConfig, openLab } from './lab.ts';

/**
 * A change that does no harm, rolled out again and again on two real collectors (`npm run test:harmless`): how often it passes, and what stopped
 * it where it did not. False alarms of the gates show here.
 */
const TIMES = Number(process.argv[2] ?? 20);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const binaries = buildBinaries(say);
if ('reason' in binaries) {
  say(`skipped: ${binaries.reason}`);
} else {
  const lab = await openLab(binaries);
  try {
    await lab.stage.roll(labConfig('debug', '{}'), 'stable');
    await flowing(lab.stage);
    let passed = 0;
    for (let time = 1; time <= TIMES; time += 1) {
      const before = Date.now();
      const settings = time % 2 === 0 ? '{}' : '{verbosity: normal}';
      await lab.stage.apply(labConfig('debug', settings, `change ${time}`), 'lab');
      await lab.stage.call('POST', '/v1/rollouts/lab/start', { options: null });
      const view = await lab.stage.watched(({ state }) =>
        Promise.resolve(!['started', 'pending'].includes(state)),
      );
      if (view.state === 'stable') passed += 1;
      const why = view.state === 'stable' ? '' : `: ${view.reason ?? ''} ${failedGates(view).join(', ')}`;
      say(`${time}: ${view.state} after ${((Date.now() - before) / 1000).toFixed(1)} s${why}`);
      if (view.state === 'paused') await lab.stage.call('PUT', '/v1/rollouts/lab/rollback');
    }
    process.stdout.write(`${passed} of ${TIMES} harmless changes passed\n`);
    if (passed < TIMES) process.exitCode = 1;
  } finally {
    await lab.close();
  }
}

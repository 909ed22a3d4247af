import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `nock` patches Node's HTTP client and server for a whole process, so what uses it has a process of its own. */
const WITH_NOCK = ['test/app/webhooks/probot.test.ts'];

const common = {
  // Several times what the slowest take on idle cores: CI machines share theirs. A hang still ends.
  testTimeout: 20_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 10_000 } },
};

const config: ViteUserConfig = defineConfig({
  test: {
    // Vitest leaves one processor free; on two that is half of them, for a process that only waits.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: WITH_NOCK,
          // Starting a process and loading the sources for each file took half of the time; files keep nothing global, or put it back.
          isolate: false,
          ...common,
        },
      },
      { test: { name: 'alone', include: WITH_NOCK, ...common } },
    ],
  },
});

export default config;

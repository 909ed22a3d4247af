import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/collectors/*.case.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000,
    reporters: ['verbose'],
  },
});

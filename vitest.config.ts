import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const MINUTE_MS = 60_000;

// Two projects in order: first what only computes, on all cores; then what starts processes, sockets and browsers, two
// files at a time: they wait more than they compute, and none of them measures time.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [vue()],
        test: {
          name: 'pure',
          include: ['test/{unit,scenarios,sim}/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 5 * MINUTE_MS,
          hookTimeout: 5 * MINUTE_MS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'processes',
          include: ['test/{integration,hosts,e2e}/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 10 * MINUTE_MS,
          hookTimeout: 10 * MINUTE_MS,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

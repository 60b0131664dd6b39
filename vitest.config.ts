import { defineConfig } from 'vitest/config';

// Sibling packages resolve to their TypeScript source, so that a test never runs against a stale build.
const conditions = ['source', 'node', 'import', 'default'];
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } };

// Only `src`: the compiled copies in `dist` would run every test a second time.
const inPackages = (suffix: string): string => `{schemas,agent,controller,provider}/src/**/*.${suffix}.ts`;

export default defineConfig({
  test: {
    // A test that passes on the second attempt is a failure with a low rate.
    retry: 0,
    projects: [
      {
        ...resolution,
        test: {
          name: 'unit',
          include: [inPackages('test'), 'scripts/**/*.test.mjs', 'examples/**/*.test.{js,mjs}'],
          testTimeout: 5_000,
        },
      },
      {
        ...resolution,
        test: { name: 'sim', include: [inPackages('sim')], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        ...resolution,
        test: {
          name: 'kernel',
          include: [inPackages('kernel')],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Network namespaces, nft and the cores that the traffic generator fills are shared by the whole machine:
          // one file at a time, in a process of its own, after the other projects have ended.
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

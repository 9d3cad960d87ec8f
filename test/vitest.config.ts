import {defineConfig} from 'vitest/config'

// `npm test` runs unit and lab; long is of the lab too, for a gate that can wait; e2e needs clusters (see CONTRIBUTING.md).
export default defineConfig({
  test: {
    maxWorkers: '100%', // vitest leaves a core free, which is half of two; the lab mostly waits
    disableConsoleIntercept: true, // oclif's captured output is empty otherwise
    env: {PROMFLEET_FLEET: 'none'}, // whoever runs the tests may have a fleet file
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          root: '.',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/e2e/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          root: '.',
          include: ['test/lab/**/*.test.ts'],
          exclude: ['test/lab/**/*.long.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          root: '.',
          include: ['test/lab/**/*.long.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          root: '.',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

#!/usr/bin/env node
// Bundles the sources to dist/: one file per command, shared parts in chunks that load when they are needed.
import {readdirSync, rmSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
// Chunk names carry hashes, and every file below dist/commands is taken for a command: nothing old may stay.
rmSync('dist', {recursive: true, force: true})
await build({
  entryPoints: [
    'src/main.ts',
    'src/command-line/command-not-found.ts',
    ...readdirSync('commands').map(file => `commands/${file}`),
  ],
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Optional development loaders of @oclif/core; bundled they would bring the TypeScript compiler along.
  external: ['typescript', 'ts-node', 'tsx', 'tsx/*'],
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})

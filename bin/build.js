#!/usr/bin/env node
// Bundles the sources to dist/: one file per command, shared parts in chunks that load when they are needed.
import {mkdtempSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

/** Drops what is not used of the Kubernetes client, which does not say that its 800 modules may be dropped. */
const dropUnusedOfKubernetesClient = {
  name: 'drop-unused-of-kubernetes-client',
  setup(build) {
    const isClient = /[\\/]node_modules[\\/]@kubernetes[\\/]client-node[\\/]/
    build.onResolve({filter: /./}, async ({path, importer, resolveDir, kind, pluginData}) => {
      if (pluginData === 'resolving' || (path !== '@kubernetes/client-node' && !isClient.test(importer))) return null
      const resolved = await build.resolve(path, {importer, resolveDir, kind, pluginData: 'resolving'})
      return {...resolved, sideEffects: false}
    })
  },
}

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
// Chunk names carry hashes, and every file below dist/commands is taken for a command: nothing old may stay. What is built goes to a
// folder beside it first: whoever runs promfleet meanwhile finds a whole one.
const fresh = mkdtempSync('dist.')
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(2))
process.on('exit', () => rmSync(fresh, {recursive: true, force: true}))
await build({
  entryPoints: [
    'src/main.ts',
    'src/command-line/command-not-found.ts',
    ...readdirSync('commands').map(file => `commands/${file}`),
  ],
  outbase: '.',
  outdir: `${fresh}/new`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  legalComments: 'none',
  plugins: [dropUnusedOfKubernetesClient],
  // A library below the Kubernetes client asks for Node's own punycode, which prints a deprecation warning from Node 22 on; another
  // brings a URL parser with 260 KB of tables in case that Node has none, a tenth of what a run loads.
  alias: {punycode: 'punycode/', 'whatwg-url': 'node:url'},
  // Optional development loaders of @oclif/core; bundled they would bring the TypeScript compiler along.
  external: ['typescript', 'ts-node', 'tsx', 'tsx/*'],
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
})
swap(`${fresh}/new`, 'dist', `${fresh}/old`)

/** Other builds may do the same at the same time; the last one stays. */
function swap(from, to, old) {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(to, `${old}-${attempt}`)
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
    try {
      renameSync(from, to)
      return
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code) || attempt === 10) throw error
    }
  }
}

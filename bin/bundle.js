// What is bundled, and how: for the build, and for the tests that look at what loads with what.
import {readdirSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'

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

/**
 * Libraries that few runs use, imported where import() cannot stand: by pure code, and by other libraries. Each becomes a file of its
 * own, read when the first thing of it is used. (`await import()` of CommonJS is no way: bundled, it gives nothing but a default export.)
 */
const LATE = [
  'yaml',
  'node-fetch',
  'socks-proxy-agent',
  'openid-client',
  'jsonpath-plus',
  'minimatch',
  'tinyglobby',
  'lilconfig',
]

const loadLate = {
  name: 'load-late',
  setup(build) {
    build.onResolve({filter: /./}, ({path}) => (LATE.includes(path) ? {path, namespace: 'late'} : null))
    build.onLoad({filter: /./, namespace: 'late'}, async ({path}) => {
      const exported = Object.keys(await import(path)).filter(name => !['module.exports', '__esModule'].includes(name))
      // From dist/chunks and dist/commands, with the `require` of the banner.
      const getters = exported.map(name => `get ${name}() { return require('../late/${path}.cjs').${name} }`)
      return {contents: `module.exports = {${getters}}`}
    })
  },
}

const both = {
  absWorkingDir: dirname(dirname(fileURLToPath(import.meta.url))),
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  alias: {
    // A library below the Kubernetes client asks for Node's own punycode, which prints a deprecation warning from Node 22 on; another
    // brings a URL parser with 260 KB of tables in case that Node has none, a tenth of what a run loads.
    punycode: 'punycode/',
    'whatwg-url': 'node:url',
    // oclif tells WSL from Linux, for names of releases. That takes four modules and three files; here it is always Linux.
    'wsl-utils': 'node:os',
    debug: './bin/debug.cjs',
    process: './bin/process.cjs',
    'node:process': './bin/process.cjs',
  },
}

/** One file per command, shared parts in chunks that load when they are needed. */
export const program = {
  ...both,
  entryPoints: [
    'src/main.ts',
    'src/command-line/command-not-found.ts',
    'src/command-line/help.ts',
    ...readdirSync(new URL('../commands', import.meta.url)).map(file => `commands/${file}`),
  ],
  outbase: '.',
  splitting: true,
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [loadLate, dropUnusedOfKubernetesClient],
  // Optional development loaders of @oclif/core; bundled they would bring the TypeScript compiler along.
  external: ['typescript', 'ts-node', 'tsx', 'tsx/*', '../late/*'],
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
}

/** For the folder `late` beside the commands. */
export const late = {
  ...both,
  entryPoints: Object.fromEntries(LATE.map(name => [name, name])),
  format: 'cjs',
  outExtension: {'.js': '.cjs'},
}

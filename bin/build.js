#!/usr/bin/env node
// Bundles the sources to dist/.
import {mkdtempSync, renameSync, rmSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {late, program} from './bundle.js'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
// Chunk names carry hashes, and every file below dist/commands is taken for a command: nothing old may stay. What is built goes to a
// folder beside it first: whoever runs promfleet meanwhile finds a whole one.
const fresh = mkdtempSync('dist.')
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(2))
process.on('exit', () => rmSync(fresh, {recursive: true, force: true}))
await build({...program, outdir: `${fresh}/new`})
await build({...late, outdir: `${fresh}/new/late`})
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

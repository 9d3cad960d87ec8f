import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {Plugin} from '@oclif/core'
import {expect, it} from 'vitest'

const root = resolve(import.meta.dirname, '..')

it('the committed oclif manifest describes the commands as they are (npm run manifest writes it)', async () => {
  const plugin = new Plugin({
    root,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  const committed: {version: string; commands: object} = JSON.parse(readFileSync(`${root}/oclif.manifest.json`, 'utf8'))
  const fresh = JSON.parse(JSON.stringify(plugin.manifest)) as {version: string; commands: object}
  expect(committed.version).toBe(fresh.version)
  expect(Object.keys(committed.commands)).toEqual(Object.keys(fresh.commands))
  expect(withoutPaths(committed.commands)).toEqual(withoutPaths(fresh.commands))
})

/** `oclif manifest` adds where a command's file lies; loading alone does not. */
function withoutPaths(commands: object): unknown {
  return JSON.parse(
    JSON.stringify(commands, (key, value) => (key === 'relativePath' || key === 'isESM' ? undefined : value)),
  )
}

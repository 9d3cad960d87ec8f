/** promfleet as the plugin that oclif takes its commands from. */
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core/config'
import type {Manifest, PJSON} from '@oclif/core/interfaces'

/**
 * Made of package.json and the manifest alone. oclif itself would search for both and for plugins that a user may have installed, and
 * sort the commands by the rules of a language, whose tables take longer to load than all else of it.
 */
export async function packagePlugin(root: URL): Promise<Plugin> {
  const [pjson, manifest]: [PJSON, Manifest] = await Promise.all([
    readJson(new URL('package.json', root)),
    readJson(new URL('oclif.manifest.json', root)),
  ])
  const {name, version} = pjson
  const plugin = new Plugin({name, root: fileURLToPath(root), isRoot: true})
  return Object.assign(plugin, {
    name,
    alias: name,
    version,
    pjson,
    manifest,
    root: fileURLToPath(root),
    isRoot: true,
    valid: true,
    type: 'core',
    moduleType: 'module' as const,
    hasManifest: true,
    commandIDs: Object.keys(manifest.commands),
    hooks: Object.fromEntries(
      Object.entries(pjson.oclif.hooks ?? {}).map(([event, target]) => [event, [{identifier: 'default', target}]]),
    ),
    commands: Object.values(manifest.commands).map(command => ({
      ...command,
      load: async () => {
        const module = await import(new URL((command.relativePath ?? []).join('/'), root).href)
        return Object.assign(module.default, {id: command.id, plugin})
      },
    })),
  })
}

async function readJson(file: URL) {
  return JSON.parse(await readFile(file, 'utf8'))
}

#!/usr/bin/env -S node --import tsx
// Development entry: runs commands/*.ts as they are, without a build and without the manifest.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {execute, Plugin, settings} from '@oclif/core'

const root = fileURLToPath(new URL('..', import.meta.url))
settings.enableAutoTranspile = false // tsx runs the sources already; oclif's own loader would look for dist
settings.debug = true
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands = {strategy: 'pattern', target: './commands'}
pjson.oclif.hooks = {command_not_found: './src/command-line/command-not-found.ts'}
const plugin = new Plugin({name: pjson.name, root, isRoot: true, pjson, ignoreManifest: true})
await plugin.load()
await execute({dir: import.meta.url, loadOptions: {root, plugins: new Map([[plugin.name, plugin]])}})

import {readdirSync} from 'node:fs'
import {resolve} from 'node:path'
import {Config} from '@oclif/core/config'
import {afterEach, describe, expect, it, vi} from 'vitest'
import PlainHelp from '../../src/command-line/help.ts'

const root = resolve(import.meta.dirname, '../..')
const commands = readdirSync(resolve(root, 'commands')).map(file => file.replace(/\.ts$/, ''))

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** What a terminal of 80 columns would show. */
async function helpOf(argv: string[]): Promise<string[]> {
  let written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    written += String(chunk)
    return true
  })
  const config = await Config.load({root})
  await new PlainHelp(config, {maxWidth: 80, stripAnsi: true}).showHelp(argv)
  vi.restoreAllMocks()
  return written.split('\n')
}

describe('help', () => {
  it.each([[''], ...commands.map(command => [command])])(
    '%s begins with lines that a terminal need not break',
    async command => {
      const lines = await helpOf(command === '' ? [] : [command])
      const summary = lines.slice(0, lines.indexOf(''))
      expect(summary.length).toBeGreaterThan(0)
      expect(Math.max(...summary.map(line => line.length))).toBeLessThanOrEqual(80)
    },
  )
})

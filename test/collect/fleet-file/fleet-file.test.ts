import {chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {readFleetFile, type Surroundings} from '../../../src/collect/fleet-file/fleet-file.ts'

let root = ''
let around: Surroundings
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'promfleet-fleet-'))
  for (const name of ['work', 'home/.config/promfleet', 'xdg/promfleet']) mkdirSync(join(root, name), {recursive: true})
  const userId = process.getuid?.() ?? null
  around = {env: {}, directory: join(root, 'work'), home: join(root, 'home'), userId}
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

function write(path: string, text = `contexts: [${path}]`): string {
  writeFileSync(join(root, path), text)
  return join(root, path)
}
const contextsOf = async (given?: string) => (await readFleetFile(given, around))?.contexts

describe('the fleet file', () => {
  it('is the one of --fleet, else of $PROMFLEET_FLEET, else of the working directory, else of the configuration', async () => {
    expect(await contextsOf()).toBeUndefined()
    write('home/.config/promfleet/promfleet.yaml')
    expect(await contextsOf()).toEqual(['home/.config/promfleet/promfleet.yaml'])
    around.env.XDG_CONFIG_HOME = join(root, 'xdg')
    expect(await contextsOf()).toBeUndefined()
    write('xdg/promfleet/promfleet.yaml')
    expect(await contextsOf()).toEqual(['xdg/promfleet/promfleet.yaml'])
    write('work/promfleet.yaml')
    expect(await contextsOf()).toEqual(['work/promfleet.yaml'])
    around.env.PROMFLEET_FLEET = write('named.yaml')
    expect(await contextsOf()).toEqual(['named.yaml'])
    write('work/other.yaml')
    expect(await contextsOf('other.yaml')).toEqual(['work/other.yaml'])
  })
  it('is none where none is asked for', async () => {
    write('work/promfleet.yaml')
    expect(await contextsOf('none')).toBeUndefined()
    around.env.PROMFLEET_FLEET = 'none'
    expect(await contextsOf()).toBeUndefined()
    around.env.PROMFLEET_FLEET = ''
    expect(await contextsOf()).toEqual(['work/promfleet.yaml'])
  })
  it('is named where something is wrong with it', async () => {
    await expect(contextsOf('gone.yaml')).rejects.toThrow('fleet file gone.yaml cannot be read: it does not exist')
    await expect(contextsOf('.')).rejects.toThrow('fleet file . cannot be read: ')
    write('work/wrong.yaml', 'contexts: 1')
    await expect(contextsOf('wrong.yaml')).rejects.toThrow('fleet file wrong.yaml, line 1, column 11: contexts must be')
    writeFileSync(join(root, 'work/latin.yaml'), Buffer.from([0x61, 0xff]))
    await expect(contextsOf('latin.yaml')).rejects.toThrow('fleet file latin.yaml is not UTF-8 text')
    around.env.PROMFLEET_FLEET = '/nowhere/\u001b[31mfleet.yaml'
    await expect(contextsOf()).rejects.toThrow('fleet file /nowhere/fleet.yaml cannot be read: it does not exist')
  })
  it('ends within bounds, however much it holds', async () => {
    write('work/large.yaml', `# ${'x'.repeat(3 * 2 ** 20)}\n`)
    await expect(contextsOf('large.yaml')).rejects.toThrow('is larger than')
    await expect(contextsOf('/dev/zero')).rejects.toThrow('is larger than')
  })
})

describe('a fleet file that only lies in the working directory', () => {
  it('is not read when it belongs to another user', async () => {
    const file = write('work/promfleet.yaml')
    if (around.userId === 0) chownSync(file, 12_345, 12_345)
    else around.userId = 12_345
    await expect(contextsOf()).rejects.toThrow('./promfleet.yaml belongs to another user')
    expect(await contextsOf('./promfleet.yaml')).toEqual(['work/promfleet.yaml'])
  })
  it('may not name files outside of its directory, since it says where they are sent', async () => {
    const outside = write('key', 'a private key')
    mkdirSync(join(root, 'work/secrets'))
    write('work/secrets/token')
    symlinkSync(outside, join(root, 'work/innocent'))
    const central = (file: string) =>
      write('work/promfleet.yaml', `central: {url: "https://example.com", tokenFile: ${file}}`)
    for (const file of ['../key', outside, 'innocent', '~/../../key/../..']) {
      central(file)
      await expect(contextsOf()).rejects.toThrow('names a file outside of it')
      // Named, it is trusted.
      expect((await readFleetFile('promfleet.yaml', around))?.central?.tokenFile).toBe(file)
    }
    central('secrets/token')
    expect((await readFleetFile(undefined, around))?.central?.tokenFile).toBe('secrets/token')
  })
  it('is refused when it is no file', async () => {
    mkdirSync(join(root, 'work/promfleet.yaml'))
    await expect(contextsOf()).rejects.toThrow('./promfleet.yaml is no file')
  })
})

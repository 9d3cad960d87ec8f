import {build, type Metafile} from 'esbuild'
import {beforeAll, describe, expect, it} from 'vitest'
import {late, program} from '../../bin/bundle.js'

let outputs: Metafile['outputs']

// Bundled as bin/build.js does it, without writing anything.
beforeAll(async () => {
  const {metafile} = await build({...program, outdir: 'dist', metafile: true, write: false, logLevel: 'silent'})
  outputs = metafile?.outputs ?? {}
}, 60_000) // on a busy machine

/** Source files that are loaded with an entry point, that is without what stands behind `await import()`. */
function loadedWith(entryPoint: string): string[] {
  const start = Object.keys(outputs).find(path => outputs[path]?.entryPoint === entryPoint)
  expect(start, `${entryPoint} is an entry point or imported by await import()`).toBeDefined()
  const files = new Set<string>()
  const open = [start!]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (files.has(path)) continue
    files.add(path)
    open.push(...(outputs[path]?.imports ?? []).filter(({kind}) => kind === 'import-statement').map(own => own.path))
  }
  return [...files].flatMap(path => Object.keys(outputs[path]?.inputs ?? {}))
}

const heavy = /node_modules\/(?:@kubernetes|ws|hpagent|openid-client|js-yaml)\//

describe('what starts without the Kubernetes client', () => {
  it('is told apart by this test: a live take loads it', () => {
    expect(loadedWith('src/collect/session.ts').some(file => heavy.test(file))).toBe(true)
  })

  it.each([
    'src/main.ts',
    'commands/doctor.ts',
    'commands/explain.ts',
    'commands/lag.ts',
    'commands/rbac.ts',
    'commands/capture.ts',
    'commands/probe.ts',
    'commands/labels.ts',
    // What a replay loads beside its command.
    'src/collect/bundle/file.ts',
    'src/collect/bundle/bundle.ts',
    'src/report/terminal.ts',
    'src/report/lag/lag.ts',
  ])('%s', entryPoint => {
    expect(loadedWith(entryPoint).filter(file => heavy.test(file))).toEqual([])
  })

  it('and a look at the lag without what takes longer to load than to use', () => {
    const rarelyUsed = /node_modules\/(?:zod|re2js|execa|log-update|ora)\//
    for (const entryPoint of ['commands/lag.ts', 'src/collect/session.ts', 'src/report/lag/lag.ts']) {
      expect(loadedWith(entryPoint).filter(file => rarelyUsed.test(file))).toEqual([])
    }
  })

  it('and nothing loads a library that becomes a file of its own, read when it is first used', () => {
    const names = Object.keys(late.entryPoints ?? {})
    expect(names).toEqual(expect.arrayContaining(['yaml', 'socks-proxy-agent']))
    const files = Object.values(outputs).flatMap(({inputs}) => Object.keys(inputs))
    for (const name of names) {
      expect(
        files.some(file => file === `late:${name}`),
        name,
      ).toBe(true) // it is imported, but not what it holds
      expect(files.filter(file => file.includes(`node_modules/${name}/`))).toEqual([])
    }
  })

  it('and a check explains itself without the regular expressions that relabelling takes', () => {
    expect(loadedWith('commands/labels.ts').some(file => file.includes('node_modules/re2js/'))).toBe(true)
    expect(loadedWith('commands/explain.ts').filter(file => file.includes('node_modules/re2js/'))).toEqual([])
  })

  it('and a live doctor starts without the schema library', () => {
    expect(loadedWith('src/collect/bundle/bundle.ts').some(file => file.includes('node_modules/zod/'))).toBe(true)
    for (const entryPoint of ['commands/doctor.ts', 'src/collect/session.ts']) {
      expect(loadedWith(entryPoint).filter(file => file.includes('node_modules/zod/'))).toEqual([])
    }
  })
})

import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {describe, expect, it} from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Room -> rooms it may import; `types` marks arrows that carry types only. Single files of src serve every room. */
const arrows: Record<string, {values: string[]; types?: string[]}> = {
  commands: {values: ['command-line', 'collect', 'facts', 'checks', 'diagnose', 'report'], types: ['evidence']},
  'main.ts': {values: ['command-line']},
  'command-line': {values: ['collect', 'evidence', 'facts', 'diagnose', 'report']},
  collect: {values: ['facts', 'evidence']},
  report: {values: [], types: ['diagnose', 'checks', 'evidence', 'facts']},
  diagnose: {values: ['facts'], types: ['checks', 'evidence']},
  checks: {values: ['facts'], types: ['evidence']},
  facts: {values: ['evidence']},
  evidence: {values: []},
  'units.ts': {values: [], types: ['evidence']},
  'errors.ts': {values: []},
  'nearest.ts': {values: []},
  'glob.ts': {values: []},
  'shell-word.ts': {values: []},
}
const forAll = ['units.ts', 'errors.ts', 'nearest.ts', 'glob.ts', 'shell-word.ts']
const pureRooms = ['facts', 'checks', 'diagnose', 'report', 'evidence', 'units.ts']
const files = ['commands', 'src'].flatMap(folder =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name)),
)

/** commands/doctor.ts -> commands; src/facts/queue/queue.ts -> facts; src/units.ts -> units.ts */
function room(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'src' ? second : first
}

interface Import {
  from: string
  typeOnly: boolean
}

function imports(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found: Import[] = []
  for (const [, keyword, names, from] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?([^'"]*?)\s*from\s+['"]([^'"]+)['"]/gm,
  )) {
    const allTypes =
      /^\{.*\}$/s.test(names ?? '') &&
      (names ?? '')
        .slice(1, -1)
        .split(',')
        .every(name => /^\s*(type\s|$)/.test(name))
    found.push({from: from ?? '', typeOnly: keyword !== undefined || allTypes})
  }
  for (const [, from] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({from: from ?? '', typeOnly: false})
  for (const [, from] of text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) found.push({from: from ?? '', typeOnly: false})
  return found
}

describe('data flows one way', () => {
  it.each(files)('%s imports only from rooms behind it', file => {
    const own = room(file)
    const allowed = arrows[own]
    expect(allowed, `"${own}" is not a room of the house; see docs/architecture.md`).toBeDefined()
    for (const {from, typeOnly} of imports(file)) {
      if (!from.startsWith('.')) continue
      const target = room(relative(root, resolve(root, dirname(file), from)))
      if (target === own || forAll.includes(target)) continue
      const reachable = [...(allowed?.values ?? []), ...(typeOnly ? (allowed?.types ?? []) : [])]
      expect(reachable, `${file} imports ${from}${typeOnly ? ' (types)' : ''}`).toContain(target)
    }
  })

  it('no file imports another that leads back to it, not even for a type', () => {
    const imported = new Map(
      files.map(file => {
        const own = imports(file).filter(({from}) => from.startsWith('.'))
        return [file, own.map(({from}) => relative(root, resolve(root, dirname(file), from)))]
      }),
    )
    const done = new Set<string>()
    const circleFrom = (file: string, way: readonly string[]): readonly string[] | null => {
      if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
      if (done.has(file)) return null
      for (const next of imported.get(file) ?? []) {
        const circle = circleFrom(next, [...way, file])
        if (circle !== null) return circle
      }
      done.add(file)
      return null
    }
    expect(files.map(file => circleFrom(file, [])).filter(circle => circle !== null)).toEqual([])
    expect([...imported.values()].flat().filter(file => !imported.has(file))).toEqual([])
  })

  it.each(files.filter(file => pureRooms.includes(room(file))))(
    '%s is pure: no I/O, clock, randomness or environment',
    file => {
      const text = readFileSync(join(root, file), 'utf8')
      const ofNode = imports(file).filter(({from}) => from.startsWith('node:'))
      // A hash depends on nothing but what is hashed.
      expect(ofNode.map(({from}) => from).filter(from => from !== 'node:crypto')).toEqual([])
      expect(text).not.toMatch(/\brandom(?:Bytes|UUID|Int|FillSync)\b/)
      expect(text).not.toMatch(
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|(?<![.\w])process\.(?:env|argv|std|exit|hrtime|cwd|platform)|\bawait\b|\bsetTimeout\(/,
      )
    },
  )

  it.each(files.filter(file => file !== 'src/report/style.ts'))('%s knows no colour', file => {
    expect(imports(file).map(({from}) => from)).not.toContain('chalk')
  })

  it('only collect imports the Kubernetes client', () => {
    const importers = files.filter(file =>
      imports(file).some(({from, typeOnly}) => from === '@kubernetes/client-node' && !typeOnly),
    )
    expect(importers.map(room)).toEqual(importers.map(() => 'collect'))
    expect(importers.length).toBeGreaterThan(0)
  })
})

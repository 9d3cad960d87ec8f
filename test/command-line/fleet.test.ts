import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {expectationsOf, type FilledFlags, withFleet} from '../../src/command-line/fleet.ts'
import {THRESHOLDS} from '../../src/facts/thresholds.ts'
import {aFleet} from '../builders/evidence.ts'

const YAML = `
contexts: [cluster1, prod-*]
central:
  url: https://mimir.example.com/prometheus
  tenant: team-a
  user: reader
  passwordFile: secrets/password
  headers: {X-Team: sre}
identityLabels: [region]
expected: [{context: cluster1, agent: agent}]
thresholds: {lateSeconds: 5m}
`
let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'promfleet-fleet-'))
  writeFileSync(join(directory, 'fleet.yaml'), YAML)
})
afterAll(() => rmSync(directory, {recursive: true, force: true}))

const filled = async (flags: FilledFlags = {}) => withFleet({...flags, fleet: join(directory, 'fleet.yaml')})

describe('the fleet file', () => {
  it('fills in what the flags leave open', async () => {
    const {flags, thresholds} = await filled()
    expect(flags).toMatchObject({
      context: ['cluster1', 'prod-*'],
      'identity-label': ['region'],
      'central-url': 'https://mimir.example.com/prometheus',
      'central-tenant': 'team-a',
      'central-user': 'reader',
      'central-password-file': join(directory, 'secrets/password'),
      'central-header': ['X-Team: sre'],
    })
    expect(thresholds).toEqual({...THRESHOLDS, lateSeconds: 300})
  })
  it.each<[FilledFlags, FilledFlags]>([
    [{context: ['cluster9']}, {context: ['cluster9']}],
    [{'identity-label': ['cluster']}, {'identity-label': ['cluster']}],
    [{'central-tenant': 'b'}, {'central-tenant': 'b', 'central-user': 'reader'}],
  ])('gives way to flags: %j', async (given, expected) => {
    expect((await filled(given)).flags).toMatchObject(expected)
  })
  it.each<FilledFlags>([{'all-contexts': true}, {from: 'bundle.json.gz'}])(
    'chooses no context where %j does',
    async given => {
      expect((await filled(given)).flags.context).toBeUndefined()
    },
  )
  it.each<FilledFlags>([{'central-url': 'http://localhost:9090'}, {'central-context': 'cluster1'}])(
    'sends the credentials of its central to no other: %j',
    async given => {
      const {flags} = await filled(given)
      const names = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      expect(names.filter(name => name.startsWith('central-'))).toEqual(Object.keys(given))
    },
  )
  it.each<FilledFlags>([{'central-user': 'me'}, {'central-token-file': 'token'}])(
    'sends its password with no other login: %j',
    async given => {
      const {flags} = await filled(given)
      expect(flags).toMatchObject({...given, 'central-tenant': 'team-a'})
      expect(flags['central-password-file']).toBeUndefined()
    },
  )
  it('asks no central about a bundle', async () => {
    expect((await filled({from: 'bundle.json.gz'})).flags['central-url']).toBeUndefined()
  })
  it('adds typed headers to its own', async () => {
    const {flags} = await filled({'central-header': ['X-Other: a']})
    expect(flags['central-header']).toEqual(['X-Team: sre', 'X-Other: a'])
  })
  it('changes nothing where there is none', async () => {
    const given = {fleet: 'none', context: ['a']}
    expect(await withFleet(given)).toEqual({flags: given, fleet: null, thresholds: THRESHOLDS})
  })
})

describe('what is expected', () => {
  const seen = (...names: string[]) => aFleet({agents: [], contexts: Object.fromEntries(names.map(name => [name, {}]))})

  it('covers the whole fleet once each of its contexts was looked at', async () => {
    const {fleet} = await filled()
    expect(expectationsOf(fleet, {}, seen('cluster1', 'prod-eu'))).toMatchObject({isWholeFleet: true})
    expect(expectationsOf(fleet, {}, seen('cluster1'))).toMatchObject({isWholeFleet: false})
    expect(expectationsOf(fleet, {context: ['*']}, seen('cluster1', 'prod-eu', 'x'))).toMatchObject({
      isWholeFleet: true,
    })
  })
  it('covers the whole fleet of a file without contexts unless --context narrows it', async () => {
    const {fleet} = await filled()
    const without = fleet && {...fleet, contexts: []}
    expect(expectationsOf(without, {}, seen('a'))).toMatchObject({isWholeFleet: true})
    expect(expectationsOf(without, {context: ['a']}, seen('a'))).toMatchObject({isWholeFleet: false})
  })
  it('is not known where the file does not say, or there is none', async () => {
    const {fleet} = await filled()
    expect(expectationsOf(null, {}, seen('a'))).toBeNull()
    expect(expectationsOf(fleet && {...fleet, expected: null}, {}, seen('a'))).toBeNull()
  })
})

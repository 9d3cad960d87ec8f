import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync, gzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {encodeWithoutSecrets, makeBundle, readBundleText} from '../../../src/collect/bundle/bundle.ts'
import {asReplayed} from '../../../src/collect/bundle/clean-evidence.ts'
import {MAX_BUNDLE_BYTES, readBundleFile, writeBundleFile} from '../../../src/collect/bundle/file.ts'
import {diagnose} from '../../../src/diagnose/diagnose.ts'
import {UserError} from '../../../src/errors.ts'
import type {FleetEvidence} from '../../../src/evidence/fleet.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {renderJson} from '../../../src/report/json.ts'
import {renderTerminal} from '../../../src/report/terminal.ts'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'
import {fixtures} from '../../report/fixtures.ts'
import {agentPod, healthyAgent, startFakeCluster, takeFrom, text} from '../fake-cluster.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promfleet-bundle-'))
  file = join(directory, 'fleet.json.gz')
})
afterEach(() => rmSync(directory, {recursive: true}))

const documentOf = (evidence: FleetEvidence) => encodeWithoutSecrets(makeBundle(evidence), [])
const replay = async (path = file): Promise<FleetEvidence> => {
  const {text, name} = await readBundleFile(path)
  return readBundleText(text, name)
}
/** What a user reads when the file holds this. */
async function refusal(content: Buffer | string): Promise<string> {
  writeFileSync(file, content)
  const error = await replay().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  const {message} = error as UserError
  expect(message).toContain(file)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not pass
  expect(message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
  return message
}
/** The document with one value replaced; a path of keys. */
function changed(path: (string | number)[], value: unknown, evidence = aFleet()): string {
  const document: unknown = JSON.parse(documentOf(evidence))
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => Reflect.get(at as object, key), document)
  Reflect.set(parent as object, path.at(-1)!, value)
  return JSON.stringify(document)
}
function reports(evidence: FleetEvidence): string[] {
  const facts = readFacts(evidence)
  const report = diagnose(facts, runChecks(facts), {failOn: 'error'})
  return [renderJson(report), renderTerminal(report, {columns: 100, colour: false, unicode: true, verbose: true})]
}

describe('a replay gives the report of the live run, byte for byte', () => {
  it.each(Object.entries(fixtures))('%s', async (_, evidence) => {
    const live = reports(asReplayed(evidence()))
    await writeBundleFile(file, documentOf(evidence()), {force: false})
    expect(reports(await replay())).toEqual(live)
  })

  it('of a take over HTTP, with pieces missing and texts that had to be cleaned', async () => {
    const cluster = await startFakeCluster()
    cluster.pods.push(agentPod('agent-0'), agentPod('agent-1', {labels: {'a\u001b[31mb': 'c\u0007d', e: ' f '}}))
    cluster.agents.set('agent-0', healthyAgent({'/api/v1/targets': text('<html>')}))
    cluster.logs.set(
      'agent-0',
      text('level=error component=remote url=http://u:hunter2@c/w msg="\u001b[2Jboom \ud800"\n'),
    )
    cluster.denied.add('list events')
    const taken = asReplayed(await takeFrom([cluster.server]))
    await cluster.close()
    await writeBundleFile(file, documentOf(taken), {force: false})
    const replayed = await replay()
    expect(replayed).toEqual(taken)
    expect(reports(replayed)).toEqual(reports(taken))
  })
})

describe('a bundle file', () => {
  it('is one gzipped JSON document, mode 0600, and leaves nothing beside it', async () => {
    const bytes = await writeBundleFile(file, documentOf(aFleet()), {force: false})
    expect(readdirSync(directory)).toEqual(['fleet.json.gz'])
    expect(statSync(file)).toMatchObject({size: bytes, mode: 0o100600})
    const unpacked = gunzipSync(readFileSync(file)).toString()
    expect(JSON.parse(unpacked)).toMatchObject({manifest: {schemaVersion: 1}, evidence: {contexts: expect.any(Array)}})
  })

  it('that is there stays as it is, also when it came to be during the take', async () => {
    writeFileSync(file, 'precious')
    await expect(writeBundleFile(file, '{}', {force: false})).rejects.toThrow('is there already')
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(readdirSync(directory)).toEqual(['fleet.json.gz'])
    await writeBundleFile(file, '{}', {force: true})
    expect(gunzipSync(readFileSync(file)).toString()).toBe('{}')
  })
})

describe('a bundle that cannot be replayed is refused by name', () => {
  const packed = () => gzipSync(documentOf(aFleet()))

  it('gzip that is cut off anywhere', async () => {
    const whole = packed()
    for (const length of [2, 11, Math.floor(whole.length / 2), whole.length - 1]) {
      expect(await refusal(whole.subarray(0, length))).toContain('cut off')
    }
  })
  it('gzip with a flipped byte', async () => {
    const broken = packed()
    broken[Math.floor(broken.length / 2)]! ^= 0xff
    expect(await refusal(broken)).toMatch(/cannot be unpacked|cut off|JSON|UTF-8/)
  })
  it.each([
    ['an empty file', Buffer.alloc(0), 'is empty'],
    ['neither gzip nor JSON', 'PK\u0003\u0004zip', 'neither gzip nor JSON'],
    ['gzip of something else', gzipSync('hello \u001b[2J'), 'not valid JSON'],
    ['half of the JSON', '{"manifest":{"tool":', 'not valid JSON'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe]), 'is not UTF-8'],
    ['a list', gzipSync('[]'), 'is a list in JSON'],
    ['null', gzipSync('null'), 'is null in JSON'],
    ['another JSON document', '{"kind":"List"}', 'has no manifest'],
    ['a report', '{"findings":[],"summary":{}}', 'is a report, not a bundle'],
    ['a bundle of another tool', '{"manifest":{"tool":{"name":"sonobuoy"}}}', 'another tool'],
  ])('%s', async (_, content, words) => {
    expect(await refusal(content)).toContain(words)
  })
  it('gzip that unpacks to more than a bundle may have, without unpacking it all', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BUNDLE_BYTES + 1, ' '))
    expect(bomb.length).toBeLessThan(300_000)
    expect(await refusal(bomb)).toContain('larger than')
  })
  it('more values than would fit into memory', async () => {
    expect(await refusal(gzipSync(`{"manifest":[${'{},'.repeat(6_000_000)}{}]}`))).toContain(
      'more than 10000000 values',
    )
  })
  it('another schema version, newer or none', async () => {
    const at = ['manifest', 'schemaVersion']
    expect(await refusal(changed(at, 2))).toMatch(/manifest.schemaVersion is 2, and this promfleet reads 1: a newer/)
    expect(await refusal(changed(at, 0))).toContain('is 0, and this promfleet reads 1')
    expect(await refusal(changed(at, undefined))).toContain('manifest.schemaVersion is missing')
    expect(await refusal(changed(['evidence', 'schemaVersion'], 7))).toContain('evidence.schemaVersion')
  })
  it.each<[(string | number)[], unknown, string]>([
    [
      ['evidence', 'contexts', 0, 'agents', 0, 'pod'],
      5,
      'evidence.contexts[0].agents[0].pod is a number where a string',
    ],
    [['evidence', 'contexts', 0, 'agents'], {}, 'evidence.contexts[0].agents is an object where a list belongs'],
    [['evidence', 'contexts', 0, 'agents', 0, 'scrapes', 1], null, 'agents[0].scrapes[1] is null'],
    [['evidence', 'contexts', 0, 'agents', 0, 'log', 'ok'], 'yes', 'agents[0].log'],
    [['evidence', 'contexts', 0, 'agents', 0, 'log', 'value', 'tail', 0], {}, 'log.value.tail[0] is an object'],
    [['evidence', 'contexts', 0, 'agents', 0, 'transport'], '../../etc/passwd', 'agents[0].transport is a string'],
    [['evidence', 'takenAt'], 'yesterday', 'evidence.takenAt is a string'],
    [['evidence', 'takenAt'], '2026-13-45T99:00:00Z', 'evidence.takenAt is a string'],
    [['evidence', 'durationSeconds'], 1e300, 'evidence.durationSeconds'],
    [['evidence', 'contexts', 0, 'agents', 0, 'podStatus', 'labels', 'x\u001b[2J y'], 1, 'podStatus.labels["x'],
  ])('a wrong value at %j', async (path, value, words) => {
    const evidence = aFleet({agents: [anAgent({log: [{}]})]})
    expect(await refusal(changed(path, value, evidence))).toContain(words)
  })
  it('a key __proto__, which would be a trap for whoever copies it', async () => {
    const content = documentOf(aFleet()).replace('"labels":{', '"labels":{"__proto__":{"polluted":"yes"},')
    expect(content).toContain('__proto__')
    expect(await refusal(content)).toMatch(/podStatus\.labels has a key __proto__/)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
  it('a million brackets, which would overflow a stack', async () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
    const content = documentOf(aFleet()).replace('"manifest":{', `"manifest":{"more":${deep},`)
    expect(await refusal(content)).toContain('nested deeper')
  })
  it('a folder, and a file that is not there', async () => {
    await expect(replay(directory)).rejects.toThrow(UserError)
    await expect(replay(join(directory, 'none'))).rejects.toThrow(/none" cannot be read: ENOENT/)
  })
})

describe('a bundle made by somebody else', () => {
  it('passes no escape sequence on, neither from a value nor from a key', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u202e../../etc/passwd\nsecond line'
    const agent = anAgent({
      name: `agent${hostile}`,
      log: [{error: hostile, message: hostile}],
      flags: {[hostile]: hostile},
    })
    agent.evidence.config = aFailure('forbidden', hostile)
    writeFileSync(file, JSON.stringify(makeBundle(aFleet({agents: [agent]}))))
    const evidence = await replay()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not pass
    for (const report of reports(evidence)) expect(report).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
    expect(evidence.contexts[0]?.agents[0]?.name).toBe('agent../../etc/passwd second line')
  })

  it('of a later release may have more fields', async () => {
    writeFileSync(file, changed(['evidence', 'contexts', 0, 'brandNew'], {a: 1}))
    expect(await replay()).toEqual(aFleet())
  })
})

describe('the scan before writing', () => {
  const scan =
    (evidence: FleetEvidence, credentials: string[] = []) =>
    () =>
      encodeWithoutSecrets(makeBundle(evidence), credentials)
  const secret = 'hunter2Zq'

  it.each([
    ['a log line', {log: [{sample: `url=http://u:${secret}@c/w`}]}, 'agents[0].log.value.shapes[0].sample'],
    ['an error', {log: [{error: `Authorization: Bearer ${secret}xx`}]}, 'agents[0].log.value.shapes[0].error'],
    ['an argument', {container: {args: [`--web.password=${secret}`]}}, 'podStatus.containers[0].args[0]'],
    ['a flag', {flags: {'web.token': secret}}, 'agents[0].flags.value["web.token"]'],
    [
      'the configuration',
      {config: `remote_write:\n- url: http://c/w\n  password: ${secret}\n`},
      'agents[0].config.value',
    ],
    ['a label value', {figures: {}, podStatus: {labels: {a: `password=${secret}`}}}, 'podStatus.labels.a'],
    ['a key', {flags: {[`password=${secret}`]: 'x'}}, 'agents[0].flags.value'],
  ])('stops at a secret in %s, says where and not what', (_, options, path) => {
    let message = ''
    try {
      scan(aFleet({agents: [anAgent(options)]}))()
    } catch (error) {
      expect(error).toBeInstanceOf(UserError)
      message = `${(error as UserError).message} ${(error as UserError).hint}`
    }
    expect(message).toContain(path)
    expect(message).not.toContain(secret)
  })

  it('stops at a credential of the run wherever it stands, but not at a plain word', () => {
    const echoed = aFleet({agents: [anAgent({log: [{message: 'we got S3cretWord99 from you'}]})]})
    expect(scan(echoed, ['S3cretWord99'])).toThrow('a credential of this run seems to stand at evidence.contexts[0]')
    expect(scan(echoed, ['prometheus', 'abc'])).not.toThrow()
  })

  it('lets through whatever collecting has redacted', async () => {
    for (const evidence of Object.values(fixtures)) expect(scan(evidence())).not.toThrow()
  })
})

/** What a newcomer types wrong, and what the program says to it: one sentence and a hint, in text and in JSON. */
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {afterAll, describe, expect, it} from 'vitest'
import {UNSAFE} from '../fuzz.ts'

const program = path.resolve(import.meta.dirname, '../../bin/run.js')
const folder = mkdtempSync(path.join(tmpdir(), 'promfleet-usage-'))
afterAll(() => rmSync(folder, {recursive: true}))

/** Port 1 of this machine refuses: a take that is begun ends at once. */
const kubeconfig = path.join(folder, 'kubeconfig')
const named = (name: string) => `- {name: ${name}, context: {cluster: c, user: u}}\n`
writeFileSync(
  kubeconfig,
  `clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\ncontexts:\n${named('cluster1')}${named('cluster2')}`,
)

async function promfleet(...args: string[]) {
  const run = await execa(process.execPath, [program, ...args], {
    env: {PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: kubeconfig, COLUMNS: '200'},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  // oclif wraps and indents what it prints; here it is the words that count.
  return {...run, words: run.stderr.replace(/\s*›?\s+/g, ' ').trim()}
}

const take = ['doctor', '--context', 'cluster1', '--interval', '0']

const notANamespace = 'it has at most 63 lower-case letters, digits and dashes, and neither begins nor ends with a dash'

describe('a wrong command line ends with 2, one sentence and a hint:', () => {
  it.each([
    [['doctor', 'foo'], 'Error: doctor takes no arguments', 'did you mean --context foo?'],
    [['capture', 'foo', 'bar'], 'Error: capture takes no arguments', 'did you mean --context foo,bar?'],
    [['lag', 'foo'], 'Error: lag takes no arguments', 'did you mean --context foo?'],
    [['lag', '--fail-over', 'late'], 'Error: --fail-over: "late" is not a duration', 'write it like 90s, 5m or 1h30m'],
    [
      ['lag', '--sort', 'age'],
      'Error: --sort is one of state, lag, loss, context, delivered, pending, network, failed, retried, not "age"',
      null,
    ],
    [
      ['lag', '--from', 'x', '--selector', 'a'],
      'Error: --from and --selector exclude each other',
      'leave one of them out',
    ],
    [['rbac', 'foo'], 'Error: rbac takes no arguments', '"promfleet rbac --help" tells its flags'],
    [
      ['explain', 'a', 'b'],
      'Error: explain takes one argument, not 2',
      '"promfleet explain --help" tells what it takes',
    ],
    [['doctor', '--intervall', '5'], 'Error: doctor has no flag --intervall', 'did you mean --interval?'],
    [['rbac', '--name-space', 'a'], 'Error: rbac has no flag --name-space', 'did you mean --namespace?'],
    [['explain', '--zzzzzz'], 'Error: explain has no flag --zzzzzz', '"promfleet explain --help" tells its flags'],
    [
      ['doctor', '--context', 'a', '--all-contexts'],
      'Error: --context and --all-contexts exclude each other',
      'leave one of them out',
    ],
    [
      ['doctor', '--from', 'x', '--interval', '5'],
      'Error: --from and --interval exclude each other',
      'leave one of them out',
    ],
    [
      ['doctor', '--fleet', 'gone.yaml'],
      'Error: fleet file gone.yaml cannot be read: it does not exist',
      'see --fleet and PROMFLEET_FLEET; "--fleet none" goes without',
    ],
    [['doctor', '--web-user', 'a'], 'Error: --web-user needs --web-password-file', 'give both'],
    [['doctor', '--interval', 'x'], 'Error: --interval: "x" is not a duration', 'write it like 90s, 5m or 1h30m'],
    [['lag', '--timeout', '0'], 'Error: --timeout: "0" leaves no time to look', 'write it like 90s, 5m or 1h30m'],
    [['lag', '--timeout', '30d'], 'Error: --timeout: "30d" is longer than can be waited for', 'at most 20d'],
    [
      ['lag', '--watch', '--interval', '21d'],
      'Error: --interval: "21d" is longer than can be waited for',
      'at most 20d',
    ],
    [
      ['rbac', '-n', 'monitoring,Bad_ns'],
      'Error: --namespace: "Bad_ns" cannot be the name of a namespace',
      notANamespace,
    ],
    [['doctor', '-n', 'a,b'], 'Error: --namespace: "a,b" cannot be the name of a namespace', notANamespace],
    [
      ['rbac', '--service-account', 'Bad_ns:promfleet'],
      'Error: --service-account: "Bad_ns" cannot be the name of a namespace',
      notANamespace,
    ],
    [['doctor', '-o', 'yaml'], 'Error: --output is one of table, wide, json, not "yaml"', null],
    [['doctor', '--context'], 'Error: --context needs a value', '"promfleet doctor --help" tells its flags'],
    [
      ['doctor', '--interval', '70', '--timeout', '60'],
      'Error: --interval (70s) must be shorter than --timeout (60s)',
      null,
    ],
    [
      ['lag', '--from-central', '--central-url', 'http://127.0.0.1:1', '--interval', '90s', '--timeout', '5s'],
      'Error: --interval (90s) must be shorter than --timeout (5s)',
      null,
    ],
  ])('%j', async (args, message, hint) => {
    const {exitCode, stdout, words} = await promfleet(...args)
    expect(words).toBe(hint === null ? message : `${message} Try this: ${hint}`)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it('the same in JSON', async () => {
    for (const [args, message, hint] of [
      [['--interval', 'x'], '--interval: "x" is not a duration', 'write it like 90s, 5m or 1h30m'],
      [['--intervall', '5'], 'doctor has no flag --intervall', 'did you mean --interval?'],
      [['foo'], 'doctor takes no arguments', 'did you mean --context foo?'],
    ] as const) {
      const {exitCode, stdout} = await promfleet('doctor', '-o', 'json', ...args)
      expect(JSON.parse(stdout)).toMatchObject({exitCode: 2, error: {message, hint}})
      expect(exitCode).toBe(2)
    }
  })
})

describe('help', () => {
  it('of a command is had with "help COMMAND", too, and its usage line is one that can be typed', async () => {
    for (const command of ['doctor', 'lag', 'capture', 'logs', 'explain', 'rbac']) {
      const [asCommand, asFlag] = await Promise.all([promfleet('help', command), promfleet(command, '--help')])
      expect(asCommand).toMatchObject({exitCode: 0, stdout: asFlag.stdout, stderr: ''})
      expect(asFlag.stdout).not.toMatch(/\|\s*[|\]]/)
      expect(asFlag.stdout).toMatch(new RegExp(`USAGE\\n  \\$ promfleet ${command}`))
    }
    const [asCommand, asFlag] = await Promise.all([promfleet('help'), promfleet('--help')])
    expect(asCommand).toMatchObject({exitCode: 0, stdout: asFlag.stdout})
  })

  it('of no command names the nearest', async () => {
    for (const args of [
      ['help', 'doctr'],
      ['doctr', '--help'],
      ['doctr', 'foo'],
    ]) {
      const {exitCode, words} = await promfleet(...args)
      expect(words).toBe('Error: doctr is not a command of promfleet Try this: did you mean "promfleet doctor"?')
      expect(exitCode).toBe(2)
    }
  })
})

describe('what was typed', () => {
  const hostile = 'receiver\u001b[31m\u001b]0;title\u0007\u202e\u009b2J'
  it.each([
    ['explain', hostile],
    ['doctor', '--only', hostile],
    ['doctor', '--fleet', hostile],
    ['doctor', '--context', hostile],
    ['doctor', `--${hostile}`],
    ['doctor', hostile],
  ])('is shown again without what it would do to a terminal: %s', async (...args) => {
    const {exitCode, stderr} = await promfleet(...args)
    expect(exitCode).toBe(2)
    expect(stderr).not.toMatch(UNSAFE)
  })
})

describe('contexts', () => {
  it('are offered when they are the nearest only', async () => {
    expect((await promfleet('doctor', '--context', 'cluser2')).words).toContain('Try this: did you mean cluster2?')
    const equal = await promfleet('doctor', '--context', 'cluster')
    expect(equal.words).toContain('Try this: did you mean cluster1 or cluster2?')
  })

  it('are told when there is no current one', async () => {
    const {exitCode, words} = await promfleet('doctor')
    expect(exitCode).toBe(2)
    expect(words).toContain('no current context')
    expect(words).toContain('Try this: choose with --context or --all-contexts; there are cluster1, cluster2')
  })
})

describe('--output-file', () => {
  it.each(['doctor', 'lag', 'logs', 'capture'])(
    'of %s is refused before anything is looked at, when it cannot be',
    async command => {
      const directory = path.join(folder, 'directory')
      mkdirSync(directory, {recursive: true})
      const began = Date.now()
      for (const [file, reason] of [
        [directory, /is (a folder|there and is not a plain file)/],
        [path.join(folder, 'no', 'report.txt'), /there is no folder/],
        [path.join(kubeconfig, 'report.txt'), /is not a folder|there is no folder/],
      ] as const) {
        const {exitCode, stdout, words} = await promfleet(command, '--context', 'cluster1', '--output-file', file)
        expect(words).toMatch(reason)
        expect(words).not.toMatch(/EISDIR|ENOENT|ENOTDIR/)
        expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''})
      }
      expect(Date.now() - began).toBeLessThan(10_000)
    },
  )

  it('that fails at the end all the same leaves the report on stdout', async () => {
    const {exitCode, stdout, stderr} = await promfleet(...take, '--output-file', '/dev/full')
    expect(stdout).toContain('access/context-unreachable')
    expect(stderr).toMatch(/the report cannot be written to "\/dev\/full".*it is on stdout instead/)
    expect(exitCode).toBe(3)
  })
})

it('a promfleet that was never built says what to do, and no stack', async () => {
  const unbuilt = path.join(folder, 'unbuilt')
  mkdirSync(path.join(unbuilt, 'bin'), {recursive: true})
  const {readFileSync} = await import('node:fs')
  writeFileSync(path.join(unbuilt, 'bin/run.js'), readFileSync(program))
  writeFileSync(path.join(unbuilt, 'package.json'), '{"type": "module"}')
  const {exitCode, stderr} = await execa(process.execPath, [path.join(unbuilt, 'bin/run.js'), 'doctor'], {
    reject: false,
  })
  expect(stderr).toBe('promfleet is not built: run "npm run build" in its folder')
  expect(exitCode).toBe(2)
  expect(existsSync(path.join(unbuilt, 'dist'))).toBe(false)
})

/** The whole program, as scripts meet it: bin/run.js, exit codes, what goes to stdout and what to stderr. */
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {describe, expect, it} from 'vitest'

const program = path.resolve(import.meta.dirname, '../../bin/run.js')
const folder = mkdtempSync(path.join(tmpdir(), 'promfleet-program-'))

/** A kubeconfig whose API server is not there: port 1 of this machine refuses. */
const kubeconfig = path.join(folder, 'kubeconfig')
writeFileSync(
  kubeconfig,
  `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {token: very-secret-token}}]
contexts:
  - {name: cluster2, context: {cluster: c, user: u}}
  - {name: production-eu, context: {cluster: c, user: u}}
current-context: cluster2
`,
)

function promfleet(args: string[], env: Record<string, string> = {}) {
  return execa(process.execPath, [program, ...args], {
    env: {PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: kubeconfig, ...env},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
}

describe('exit codes', () => {
  it.each([
    ['an unknown command, and names the nearest', ['doctr'], /did you mean "promfleet doctor"/],
    ['an unknown flag', ['doctor', '--al-contexts'], /did you mean --all-contexts/],
    ['an unknown context, and names the nearest', ['doctor', '--context', 'prodution-eu'], /production-eu/],
    ['a glob that no context matches', ['doctor', '--context', 'staging-*'], /staging-\*/],
    ['an unknown check, and names the nearest', ['doctor', '--only', 'receiver/disable'], /receiver\/disabled/],
    ['an interval that is no duration', ['doctor', '--interval', 'soon'], /"soon" is not a duration/],
    ['an unknown check to explain', ['explain', 'delivery/behnd'], /delivery\/behind/],
    [
      'a password file that is not there',
      ['doctor', '--web-user', 'a', '--web-password-file', '/nowhere'],
      /\/nowhere/,
    ],
    ['contexts named and all of them at once', ['doctor', '--context', 'cluster2', '--all-contexts'], /all-contexts/],
  ])('2 for %s', async (_, args, words) => {
    const {exitCode, stdout, stderr} = await promfleet(args)
    expect(stderr).toMatch(words)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('2 without any kubeconfig, with what to do about it', async () => {
    const {exitCode, stderr} = await promfleet(['doctor'], {KUBECONFIG: path.join(folder, 'not-there')})
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/kubeconfig/)
  })

  it('3, not 2, for a kubeconfig with keys that the client library does not know', async () => {
    const token = path.join(folder, 'token')
    writeFileSync(token, 'very-secret-token')
    const own = path.join(folder, 'kubeconfig-token-file')
    writeFileSync(own, readFileSync(kubeconfig, 'utf8').replace('token: very-secret-token', `tokenFile: ${token}`))
    const {exitCode, stdout} = await promfleet(['lag', '--kubeconfig', own, '--interval', '0', '--timeout', '10'])
    expect(stdout).toContain('the API server https://127.0.0.1:1')
    expect(exitCode).toBe(3)
  })

  it('3 for an API server that is not there: nothing failing was found, nothing could be looked at', async () => {
    const {exitCode, stdout} = await promfleet(['doctor', '--timeout', '10'])
    expect(stdout).toContain('access/context-unreachable')
    expect(stdout).toMatch(/\(exit 3: [^)]*\)\s*$/)
    expect(exitCode).toBe(3)
  })

  it('0 for help and versions', async () => {
    for (const args of [['--help'], ['doctor', '-h'], ['lag', '-h'], ['--version'], ['explain'], ['rbac']]) {
      const {exitCode, stdout, stderr} = await promfleet(args)
      expect([args, exitCode, stderr]).toEqual([args, 0, ''])
      expect(stdout).not.toBe('')
    }
  })
})

describe('-o json', () => {
  it('prints a valid document on exit 2, with the error and its hint', async () => {
    for (const args of [
      ['doctor', '-o', 'json', '--context', 'nowhere'],
      ['doctor', '--output=json', '--nonsense'],
      ['lag', '-o', 'json', '--context', 'nowhere'],
    ]) {
      const {exitCode, stdout} = await promfleet(args)
      const report = JSON.parse(stdout)
      expect(exitCode).toBe(2)
      expect(report).toMatchObject({schemaVersion: 1, exitCode: 2, error: {message: expect.any(String)}})
    }
  })

  it('prints nothing but the document, and no secret of the kubeconfig', async () => {
    const {exitCode, stdout, stderr} = await promfleet(['doctor', '-o', 'json', '--timeout', '10'])
    expect(exitCode).toBe(3)
    expect(JSON.parse(stdout).contexts).toEqual([expect.objectContaining({name: 'cluster2', reachable: false})])
    expect(stderr).toBe('')
    expect(stdout).not.toContain('very-secret-token')
  })
})

it('a reader that goes away leaves the verdict its exit code, without a stack', async () => {
  const {stdout, stderr} = await execa(
    'bash',
    ['-c', `${process.execPath} ${program} doctor --timeout 10 | head -c 1; echo " code \${PIPESTATUS[0]}"`],
    {env: {KUBECONFIG: kubeconfig, HOME: folder}},
  )
  expect(stdout).toMatch(/code 3$/)
  expect(stderr).toBe('')
})

it('writes the report to --output-file, without colour, and nothing to stdout', async () => {
  const file = path.join(folder, 'report.txt')
  const {stdout} = await promfleet(['doctor', '--timeout', '10', '--output-file', file], {FORCE_COLOR: '1'})
  expect(stdout).toBe('')
  const {readFileSync} = await import('node:fs')
  expect(readFileSync(file, 'utf8')).toContain('access/context-unreachable')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what is looked for
  expect(readFileSync(file, 'utf8')).not.toMatch(/\u001b/)
})

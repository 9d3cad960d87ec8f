/** Ctrl-C while an API server keeps promfleet waiting. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'

const program = path.resolve(import.meta.dirname, '../../bin/run.js')
let asked = () => {}
const silentServer = createServer(() => asked())
let folder: string
let address: string

beforeEach(async () => {
  await new Promise<void>(resolve => silentServer.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(silentServer.address() as AddressInfo).port}`
  folder = mkdtempSync(path.join(tmpdir(), 'promfleet-interruption-'))
  writeFileSync(
    path.join(folder, 'kubeconfig'),
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server: address}}],
      contexts: [{name: 'cluster2', context: {cluster: 'c'}}],
      'current-context': 'cluster2',
    }),
  )
})
afterEach(async () => {
  silentServer.closeAllConnections()
  await new Promise(resolve => silentServer.close(resolve))
  rmSync(folder, {recursive: true})
})

async function interrupted(...args: string[]) {
  const isAsked = new Promise<void>(resolve => {
    asked = resolve
  })
  const env = {PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: path.join(folder, 'kubeconfig')}
  const run = execa(process.execPath, [program, ...args], {env, extendEnv: false, reject: false, stdin: 'ignore'})
  await isAsked
  run.kill('SIGINT')
  return run
}

describe('an interrupted run ends with 130 and what was known by then:', () => {
  it('doctor says which API server had not answered', async () => {
    const {exitCode, stdout} = await interrupted('doctor', '-o', 'json')
    expect(exitCode).toBe(130)
    expect(stdout).toContain(`stopped before the API server ${address} answered`)
  })

  it('lag has a row for the context that had not answered', async () => {
    const {exitCode, stdout} = await interrupted('lag', '-o', 'json')
    expect(exitCode).toBe(130)
    const stateReason = `stopped before the API server ${address} answered`
    expect(JSON.parse(stdout)).toMatchObject({
      ...{exitCode: 130, ended: 'interrupted'},
      rows: [{of: 'context', key: 'cluster2', state: 'unknown', stateReason}],
    })
  })

  it('capture writes its bundle, and says that it is incomplete', async () => {
    const file = path.join(folder, 'fleet.json.gz')
    const {exitCode, stdout} = await interrupted('capture', '--output-file', file)
    expect(stdout).toContain('0 contexts, ')
    expect(stdout).toContain(
      `incomplete: stopped before everything was read\njudge it: promfleet doctor --from ${file}`,
    )
    expect(exitCode).toBe(130)
  })
})

import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {execa} from 'execa'
import {afterAll, describe, expect, it} from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const nowhere = mkdtempSync(path.join(tmpdir(), 'promfleet-demo-'))
afterAll(() => rmSync(nowhere, {recursive: true}))

/** On a machine that has neither Prometheus nor apt. */
async function demo(...args: string[]) {
  return execa(process.execPath, ['--import', 'tsx', path.join(root, 'test/lab/demo.ts'), ...args], {
    cwd: root,
    env: {HOME: nowhere, PATH: nowhere, REALCLUSTER_HOME: nowhere, COLUMNS: '120'},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
}

describe('the demo where no Prometheus can be had', () => {
  it('replays a recorded take of the three agents, and says so', async () => {
    const {exitCode, stdout, stderr} = await demo()
    expect(stderr).toContain('no Prometheus can be had here, so nothing is started: this is a recorded take')
    expect(stderr).toContain('promfleet doctor --from test/fixtures/demo.json.gz')
    expect(stdout).toMatch(/^✗ receiver\/unauthorized: /m)
    expect(stdout).toMatch(/^✗ receiver\/name-not-resolved: /m)
    expect(stdout).toMatch(/1 losing.*1 behind.*1 delivering/s)
    expect(exitCode).toBe(0)
  })
  it('replays a fault that was recorded', async () => {
    const {exitCode, stdout} = await demo('--fault', 'receiver-disabled')
    expect(stdout).toMatch(/^✗ receiver\/disabled: /m)
    expect(exitCode).toBe(0)
  })
  it('says of a fault that was not that there is nothing to show', async () => {
    const {exitCode, stdout, stderr} = await demo('--fault', 'young-agent')
    expect(stdout).toBe('')
    expect(stderr).toContain('nothing was recorded of this')
    expect(exitCode).toBe(2)
  })
})

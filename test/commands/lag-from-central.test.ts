/** `promfleet lag` with a central: alone, and beside the agents; live and out of a bundle. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Lag from '../../commands/lag.ts'
import {makeBundle} from '../../src/collect/bundle/bundle.ts'
import {encodeBundle} from '../../src/evidence/codec.ts'
import type {FleetEvidence} from '../../src/evidence/fleet.ts'
import {aCentral, anIdentity, anUnreadCentral} from '../builders/central.ts'
import {fleetFromCentral, look, NOON_SECONDS, queue, queues} from '../builders/central-fleet.ts'
import {aFailure, aFleet, anAgent} from '../builders/evidence.ts'
import {answer, answerVector, type StandInCentral, startCentral} from '../collect/central/stand-in-central.ts'
import {validateLagReport} from '../report/schema.ts'
import {runCommand} from './run-command.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'promfleet-lag-'))
})
afterEach(() => rmSync(directory, {recursive: true}))

function replay(evidence: FleetEvidence, ...args: string[]) {
  const file = join(directory, 'bundle.json')
  writeFileSync(file, encodeBundle(makeBundle(evidence)))
  return runCommand(Lag, ['--fleet', 'none', '--from', file, ...args])
}

const late = look([
  ['cluster7', 900],
  ['cluster2', 20],
])
const again = look([['cluster7', 910]], {atSeconds: NOON_SECONDS + 10})

describe('what the central alone tells', () => {
  it('is the table of lag, a row for each identity', async () => {
    const {stdout, exitCode} = await replay(
      fleetFromCentral({looks: [late, again], queues: queues(queue('cluster2'))}),
      '--no-color',
    )
    expect(stdout).toMatch(/as the central stores it, 2 places, 2 agents, 2 queues/)
    expect(stdout).toMatch(/cluster7 .*silent +15 min .*unknown/)
    expect(stdout).toMatch(/nothing arrives: its newest sample is from 11:45 \(15 min ago\)/)
    expect(stdout).toMatch(/cluster2 +agent-0 .*delivering +20 s +100 of 100\/s .*1 of 50 +none/)
    expect(exitCode).toBe(1)
  })

  it('fits the schema of lag’s document', async () => {
    const {stdout} = await replay(
      fleetFromCentral({looks: [late, again], queues: queues(queue('cluster2')), expected: [{cluster: 'gone'}]}),
      '-o',
      'json',
    )
    const report: unknown = JSON.parse(stdout)
    expect(validateLagReport(report)).toEqual([])
    expect(report).toMatchObject({
      seenFrom: 'central',
      rows: [{state: 'silent'}, {state: 'silent'}, {state: 'delivering'}],
    })
  })

  it('has no figures of queues that are as old as the newest sample', async () => {
    const {stdout} = await replay(
      fleetFromCentral({looks: [late, again], queues: queues(queue('cluster7'))}),
      '-o',
      'json',
    )
    expect(JSON.parse(stdout).rows[0]).toMatchObject({
      context: 'cluster7',
      queue: {name: 'central', deliveredPerSecond: null, pendingSamples: null, shards: {current: null}},
    })
  })
})

describe('--from-central', () => {
  async function live(respond: StandInCentral['respond'], ...args: string[]) {
    const central = await startCentral(respond)
    try {
      return await runCommand(Lag, [
        ...(args.includes('--fleet') ? [] : ['--fleet', 'none']),
        ...['--from-central', '--central-url', central.url, '--interval', '0', '-o', 'json'],
        ...args,
      ])
    } finally {
      await central.close()
    }
  }

  it('asks the central, and needs no kubeconfig', async () => {
    const {stdout, exitCode} = await live(
      ({path, parameters}, response) => {
        if (path.endsWith('/values')) answer(response, {status: 'success', data: ['a', 'b']})
        else if (parameters.get('query')?.includes('promfleet_figure')) answerVector(response, [])
        else
          answerVector(response, [
            [{region: 'a'}, 1_700_000_000 - 5],
            [{region: 'b'}, 1_700_000_000 - 400],
          ])
      },
      '--identity-label',
      'region',
    )
    expect(
      JSON.parse(stdout).rows.map(({context, state}: {context: string; state: string}) => [context, state]),
    ).toEqual([
      ['b', 'behind'],
      ['a', 'delivering'],
    ])
    expect(exitCode).toBe(1)
  })

  it.each([401, 403])('names the flags that prove who asks where %s is the answer', async status => {
    const {stdout} = await live((_asked, response) => response.writeHead(status).end())
    const {stateReason} = JSON.parse(stdout).rows[0]
    for (const flag of ['--central-user', '--central-password-file', '--central-token-file'])
      expect(stateReason).toContain(flag)
  })

  it('ends with 3 where the fleet file expects agents without saying their labels', async () => {
    const file = join(directory, 'fleet.yaml')
    writeFileSync(file, 'expected:\n  - {context: prod-eu}\n  - {agent: agent}\n  - labels: {cluster: a}\n')
    const {stdout, exitCode} = await live(
      ({path, parameters}, response) => {
        if (path.endsWith('/values')) answer(response, {status: 'success', data: ['a']})
        else if (parameters.get('query')?.includes('promfleet_figure')) answerVector(response, [[{region: 'eu'}, 1]])
        else answerVector(response, [[{cluster: 'a'}, 1_700_000_000 - 5]])
      },
      '--fleet',
      file,
    )
    expect(JSON.parse(stdout).rows).toMatchObject([
      {of: 'context', stateReason: expect.stringMatching(/^not judged: 2 expected .*; 1 agent without cluster: /)},
      {context: 'a', state: 'delivering'},
    ])
    expect(exitCode).toBe(3)
  })

  it('ends with 3 when the central cannot be read, and says why', async () => {
    const {stdout, exitCode} = await live((_asked, response) => response.writeHead(401).end())
    expect(JSON.parse(stdout).rows).toMatchObject([{of: 'context', stateReason: expect.stringContaining('401')}])
    expect(exitCode).toBe(3)
  })

  it('says what is missing when no central is named', async () => {
    const {error, exitCode} = await runCommand(Lag, ['--fleet', 'none', '--from-central'])
    expect(error).toMatch(/needs to know the central/)
    expect(exitCode).toBe(2)
  })

  it('is not for agents of a context', async () => {
    const {exitCode} = await runCommand(Lag, ['--fleet', 'none', '--from-central', '--context', 'c'])
    expect(exitCode).toBe(2)
  })
})

describe('the central beside the agents', () => {
  const agents = [anAgent({clockSkewSeconds: 1})]

  it.each(['unreachable', 'agent-unauthorized', 'forbidden', 'malformed', 'timeout'] as const)(
    'is asked for, so that the code is 3 where it cannot be read (%s), but for the lag alone 0',
    async reason => {
      const centrals = [anUnreadCentral(aFailure(reason, 'it does not tell'), {foundBy: 'url', endpoints: []})]
      const byState = await replay(aFleet({agents, centrals}), '-q')
      expect(byState).toMatchObject({exitCode: 3, stdout: expect.stringContaining('whether it is stored is not known')})
      const byLag = await replay(aFleet({agents, centrals}), '-q', '--fail-over', '60')
      expect(byLag).toMatchObject({exitCode: 0, stdout: expect.stringContaining('whether it is stored is not known')})
    },
  )

  it('is a column, where both tell the same', async () => {
    const {stdout, exitCode} = await replay(aFleet({agents, centrals: [aCentral()]}), '--no-color')
    expect(stdout).toMatch(/STORED/)
    expect(stdout).toMatch(/delivering .* \d+ s ago/)
    expect(exitCode).toBe(0)
  })

  it('says what a question mark stands for where an agent has several queues, none of which is proven to lead there', async () => {
    const queues = [{name: 'a'}, {name: 'b', url: 'http://b.example/write'}]
    const centrals = [aCentral({foundBy: 'url', endpoints: []})]
    const {stdout, exitCode} = await replay(aFleet({agents: [anAgent({clockSkewSeconds: 1, queues})], centrals}))
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      '? under STORED: which central these 2 queues lead to is not known',
    )
    expect(exitCode).toBe(0)
  })

  it('contradicts an agent that delivers and is not stored: a finding, and the queue loses data', async () => {
    const centrals = [aCentral({identities: [anIdentity({newestAgeSeconds: 900})]})]
    const {stdout, exitCode} = await replay(aFleet({agents, centrals}), '--no-color')
    expect(stdout).toMatch(/losing .*15 min ago/)
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /central\/not-fresh: .* takes the samples of .* and does not store them/,
    )
    expect(stdout).toMatch(/promfleet explain central\/not-fresh/)
    expect(exitCode).toBe(1)
  })

  it('is in the document, with the contradiction', async () => {
    const centrals = [aCentral({identities: [anIdentity({newestAgeSeconds: 900})]})]
    const {stdout} = await replay(aFleet({agents, centrals}), '-o', 'json')
    const report: unknown = JSON.parse(stdout)
    expect(validateLagReport(report)).toEqual([])
    expect(report).toMatchObject({
      seenFrom: 'both',
      findings: [{id: 'central/not-fresh', severity: 'error'}],
      rows: [{state: 'losing', stateRow: 6, central: {identity: {cluster: 'cluster2'}}}],
    })
  })
})

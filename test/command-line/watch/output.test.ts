import {PassThrough} from 'node:stream'
import {expect, it} from 'vitest'
import {jsonOutput} from '../../../src/command-line/watch/output.ts'
import {rememberFrames} from '../../../src/diagnose/lag/history.ts'
import {lagReport} from '../../../src/diagnose/lag/report-lag.ts'
import {readFleet} from '../../../src/facts/fleet.ts'
import {aFleet, anAgent} from '../../builders/evidence.ts'

it('tells in a document per frame what changed, in words alone, and which fleet file is in effect', async () => {
  const options = {sort: 'state', onlyBehind: false, failOverSeconds: null, fleetFile: './promfleet.yaml'} as const
  const next = rememberFrames()
  const written = new PassThrough({encoding: 'utf8'})
  const output = jsonOutput(written)
  for (const doing of ['delivering', 'retrying'] as const) {
    const fleet = aFleet({agents: [anAgent({queues: [{doing, forSeconds: 600}]})]})
    await output.frame(next(lagReport(readFleet(fleet), options), new Map()))
  }
  const lines = String(written.read()).trimEnd().split('\n')
  const documents = lines.map(line => JSON.parse(line))
  expect(documents.map(({fleetFile}) => fleetFile)).toEqual(['./promfleet.yaml', './promfleet.yaml'])
  expect(documents[0].changes).toEqual([])
  const [change] = documents[1].changes
  expect(Object.keys(change)).toEqual(['at', 'context', 'agent', 'queue', 'what'])
  expect(change).toMatchObject({queue: 'central', what: expect.stringMatching(/^delivering -> behind: /)})
})

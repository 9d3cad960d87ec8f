import {expect, it} from 'vitest'
import {runChecks} from '../../src/checks/run.ts'
import {diagnose} from '../../src/diagnose/diagnose.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {lossOf} from '../../src/report/agent-row.ts'
import {aFleet, anAgent, NOW, timestamp} from '../builders/evidence.ts'

it('what was refused before the log has a line of it is not dated to the start of the process', () => {
  const figures = {total: 1400, failed: 700, highestSent: NOW - 2}
  const agent = anAgent({intervalSeconds: 0, uptimeSeconds: 600, queues: [{figures}], log: []})
  const facts = readFacts(aFleet({agents: [agent]}))
  const queue = diagnose(facts, runChecks(facts), {failOn: 'error'}).agents[0]?.queues[0]
  expect(queue?.losses).toMatchObject([{from: timestamp(NOW - 600), isDated: false, samples: 700}])
  expect(queue && lossOf({...queue, state: 'losing'}, timestamp(NOW))).toEqual({
    loss: 'now, 700 lost',
    shortLoss: '700 lost',
    lossPhrase: '700 samples lost',
  })
})

import {describe, expect, it} from 'vitest'
import {lossBeginsLine} from '../../src/checks/loss-outlook.ts'
import {readFacts} from '../../src/facts/facts.ts'
import {aFleet} from '../builders/evidence.ts'
import {retrying} from './receiver/outage.ts'

describe('when loss begins', () => {
  it('is said for a plain Prometheus too while nobody knows what the receiver is', () => {
    const {agents} = readFacts(aFleet({agents: [retrying('dial tcp 10.0.0.1:9090: connect: connection refused')]}))
    const [line] = lossBeginsLine(agents[0]!.queues[0]!)
    expect(line?.value).toMatch(
      /^in 6-8 h, when WAL truncation removes unsent samples; if the central is a plain Prometheus it begins in 49 min, 1 h after the last delivery$/,
    )
  })
  it('is not left out where nothing else is known', () => {
    const blind = retrying('dial tcp 10.0.0.1:9090: connect: connection refused', {figures: {activeSegment: null}})
    const {agents} = readFacts(aFleet({agents: [blind]}))
    const [line] = lossBeginsLine(agents[0]!.queues[0]!)
    expect(line?.value).toBe(
      'when is not known; if the central is a plain Prometheus it begins in 49 min, 1 h after the last delivery',
    )
  })
})

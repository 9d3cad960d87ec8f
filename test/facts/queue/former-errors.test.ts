import {describe, expect, it} from 'vitest'
import {runChecks} from '../../../src/checks/run.ts'
import {readFacts} from '../../../src/facts/facts.ts'
import {type AgentOptions, aFleet, anAgent, NOW, timestamp} from '../../builders/evidence.ts'

const URL = 'http://central.example:9090/api/v1/write'
const refusal = {
  message: 'non-recoverable error',
  level: 'error' as const,
  error: 'server returned HTTP status 401 Unauthorized: Unauthorized',
  queue: 'before',
  url: URL,
  first: timestamp(NOW - 30),
  last: timestamp(NOW - 30),
  count: 1,
}

function errorsOf(options: AgentOptions = {}) {
  const agent = anAgent({queues: [{doing: 'failing', url: URL}], log: [refusal], ...options})
  const facts = readFacts(aFleet({agents: [agent]}))
  return {errors: facts.agents[0]!.queues[0]!.errors, facts}
}

describe('the refusal of a queue that a reload replaced', () => {
  it('is the reason of the one in its place that is refused and says nothing, which the finding tells', () => {
    const {errors, facts} = errorsOf()
    expect(errors).toMatchObject([{class: 'unauthorized', current: true, first: null, isFormer: true}])
    const finding = runChecks(facts).findings.find(({id}) => id === 'receiver/unauthorized')
    const logged = finding?.evidence.find(({what}) => what === 'logged')
    expect(logged?.value).toMatch(/^by the queue before the reload, at \d\d:\d\d$/)
  })
  it('is no reason where nothing is refused', () => {
    expect(errorsOf({queues: [{url: URL}]}).errors).toEqual([])
    const before = {total: 5000, failed: 50, bytes: 10, highestSent: NOW - 20}
    expect(errorsOf({queues: [{url: URL, figures: before}]}).errors).toEqual([])
  })
  it.each([
    ['of another URL', {url: 'http://other.example/write'}],
    ['of a queue that is still there', {queue: 'other'}],
    ['older than two repeat windows', {last: timestamp(NOW - 126)}],
    ['that the agent gave up itself', {error: 'context canceled'}],
  ])('is no reason %s', (_, more) => {
    const queues: AgentOptions['queues'] = [
      {doing: 'failing', url: URL},
      {name: 'other', url: 'http://third.example/write'},
    ]
    expect(errorsOf({queues, log: [{...refusal, ...more}]}).errors).toEqual([])
  })
  it('is no reason beside a line of its own', () => {
    const own = {...refusal, queue: 'central', error: 'server returned HTTP status 403 Forbidden: x'}
    expect(errorsOf({log: [refusal, own]}).errors).toMatchObject([{class: 'forbidden'}])
  })
  it('is no reason on 2.x, which holds lines back for each queue by itself', () => {
    expect(errorsOf({version: '2.53.0'}).errors).toEqual([])
  })
})

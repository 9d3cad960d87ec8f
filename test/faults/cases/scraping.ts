/** Trouble before anything is sent: targets, limits, samples, discovery. */
import {behaviours} from '../../lab/receiver.ts'
import {oldEnough} from '../../scenarios/parts.ts'
import type {AgentSpec, Expectation, Version} from '../../scenarios/scenario.ts'
import {agent, answering, type FaultCase} from '../fault-case.ts'

interface ScrapeTrouble extends Partial<Pick<AgentSpec, 'targets' | 'scrape' | 'otherJobs'>> {
  name: string
  title: string
  versions?: readonly Version[]
  expect: Expectation
}

const allDown: Expectation = {topCause: 'scrape/targets-down', state: 'delivering', exitCode: 1}

/** Debian's 2.42 is built without Kubernetes' discovery. */
const withKubernetes: readonly Version[] = ['2.53', '3.5']

// Nothing listens on port 1.
const deadKubernetes = {
  job_name: 'pods',
  kubernetes_sd_configs: [{role: 'pod', api_server: 'http://127.0.0.1:1'}],
}
const deadHttp = {
  job_name: 'inventory',
  http_sd_configs: [{url: 'http://127.0.0.1:1/targets', refresh_interval: '5s'}],
}

const troubles: ScrapeTrouble[] = [
  {
    name: 'no-targets',
    title: 'an agent that has nothing to scrape is silent',
    targets: 'none',
    expect: {topCause: 'scrape/no-targets', state: 'silent', exitCode: 1},
  },
  {
    name: 'targets-refused',
    title: 'an agent whose targets are all down still delivers that they are',
    targets: 'refused',
    expect: allDown,
  },
  {
    name: 'targets-404',
    title: 'a target without /metrics is down',
    targets: {kind: 'status', status: 404},
    expect: allDown,
  },
  {
    name: 'targets-401',
    title: 'a target that wants a password is down',
    targets: {kind: 'status', status: 401},
    expect: allDown,
  },
  {
    name: 'targets-late',
    title: 'a target that answers after the scrape time-out is down',
    targets: {kind: 'late', seconds: 5},
    expect: allDown,
  },
  {
    name: 'targets-content-type',
    title: 'a target that answers JSON is down',
    targets: {kind: 'content-type', contentType: 'application/json'},
    expect: allDown,
  },
  {
    name: 'sample-limit',
    title: 'a target with more samples than sample_limit is refused for that, not merely down',
    scrape: {sample_limit: 50},
    expect: {topCause: 'scrape/limit-exceeded', state: 'delivering', exitCode: 1},
  },
  {
    name: 'body-size-limit',
    title: 'a target with a larger body than body_size_limit is refused for that, not merely down',
    scrape: {body_size_limit: '1KB'},
    expect: {topCause: 'scrape/limit-exceeded', state: 'delivering', exitCode: 1},
  },
  {
    name: 'duplicate-scrape-samples',
    title: 'a target that exposes one series twice with two values has bad samples',
    versions: ['2.53', '3.5'], // 2.42 takes both, and nothing tells
    targets: {kind: 'same-time-twice'},
    expect: {topCause: 'scrape/bad-samples', state: 'delivering', exitCode: 0},
  },
  {
    name: 'out-of-order-scrape-samples',
    title: 'a target whose timestamps go back has bad samples',
    targets: {kind: 'back-in-time'},
    expect: {topCause: 'scrape/bad-samples', state: 'delivering', exitCode: 0},
  },
  {
    name: 'discovery-refused',
    versions: withKubernetes,
    title: 'discovery that does not reach its API server is named, while other jobs deliver',
    otherJobs: [deadKubernetes],
    expect: {topCause: 'scrape/discovery-failing', state: 'delivering', exitCode: 1},
  },
  {
    name: 'discovery-refused-http',
    title: 'discovery over HTTP that fails is named, while other jobs deliver',
    otherJobs: [deadHttp],
    expect: {topCause: 'scrape/discovery-failing', state: 'delivering', exitCode: 1},
  },
  {
    name: 'discovery-refused-alone',
    versions: withKubernetes,
    title: 'an agent without targets because its discovery fails is silent for that',
    targets: 'none',
    otherJobs: [deadKubernetes],
    expect: {topCause: 'scrape/discovery-failing', state: 'silent', exitCode: 1},
  },
]

export const scrapingCases: FaultCase[] = troubles.map(
  ({name, title, versions, expect, ...more}): FaultCase => ({
    name,
    title,
    kind: 'fault',
    ...(versions ? {versions} : {}),
    trouble: version => ({
      receivers: answering(behaviours.accept),
      agents: [agent(version, {}, more)],
      until: [oldEnough],
    }),
    expect,
  }),
)

import {describe, expect, it} from 'vitest'
import type {LogShape} from '../../../src/evidence/types.ts'
import {type AgentOptions, aFailure, anAgent, NOW, timestamp} from '../../builders/evidence.ts'
import {scrapesWith} from '../extra.ts'
import {expectWords, judgedAgents} from '../judged.ts'

const ID = 'scrape/discovery-failing'
const config = [
  'global: {scrape_interval: 15s, external_labels: {cluster: cluster2}}',
  'scrape_configs:',
  '- {job_name: self, static_configs: [{targets: [localhost:9090]}]}',
  '- {job_name: pods, kubernetes_sd_configs: [{role: pod}]}',
  '- {job_name: inventory, http_sd_configs: [{url: http://inventory/targets}]}',
  'remote_write: [{name: central, url: http://central.example:9090/api/v1/write}]',
].join('\n')

const kubernetes = (count: number) => `prometheus_sd_kubernetes_failures_total ${count}`
const http = (count: number) => `prometheus_sd_refresh_failures_total{config="inventory",mechanism="http"} ${count}`
const found = (job: string, count: number) => `prometheus_sd_discovered_targets{config="${job}",name="scrape"} ${count}`

function withCounters(first: string[], last: string[], more: AgentOptions = {}) {
  return anAgent({scrapes: scrapesWith(first, last), config, ...more})
}
/** The client of 3.x; 2.x says the same in one message. */
function forbidden(agoSeconds: number): Partial<LogShape> {
  const last = timestamp(NOW - agoSeconds)
  const error =
    'failed to list *v1.Pod: pods is forbidden: User "system:serviceaccount:monitoring:agent" cannot list resource "pods" in API group "" at the cluster scope'
  return {
    ...{level: 'error', message: 'Failed to watch', component: 'k8s_client_runtime', queue: null, url: null, error},
    ...{
      last,
      sample: `time=${last} level=ERROR msg="Failed to watch" component=k8s_client_runtime type=*v1.Pod err=${JSON.stringify(error)}`,
    },
  }
}

describe(ID, () => {
  it('is an error when a job has no targets for it, and says which right is missing', async () => {
    const result = judgedAgents(
      ID,
      withCounters([kubernetes(10), found('self', 1)], [kubernetes(12), found('self', 1)], {log: [forbidden(5)]}),
    )
    expect(result.severities).toEqual(['error'])
    expect(result.titles[0]).toContain('finds no targets of job pods')
    await expectWords(ID, result)
  })
  it('is a warning while the targets of before are known', async () => {
    const lines = [found('inventory', 7), found('pods', 3)]
    const result = judgedAgents(ID, withCounters([http(1), ...lines], [http(2), ...lines]))
    expect(result.severities).toEqual(['warning'])
    expect(result.titles[0]).toContain('does not learn of new targets of job inventory')
    await expectWords(ID, result, 'known')
  })
  it('does not count failures of the past, whatever their number', () => {
    const flat = [kubernetes(500), http(80)]
    expect(judgedAgents(ID, withCounters(flat, flat))).toMatchObject({findings: [], unknown: [], judged: 1})
  })
  it('takes a line for now until 125 s after it, exactly', () => {
    const said = (agoSeconds: number) => judgedAgents(ID, anAgent({config, log: [forbidden(agoSeconds)]})).severities
    expect(said(125)).toEqual(['error'])
    expect(said(126)).toEqual([])
  })
  it('sees requests of which none was ever answered, where neither a counter nor a line tells', () => {
    const requests = (code: string, count: number) =>
      `prometheus_sd_kubernetes_http_request_total{status_code="${code}"} ${count}`
    const silent = [kubernetes(0), found('pods', 0)]
    const refused = withCounters([...silent, requests('<error>', 6)], [...silent, requests('<error>', 6)])
    expect(judgedAgents(ID, refused).severities).toEqual(['error'])
    const answered = [...silent, requests('<error>', 6), requests('200', 1)]
    expect(judgedAgents(ID, withCounters(answered, answered))).toMatchObject({findings: [], judged: 1})
    expect(judgedAgents(ID, withCounters(silent, silent))).toMatchObject({findings: [], judged: 1})
  })
  it('does not mind the discovery of Alertmanagers', () => {
    const failed = (count: number) => `prometheus_sd_refresh_failures_total{mechanism="dns",name="notify"} ${count}`
    expect(judgedAgents(ID, withCounters([failed(1)], [failed(2)])).findings).toEqual([])
  })
  it('is unknown without metrics', () => {
    expect(judgedAgents(ID, anAgent({scrapes: [aFailure('timeout', 'no answer')]})).unknown).toHaveLength(1)
  })
})

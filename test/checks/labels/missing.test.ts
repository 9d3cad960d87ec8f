import {describe, expect, it} from 'vitest'
import {aFailure, aFleet, anAgent} from '../../builders/evidence.ts'
import {expectWords, judged, judgedAgents} from '../judged.ts'

const ID = 'labels/missing'
const labelled = (context: string, externalLabels: Record<string, string>) => anAgent({context, externalLabels})

describe(ID, () => {
  it('is an error for an agent without any external label', async () => {
    const result = judgedAgents(ID, anAgent({externalLabels: {}}))
    expect(result.severities).toEqual(['error'])
    expect(result.findings[0]?.blame).toBe('config')
    await expectWords(ID, result)
  })
  it("does not count the operator's own labels, which are the same in every cluster", () => {
    const labels = {prometheus: 'monitoring/agent', prometheus_replica: 'prom-agent-agent-0'}
    expect(judgedAgents(ID, anAgent({externalLabels: labels})).severities).toEqual(['error'])
  })
  it('is a warning for a single agent that has some other label', () => {
    expect(judgedAgents(ID, anAgent({externalLabels: {region: 'eu'}})).severities).toEqual(['warning'])
  })
  it('is a warning while another label tells the fleet apart', async () => {
    const result = judgedAgents(
      ID,
      labelled('a', {site: 'a1', region: 'eu'}),
      labelled('b', {site: 'b1', region: 'eu'}),
    )
    expect(result.severities).toEqual(['warning', 'warning'])
    expect(result.words).toContain('site, which all agents in view have')
    await expectWords(ID, result, 'told-apart')
  })
  it('is an error when the other label is shared or missing somewhere', () => {
    const shared = judgedAgents(ID, labelled('a', {region: 'eu'}), labelled('b', {region: 'eu'}))
    expect(shared.severities).toEqual(['error', 'error'])
    expect(judgedAgents(ID, labelled('a', {site: 'a1'}), labelled('b', {})).severities).toEqual(['error', 'error'])
  })
  it('does not take the name of a replica for an identity', () => {
    const result = judgedAgents(ID, labelled('a', {replica: '0'}), labelled('b', {replica: '1'}))
    expect(result.severities).toEqual(['error', 'error'])
  })
  it('says nothing when the label is there, or another one that the user names', () => {
    expect(judgedAgents(ID, anAgent())).toMatchObject({findings: [], judged: 1})
    const evidence = aFleet({agents: [anAgent({externalLabels: {site: 'a1'}})]})
    expect(judged(ID, evidence, {identityLabels: ['cluster', 'site']}).findings).toEqual([])
  })
  it('takes an empty value for a missing label', () => {
    expect(judgedAgents(ID, anAgent({externalLabels: {cluster: ''}})).findings).toHaveLength(1)
  })
  it.each([`\${CLUSTER_NAME}`, `prod-\${REGION}`, '$(CLUSTER)'])(
    'takes %s, which nothing replaced, for a missing label',
    value => {
      const result = judgedAgents(ID, labelled('a', {cluster: value}), labelled('b', {cluster: 'b'}))
      expect(result.severities).toEqual(['error'])
      expect(result.titles[0]).toContain(`as cluster="${value}": nothing put a value in the place of the variable`)
    },
  )
  it('says where a variable of an external label is replaced, and where not', async () => {
    await expectWords(ID, judgedAgents(ID, labelled('a', {cluster: `\${CLUSTER_NAME}`})), 'variable')
  })
  it.each(['$', 'a$b', '{x}', 'price-in-$'])('takes %s for a value like any other', value => {
    expect(judgedAgents(ID, labelled('a', {cluster: value})).findings).toEqual([])
  })
  it('accepts a write_relabel rule that sets it for everything', () => {
    const remoteWriteYaml = 'write_relabel_configs: [{target_label: cluster, replacement: cluster2}]'
    expect(judgedAgents(ID, anAgent({externalLabels: {}, remoteWriteYaml})).findings).toEqual([])
  })
  it('asks the rules alone, not whether the address can be read', () => {
    const rule = 'write_relabel_configs: [{target_label: cluster, replacement: cluster2}]'
    const config = (url: string, rules: string) =>
      `global: {scrape_interval: 15s}\nremote_write: [{url: '${url}', name: central, ${rules}}]\n`
    for (const url of ['http://[fe80::1%25eth0]:9090/w', '<secret>']) {
      const agent = (rules: string) => anAgent({externalLabels: {}, config: config(url, rules)})
      expect(judgedAgents(ID, agent(rule)).findings).toEqual([])
      expect(judgedAgents(ID, agent('write_relabel_configs: []')).severities).toEqual(['error'])
    }
  })
  it('is unknown where a rule cannot be read, unless another entry lacks the label', () => {
    const unread = `write_relabel_configs: [{target_label: cluster, replacement: a}, {source_labels: [a], regex: '\\C', target_label: b}]`
    const config = (...entries: string[]) =>
      `global: {scrape_interval: 15s}\nremote_write: [${entries.map((entry, index) => `{url: 'http://c${index}.example/w', name: c${index}, ${entry}}`).join(', ')}]\n`
    const agent = (...entries: string[]) => judgedAgents(ID, anAgent({externalLabels: {}, config: config(...entries)}))
    expect(agent(unread)).toMatchObject({
      findings: [],
      unknown: ['a rule of its write_relabel_configs could not be read, which may set the label'],
    })
    expect(agent(unread, 'write_relabel_configs: []').severities).toEqual(['error'])
    expect(agent(unread, 'write_relabel_configs: [{target_label: cluster, replacement: a}]').findings).toEqual([])
  })
  it('warns that the change costs an agent that is behind its backlog', () => {
    const result = judgedAgents(ID, anAgent({externalLabels: {}, queues: [{doing: 'retrying', forSeconds: 660}]}))
    expect(result.findings[0]?.remedy[0]?.text).toMatch(/^wait until the agent has caught up: .* 11 min of unsent data/)
  })
  it('does not apply to what writes nowhere', () => {
    const central = anAgent({mode: 'server', signs: ['server'], queues: [], externalLabels: {}})
    expect(judgedAgents(ID, central)).toMatchObject({findings: [], unknown: [], judged: 0})
  })
  it('is unknown without the configuration', () => {
    const result = judgedAgents(ID, anAgent({config: aFailure('timeout', 'no answer')}))
    expect(result).toMatchObject({findings: [], unknown: ['its configuration could not be read: no answer'], judged: 0})
  })
})

import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {type AgentConfig, matchRemoteWrite, type RemoteWriteConfig} from '../../../src/facts/config/config.ts'
import {parseConfig} from '../../../src/facts/config/parse-config.ts'
import {parseVersion} from '../../../src/facts/process/versions.ts'

function read(yaml: string, version?: string): AgentConfig {
  const parsed = parseConfig(yaml, version === undefined ? null : parseVersion(version))
  if (!parsed.ok) throw new Error(parsed.failure.message)
  return parsed.config
}

function remoteWrite(yaml: string, version?: string): RemoteWriteConfig {
  const entry = read(`remote_write:\n- ${yaml.trim().replaceAll('\n', '\n  ')}\n`, version).remoteWrites[0]
  if (!entry) throw new Error('no entry')
  return entry
}

describe.each(['2.42', '2.53', '3.5'])('the running configuration of an agent %s', version => {
  const config = read(readFileSync(new URL(`../../fixtures/config/${version}.yaml`, import.meta.url), 'utf8'), version)

  it('gives labels, intervals and jobs', () => {
    expect(config.externalLabels).toEqual({cluster: 'cluster2', prometheus_replica: 'agent-0', shard: '007'})
    expect(config.scrapeIntervalSeconds).toBe(5)
    expect(config.scrapeConfigs.map(({jobName, scrapeIntervalSeconds}) => [jobName, scrapeIntervalSeconds])).toEqual([
      ['prometheus', 5],
      ['dead', 10],
    ])
    expect(config.scrapeConfigs[1]).toMatchObject({discovery: ['static_configs'], staticLabels: [{team: 'core'}]})
    expect(config.scrapeConfigs[1]?.metricRelabelConfigs).toEqual([
      {
        sourceLabels: ['__name__'],
        separator: ';',
        regex: 'go_.*',
        modulus: 0,
        targetLabel: '',
        replacement: '$1',
        action: 'drop',
      },
    ])
    expect(config.serverSections).toEqual([])
  })

  it('gives the endpoints with their queues, credentials and relabelling', () => {
    const [good, refused, unnamed, nowhere] = config.remoteWrites
    expect(good).toMatchObject({
      name: 'good',
      auth: 'none',
      queue: {maxShards: 4, batchSendDeadlineSeconds: 1, retryOnHttp429: false},
    })
    expect(good?.queue.capacity).toBe(version === '2.42' ? 2500 : 10000)
    expect(refused).toMatchObject({
      auth: 'basic',
      urlCredentials: 'password',
      headerNames: ['X-Scope-OrgID'],
      endpoint: {
        address: 'http://127.0.0.1:19499/api/v1/write',
        scheme: 'http',
        host: '127.0.0.1',
        port: 19499,
        path: '/api/v1/write',
      },
      queue: {maxShards: version === '2.42' ? 200 : 50, minBackoffSeconds: 0.03, maxBackoffSeconds: 5},
    })
    expect(unnamed).toMatchObject({
      name: null,
      writeRelabelConfigs: [{sourceLabels: ['__name__', 'job'], action: 'keep', regex: 'up;(.+)'}],
    })
    expect(nowhere?.tls).toEqual({
      insecureSkipVerify: true,
      serverName: 'central',
      hasAuthority: false,
      hasClientCertificate: false,
    })
  })

  it('is matched to its queues by name, and by URL where the name is a hash', () => {
    const match = (name: string, url: string) => matchRemoteWrite(config.remoteWrites, {name, url})?.index
    expect(match('good', 'http://127.0.0.1:19491/api/v1/write')).toBe(0)
    expect(match('refused', 'http://writer:xxxxx@127.0.0.1:19499/api/v1/write')).toBe(1)
    expect(match('b906c0', 'http://127.0.0.1:19490/api/v1/write')).toBe(2)
    expect(match('b906c0', 'http://elsewhere/api/v1/write')).toBeUndefined()
  })
})

describe('what is not written', () => {
  it('gets the default of the release', () => {
    const entry = 'url: http://h/w'
    expect(remoteWrite(entry, '2.43.0').queue).toMatchObject({maxShards: 200, maxSamplesPerSend: 500, capacity: 2500})
    expect(remoteWrite(entry, '2.55.0')).toMatchObject({
      enableHttp2: true,
      queue: {maxShards: 50, maxSamplesPerSend: 2000, capacity: 10000},
    })
    expect(remoteWrite(entry)).toMatchObject({
      remoteTimeoutSeconds: 30,
      followRedirects: true,
      enableHttp2: false,
      sendMetadata: true,
      sendExemplars: false,
      protobufMessage: 'prometheus.WriteRequest',
      queue: {batchSendDeadlineSeconds: 5, sampleAgeLimitSeconds: 0, retryOnHttp429: false},
    })
    expect(read('{}')).toMatchObject({
      scrapeIntervalSeconds: 60,
      scrapeTimeoutSeconds: 10,
      remoteWrites: [],
      outOfOrderWindowSeconds: 0,
    })
  })

  it('takes the global interval for a job', () => {
    expect(
      read('global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a}, {job_name: b, scrape_interval: 1m30s}]')
        .scrapeConfigs,
    ).toMatchObject([
      {scrapeIntervalSeconds: 15, metricsPath: '/metrics', scheme: 'http', honorLabels: false},
      {scrapeIntervalSeconds: 90},
    ])
  })
})

describe('how an endpoint is authenticated', () => {
  it.each([
    ['none', 'url: http://h/w'],
    ['basic', 'url: http://h/w\nbasic_auth: {username: a, password: <secret>}'],
    ['basic', 'url: http://a:xxxxx@h/w'],
    ['authorization', 'url: http://h/w\nauthorization: {type: Bearer, credentials: <secret>}'],
    ['authorization', 'url: http://h/w\nbearer_token_file: /var/run/token'],
    ['oauth2', 'url: http://h/w\noauth2: {client_id: a}'],
    ['sigv4', 'url: http://h/w\nsigv4: {}'],
    ['azuread', 'url: http://h/w\nazuread: {cloud: AzurePublic}'],
    ['google-iam', 'url: http://h/w\ngoogle_iam: {credentials_file: /a}'],
    ['client-certificate', 'url: https://h/w\ntls_config: {cert_file: /a, key_file: /b}'],
  ])('%s', (auth, yaml) => {
    expect(remoteWrite(yaml).auth).toBe(auth)
  })
})

describe('values', () => {
  it('of labels stay the text that was written', () => {
    expect(
      read('global: {external_labels: {a: 1e3, b: no, c: 007, d: "", e: null, __proto__: x}}').externalLabels,
    ).toMatchObject({
      a: '1e3',
      b: 'no',
      c: '007',
      d: '',
      e: 'null',
    })
  })

  it('of the wrong kind count as absent', () => {
    const config = read(
      'global: {scrape_interval: [1], external_labels: [a]}\nremote_write: {url: a}\nscrape_configs: [1, {job_name: [x]}]',
    )
    expect(config).toMatchObject({scrapeIntervalSeconds: 60, externalLabels: {}, remoteWrites: []})
    expect(config.scrapeConfigs).toHaveLength(1)
    expect(remoteWrite('url: [a]\nqueue_config: {capacity: many, max_backoff: soon}')).toMatchObject({
      url: '',
      endpoint: null,
      queue: {capacity: 10000, maxBackoffSeconds: 5},
    })
  })

  it('of a server show that it is none of an agent', () => {
    expect(read('rule_files: [a.yml]\nalerting: {alertmanagers: []}\nremote_read: []').serverSections).toEqual([
      'alerting',
      'rule_files',
    ])
    expect(read('storage: {tsdb: {out_of_order_time_window: 3h}}').outOfOrderWindowSeconds).toBe(10_800)
  })
})

describe('a configuration that cannot be read', () => {
  it('names line and column', () => {
    const parsed = parseConfig('global:\n  scrape_interval: 15s\n bad: [\n')
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.failure.message).toMatch(/^the configuration is not valid YAML: /)
    expect(parsed.failure.line).toBeGreaterThanOrEqual(3)
    expect(parsed.failure.column).toBeGreaterThanOrEqual(1)
  })

  it('keeps the rules that deal targets out to shards, however they are written', () => {
    const printed =
      'scrape_configs:\n- job_name: a\n  relabel_configs:\n  - source_labels: [a]\n    action: keep\n  - source_labels: [__address__]\n    modulus: 2\n    target_label: __tmp_hash\n    action: hashmod\n  - regex: "0"\n    source_labels: [__tmp_hash]\n    action: keep\n  scheme: https\n'
    const written =
      'scrape_configs: [{job_name: a, scheme: https, relabel_configs: [{action: keep}, {source_labels: [__address__], modulus: 2, target_label: __tmp_hash, action: HashMod}]}]'
    for (const yaml of [printed, written]) {
      const job = read(yaml).scrapeConfigs[0]
      expect(job).toMatchObject({
        scheme: 'https',
        hashmodRules: [{modulus: 2, action: 'hashmod', targetLabel: '__tmp_hash'}],
      })
      expect(job?.hashmodRules).toHaveLength(1)
    }
  })

  it('keeps the rule that says which shard this is, where there are several', () => {
    const job = (modulus: number) =>
      `scrape_configs:\n- job_name: a\n  relabel_configs:\n  - source_labels: [a]\n    action: keep\n  - source_labels: [__address__]\n    modulus: ${modulus}\n    target_label: __tmp_hash\n    action: hashmod\n  - source_labels: [__tmp_hash]\n    regex: "1"\n    action: keep\n`
    const actions = (modulus: number) => read(job(modulus)).scrapeConfigs[0]?.relabelConfigs.map(({action}) => action)
    expect(actions(3)).toEqual(['hashmod', 'keep'])
    expect(actions(1)).toEqual(['hashmod'])
  })

  it('reads of the rules for targets those that set an external label, as Prometheus prints them', () => {
    const yaml = [
      'global:\n  external_labels:\n    cluster: eu-1\n    zone: a\nscrape_configs:\n- job_name: a\n  relabel_configs:\n',
      '  - source_labels: [__meta_kubernetes_namespace]\n    separator: ;\n    target_label: namespace\n    replacement: $1\n    action: replace\n',
      '  - source_labels: [__name__]\n    separator: ;\n    target_label: cluster\n    replacement: c1\n    action: replace\n',
    ].join('')
    expect(read(yaml).scrapeConfigs[0]?.relabelConfigs).toMatchObject([{targetLabel: 'cluster', replacement: 'c1'}])
  })

  it('takes a separator and a replacement that Prometheus leaves out for empty, and null for an empty expression', () => {
    const printed = 'regex: null, source_labels: [a, b], target_label: c, action: replace'
    const [rule] =
      read(`remote_write: [{url: 'http://c/w', write_relabel_configs: [{${printed}}]}]`).remoteWrites[0]
        ?.writeRelabelConfigs ?? []
    expect(rule).toMatchObject({regex: '', separator: '', replacement: ''})
  })

  it('names the line of the whole text, long rules for targets included', () => {
    const rules = '  relabel_configs:\n  - source_labels: [a]\n    regex: |\n      x\n    action: keep\n'
    const jobs = (last: string) => `scrape_configs:\n- job_name: a\n${rules}  scheme: https\n- job_name: ${last}\n`
    expect(read(jobs('b')).scrapeConfigs).toMatchObject([
      {jobName: 'a', scheme: 'https'},
      {jobName: 'b', scheme: 'http'},
    ])
    expect(parseConfig(jobs('[b'))).toMatchObject({ok: false, failure: {line: 10}})
  })

  it.each(['', '- a', 'text', 'null', '<html></html>'])('is one that is no mapping: "%s"', yaml => {
    expect(parseConfig(yaml)).toEqual({
      ok: false,
      failure: {message: 'the configuration is not a YAML mapping', line: 1, column: 1},
    })
  })

  it('is one that grows without end through its aliases', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 10; level++)
      bomb.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    const parsed = parseConfig(bomb.join('\n'))
    expect(parsed).toMatchObject({ok: false, failure: {line: null}})
  })

  it.each([
    ['lists in lists', '- '.repeat(100_000)],
    ['brackets', `a: ${'['.repeat(100_000)}`],
    ['mappings', Array.from({length: 3000}, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('is one nested deeper than a stack, of %s', (_, yaml) => {
    expect(parseConfig(yaml)).toMatchObject({ok: false, failure: {message: expect.stringContaining('nested deeper')}})
  })

  it('is one of a hundred thousand mistakes in one line, which takes no minute', () => {
    expect(parseConfig(`a: ${'"'.repeat(100_000)}`)).toMatchObject({ok: false, failure: {line: 1, column: 6}})
  })
})

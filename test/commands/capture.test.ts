import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import Capture from '../../commands/capture.ts'
import Doctor from '../../commands/doctor.ts'
import Labels from '../../commands/labels.ts'
import type {LabelsReport} from '../../src/diagnose/labels/labels-report.ts'
import type {Bundle} from '../../src/evidence/fleet.ts'
import {
  addAgent,
  agentPod,
  data,
  type FakeCluster,
  healthyAgent,
  startFakeCluster,
  text,
} from '../collect/fake-cluster.ts'
import {runCommand} from './run-command.ts'

let cluster: FakeCluster
let directory: string
let file: string
beforeEach(async () => {
  cluster = await startFakeCluster()
  directory = mkdtempSync(join(tmpdir(), 'promfleet-capture-'))
  file = join(directory, 'fleet.json.gz')
})
afterEach(async () => {
  await cluster.close()
  rmSync(directory, {recursive: true})
})

const token = 'Kube-token-Zq81xx77'
function kubeconfig(server = cluster.server): string {
  const path = join(directory, 'kubeconfig')
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{name: 'c', cluster: {server}}],
      users: [{name: 'viewer', user: {token}}],
      contexts: [{name: 'cluster2', context: {cluster: 'c', user: 'viewer'}}],
      'current-context': 'cluster2',
    }),
  )
  return path
}
const capture = (...args: string[]) =>
  runCommand(Capture, [
    ...['--kubeconfig', kubeconfig(), '--interval', '0', '--transport', 'proxy', '--output-file', file],
    ...args,
  ])
const bundle = (): Bundle => JSON.parse(gunzipSync(readFileSync(file)).toString()) as Bundle

describe('capture', () => {
  it('writes one gzipped JSON document for its owner only, and lists what was taken and masked', async () => {
    addAgent(cluster, {'/api/v1/status/config': data({yaml: 'remote_write:\n- url: http://u:hunter2Zq@c/w\n'})})
    const run = await capture()
    expect(run).toMatchObject({exitCode: 0, error: null})
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory).sort()).toEqual(['fleet.json.gz', 'kubeconfig'])
    const {manifest, evidence} = bundle()
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      tool: evidence.tool,
      takenAt: evidence.takenAt,
      options: {intervalSeconds: 0, includeServers: false},
    })
    expect(manifest.taken).toContainEqual({what: 'logs', count: 1, missing: 0, bytes: expect.any(Number)})
    expect(manifest.masked).toEqual([{what: 'configurations', count: 1}])
    expect(run.stdout).toMatch(/^taken\n {2}1 context, /)
    expect(run.stdout).toContain('masked\n  1 in configurations\n')
    expect(run.stdout).toContain(`${file}  `)
    expect(run.stdout).not.toMatch(
      /\b1 (contexts|logs|pods|scrapes|configurations|flags|targets|lists|readiness answers)\b/,
    )
    expect(run.stdout).not.toContain('incomplete')
    expect(run.stdout.endsWith(`\njudge it: promfleet doctor --from ${file}\n`)).toBe(true)
  })

  it('says to judge it by the fleet file that was in effect, which the bundle does not hold', async () => {
    addAgent(cluster)
    const fleet = join(directory, '-my fleet.yaml')
    writeFileSync(fleet, 'expected: []')
    const run = await capture('--fleet', fleet)
    expect(run.stdout.endsWith(`\njudge it: promfleet doctor --from ${file} --fleet '${fleet}'\n`)).toBe(true)
    expect((await capture('--fleet', 'none', '--force')).stdout).not.toContain('--fleet')
  })

  it('holds what labels simulates with, or why it could not be read', async () => {
    const rules = 'write_relabel_configs:\n  - {source_labels: [job], regex: node, action: keep}\n'
    const config = data({yaml: `remote_write:\n- url: http://c/w\n  ${rules}`})
    const target = {scrapePool: 'node', health: 'up', labels: {job: 'node', instance: 'a', api_token: 'hunter2Zq'}}
    addAgent(cluster, {
      '/api/v1/status/config': config,
      '/api/v1/targets': data({activeTargets: [target]}),
      '/api/v1/targets/metadata': data([
        {target: {job: 'node', instance: 'a'}, metric: 'node_load1', type: 'gauge', help: '', unit: ''},
      ]),
    })
    expect((await capture()).exitCode).toBe(0)
    expect(JSON.stringify(bundle())).not.toContain('hunter2')
    const writes = async () => {
      const run = await runCommand(Labels, ['--from', file, '-o', 'json'])
      return (JSON.parse(run.stdout) as LabelsReport).agents.flatMap(agent => agent.writes)
    }
    expect(await writes()).toMatchObject([{simulation: {targets: 1, names: 6, total: 6, kept: 6, complete: true}}])
    cluster.agents.set('agent-0', healthyAgent({'/api/v1/status/config': config, '/api/v1/targets': text('<html>')}))
    expect((await capture('--force')).stdout).toMatch(/0 lists of target labels, 0 B; 1 could not be read/)
    expect(await writes()).toMatchObject([
      {simulation: null, notSimulated: expect.stringMatching(/^the labels of its targets could not be read: .*HTML/)},
    ])
  })

  it('says what a run that ended early did not read of the targets', async () => {
    addAgent(cluster, {
      '/api/v1/status/config': data({
        yaml: 'remote_write:\n- url: http://c/w\n  write_relabel_configs:\n  - {regex: a, action: labeldrop}\n',
      }),
      '/api/v1/targets': () => undefined,
    })
    expect((await capture('--timeout', '3')).stdout).toContain('incomplete: ')
    const {stdout} = await runCommand(Labels, ['--from', file, '-o', 'json'])
    expect((JSON.parse(stdout) as LabelsReport).agents.flatMap(({writes}) => writes)).toMatchObject([
      {simulation: null, notSimulated: expect.stringMatching(/^the labels of its targets could not be read: .*time/)},
    ])
  })

  it('says of a pod that does not run why it holds no labels of targets', async () => {
    const state = {waiting: {reason: 'ImagePullBackOff'}}
    const containerStatuses = [{name: 'prometheus', restartCount: 0, state}]
    cluster.pods.push(agentPod('agent-0', {status: {phase: 'Pending', containerStatuses}}))
    await capture()
    const [agent] = bundle().evidence.contexts.flatMap(({agents}) => agents)
    expect(agent?.labelSets).toEqual(agent?.targets)
    expect(agent?.metricFamilies).toEqual(agent?.targets)
  })

  it('counts what could not be read', async () => {
    addAgent(cluster)
    cluster.denied.add('get pods/log')
    const run = await capture()
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toMatch(/0 logs, 0 B; 1 could not be read/)
  })

  it('leaves a file alone that is there, before it looks at any cluster; --force replaces it', async () => {
    addAgent(cluster)
    writeFileSync(file, 'precious')
    const refused = await capture()
    expect(refused).toMatchObject({exitCode: 2, error: expect.stringContaining('is there already'), stdout: ''})
    expect(readFileSync(file, 'utf8')).toBe('precious')
    expect(cluster.requests).toEqual([])
    expect((await capture('--force')).exitCode).toBe(0)
    expect(bundle().evidence.contexts[0]?.agents).toHaveLength(1)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('never replaces what is not a plain file', async () => {
    const run = await runCommand(Capture, ['--kubeconfig', kubeconfig(), '--output-file', directory, '--force'])
    expect(run).toMatchObject({exitCode: 2, error: expect.stringContaining('is not a plain file')})
  })

  it('says so when the folder is not there', async () => {
    const run = await runCommand(Capture, [
      ...['--kubeconfig', kubeconfig(), '--interval', '0', '--output-file', join(directory, 'no', 'x.json.gz')],
    ])
    expect(run).toMatchObject({exitCode: 2, error: expect.stringContaining('there is no folder')})
  })

  it('ends with 3 when there was no agent to be read, and with 2 when it could not start', async () => {
    expect((await capture()).exitCode).toBe(3)
    expect(existsSync(file)).toBe(true)
    const none = await runCommand(Capture, ['--kubeconfig', join(directory, 'none')])
    expect(none).toMatchObject({exitCode: 2, stdout: ''})
  })
})

describe('a replay', () => {
  const sick = () =>
    addAgent(cluster, {
      '/metrics': text(
        `# TYPE prometheus_build_info gauge\nprometheus_build_info{version="3.5.0"} 1\n# TYPE prometheus_remote_storage_samples_total counter\nprometheus_remote_storage_samples_total{remote_name="central",url="http://c/w"} 0\n`,
      ),
      '/api/v1/status/config': data({yaml: 'remote_write:\n- url: http://c/w\n  name: central\n'}),
      '/api/v1/targets': text('<html>'),
    })

  it('never asks a cluster, and says the same from a file, from plain JSON and each time', async () => {
    sick()
    expect((await capture()).exitCode).toBe(0)
    const asked = cluster.requests.length
    const first = await runCommand(Doctor, ['--from', file, '-o', 'json'])
    const plain = join(directory, 'plain.json')
    writeFileSync(plain, gunzipSync(readFileSync(file)))
    const second = await runCommand(Doctor, ['--from', plain, '-o', 'json'])
    expect(JSON.parse(first.stdout)).toMatchObject({takenAt: bundle().evidence.takenAt, agents: [{pod: 'agent-0'}]})
    expect(second).toEqual(first)
    expect(cluster.requests.length).toBe(asked)
  })

  it.each([
    ['--all-contexts'],
    ['--kubeconfig', 'k'],
    ['--interval', '5'],
    ['--since', '5m'],
    ['--transport', 'proxy'],
  ])('cannot be combined with %s', async (...flag) => {
    const run = await runCommand(Doctor, ['--from', 'x.json.gz', ...flag])
    expect(run.exitCode).toBe(2)
    expect(run.error).toContain('--from')
    expect(run.error).not.toContain('x.json.gz" cannot be read')
  })

  it('of a file that cannot be read ends with 2 and names it, as JSON too', async () => {
    const missing = join(directory, 'gone.json.gz')
    const run = await runCommand(Doctor, ['--from', missing])
    expect(run).toMatchObject({exitCode: 2, error: expect.stringContaining('gone.json.gz')})
    const asJson = await runCommand(Doctor, ['--from', missing, '-o', 'json'])
    expect(JSON.parse(asJson.stdout)).toMatchObject({exitCode: 2, error: {message: expect.stringContaining('gone')}})
  })
})

describe('planted secrets', () => {
  const s = 'hunter2Zq'
  const basic = Buffer.from(`agent:${s}`).toString('base64')

  it('of every kind of evidence are not in the bundle, its listing or its report', async () => {
    addAgent(
      cluster,
      {
        '/-/ready': text(`Prometheus Agent is Ready. Authorization: Bearer ${s}-abcdefgh\n`),
        '/metrics': text(
          `# TYPE prometheus_build_info gauge\nprometheus_build_info{version="3.5.0"} 1\nprometheus_remote_storage_samples_total{remote_name="a",url="http://u:${s}@c/w?token=${s}"} 1\n`,
        ),
        '/api/v1/status/config': data({
          yaml: [
            'remote_write:',
            `- url: http://u:${s}@c/w?api_key=${s}`,
            '  headers:',
            `    X-Api-Key: ${s}`,
            `    X-Scope-OrgID: ${s}`,
            '  basic_auth:',
            `    password: ${s}`,
            `  proxy_url: http://proxy:${s}@proxy:3128`,
            '  oauth2:',
            '    endpoint_params:',
            `      client_assertion: ${s}`,
            '  sigv4:',
            `    secret_key: ${s}`,
            'scrape_configs:',
            '- job_name: a',
            '  params:',
            `    token: [${s}]`,
            '    api_key:',
            `    - ${s}`,
            '',
          ].join('\n'),
        }),
        '/api/v1/status/flags': data({agent: 'true', 'web.external-url': `http://u:${s}@h/`, 'some.token': s}),
        '/api/v1/status/runtimeinfo': data({CWD: `/x?token=${s}`, password: s}),
        '/api/v1/targets': data({
          activeTargets: [
            {
              scrapePool: 'p',
              scrapeUrl: `http://u:${s}@t/metrics?token=${s}`,
              health: 'down',
              lastError: `Get "http://u:${s}@t/metrics": Authorization: Basic ${basic}`,
            },
          ],
        }),
      },
      {
        args: ['--agent', `--web.token=${s}`, '--password', s],
        labels: {'app.kubernetes.io/name': 'prometheus-agent'},
        spec: {
          containers: [
            {
              name: 'prometheus',
              image: 'quay.io/prometheus/prometheus:v3.5.0',
              command: ['sh', '-c', `curl -u agent:${s} http://x; exec prometheus --agent --password=${s}`],
              env: [{name: 'PASSWORD', value: s}],
            },
            {name: 'side', image: 'busybox', args: ['-u', `agent:${s}`, '--user', `agent:${s}`, `--user=agent:${s}`]},
          ],
        },
        status: {message: `pulling https://u:${s}@registry failed`},
      },
    )
    cluster.logs.set(
      'agent-0',
      text(
        [
          `ts=2026-11-23T02:00:00Z level=error component=remote url=http://u:${s}@c/w msg="non-recoverable error" err="server said: Authorization: Bearer ${s}.${s}"`,
          `{"time":"2026-11-23T02:00:01Z","level":"ERROR","msg":"x","password":"${s}"}`,
          `ts=2026-11-23T02:00:02Z level=info msg="Creating checkpoint" from_segment=0 to_segment=1 token=${s}`,
          `panic: http://u:${s}@c/w X-Api-Key: ${s}`,
          `the receiver echoes ${token}`,
          '',
        ].join('\n'),
      ),
    )
    cluster.override.set(
      '/api/v1/namespaces/monitoring/events',
      text(
        JSON.stringify({
          items: [
            {
              reason: 'Failed',
              message: `Failed to pull from https://u:${s}@r/ with password=${s}`,
              involvedObject: {kind: 'Pod', name: 'agent-0'},
            },
          ],
        }),
        200,
        'application/json',
      ),
    )
    const run = await capture()
    expect(run.error).toBeNull()
    const stored = gunzipSync(readFileSync(file)).toString()
    expect(stored).not.toContain(s)
    expect(stored).not.toContain(basic)
    expect(stored).not.toContain(token)
    const report = await runCommand(Doctor, ['--from', file, '-o', 'json'])
    for (const output of [run.stdout, run.stderr, report.stdout, report.stderr]) expect(output).not.toContain(s)
    expect(bundle().manifest.masked.map(({what}) => what)).toEqual(
      expect.arrayContaining(['configurations', 'logs', 'pods of agents', 'targets', 'scrapes of /metrics']),
    )
  })
})

/** Real kubectl against the lab: what it gets is what it would get from a real API server. */
import {execa} from 'execa'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {scenarios} from '../scenarios/index.ts'
import {rulesFromManifests} from './kubernetes/authorization.ts'
import {type Lab, startLab} from './lab.ts'
import {findPrometheus} from './prometheus.ts'

const used = scenarios.filter(scenario => ['receiver-disabled', 'crash-looping', 'pending'].includes(scenario.name))
const binaries = await findPrometheus()
const kubectlVersion = await execa('kubectl', ['version', '--client', '-o', 'json'], {reject: false})
const missing = [
  ...(kubectlVersion.exitCode === 0 ? [] : ['kubectl is not on PATH']),
  ...Object.entries(binaries.missing).map(([version, reason]) => `Prometheus ${version}: ${reason}`),
]
if (missing.length > 0) console.error(`skipped: kubectl against the lab (${missing.join('; ')})`)

describe.skipIf(missing.length > 0)('kubectl takes the lab for a cluster', () => {
  let lab: Lab
  const context = 'receiver-disabled-cluster2'
  const proxyPath = '/api/v1/namespaces/monitoring/pods/agent-0:9090/proxy'

  beforeAll(async () => {
    lab = await startLab(used, {binaries})
    await Promise.all(used.map(scenario => lab.ready(scenario)))
  })
  afterAll(async () => lab?.stop())

  const kubectl = (args: string[], {as = 'admin', on = context}: {as?: 'admin' | 'viewer'; on?: string} = {}) =>
    execa('kubectl', ['--context', on, '--request-timeout=10s', ...args], {
      reject: false,
      env: {KUBECONFIG: as === 'admin' ? lab.kubeconfig : lab.viewerKubeconfig},
    })

  it('lists pods of one and of all namespaces, with their status', async () => {
    const one = await kubectl(['get', 'pods', '-n', 'monitoring'])
    expect(one.stdout).toMatch(/^agent-0\s+1\/1\s+Running\s+0/m)
    const all = await kubectl(['get', 'pods', '-A'], {on: 'crash-looping-cluster2'})
    expect(all.stdout).toMatch(/^monitoring\s+agent-0\s+0\/1\s+CrashLoopBackOff\s+6/m)
    expect((await kubectl(['get', 'pods', '-n', 'default'])).stderr).toContain(
      'No resources found in default namespace',
    )
  })

  it('gives a pod as JSON, and filters by label', async () => {
    const pod = JSON.parse((await kubectl(['get', 'pod', 'agent-0', '-o', 'json'])).stdout)
    expect(pod.spec.containers[0].args).toContain('--enable-feature=agent')
    const selected = await kubectl([
      'get',
      'pods',
      '-A',
      '-l',
      'app.kubernetes.io/name in (prometheus-agent)',
      '-o',
      'name',
    ])
    expect(selected.stdout).toBe('pod/agent-0')
    expect(
      (await kubectl(['get', 'pods', '-A', '-l', 'app.kubernetes.io/name!=prometheus-agent', '-o', 'name'])).stdout,
    ).toBe('')
  })

  it('shows claims, stateful sets, custom resources and events', async () => {
    expect((await kubectl(['get', 'sts,pvc,prometheusagents'])).stdout).toMatch(
      /statefulset.apps\/agent[\s\S]*persistentvolumeclaim\/data-agent-0/,
    )
    expect((await kubectl(['get', 'crd', 'prometheusagents.monitoring.coreos.com', '-o', 'name'])).exitCode).toBe(0)
    const events = await kubectl(['get', 'events', '-o', 'jsonpath={.items[*].message}'], {on: 'pending-cluster2'})
    expect(events.stdout).toContain('0/3 nodes are available: 3 Insufficient memory')
  })

  it('reads logs by age, by number of lines and by bytes', async () => {
    const all = await kubectl(['logs', 'agent-0'])
    expect(all.stdout).toMatch(/^ts=\S+ caller=main.go:\d+ level=info msg="Experimental agent mode enabled\."/)
    expect(all.stdout).toContain('remote write receiver needs to be enabled with --web.enable-remote-write-receiver')
    expect((await kubectl(['logs', 'agent-0', '--tail=2'])).stdout.split('\n')).toHaveLength(2)
    expect((await kubectl(['logs', 'agent-0', '--since=1h'])).stdout.length).toBeGreaterThanOrEqual(all.stdout.length)
    expect((await kubectl(['logs', 'agent-0', '--since-time=2100-01-01T00:00:00Z'])).stdout).toBe('')
    expect((await kubectl(['logs', 'agent-0', '--limit-bytes=60'])).stdout).toHaveLength(60)
    expect((await kubectl(['logs', 'agent-0', '--timestamps', '--tail=1'])).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ts=/,
    )
  })

  it('reads the log of the run before, and says when there was none', async () => {
    const previous = await kubectl(['logs', 'agent-0', '--previous'], {on: 'crash-looping-cluster2'})
    expect(previous.stdout).toContain('field max_retries not found in type config.QueueConfig')
    const none = await kubectl(['logs', 'agent-0', '--previous'])
    expect(none.stderr).toContain('previous terminated container "prometheus" in pod "agent-0" not found')
  })

  it("reaches the pod's web server through the proxy, and says when nothing listens", async () => {
    const metrics = await kubectl(['get', '--raw', `${proxyPath}/metrics`])
    expect(metrics.stdout).toMatch(/^prometheus_agent_active_series \d+$/m)
    const byName = await kubectl(['get', '--raw', '/api/v1/namespaces/monitoring/pods/agent-0:web/proxy/-/ready'])
    expect(byName.stdout.trim()).toBe('Prometheus Agent is Ready.')
    const dead = await kubectl(['get', '--raw', '/api/v1/namespaces/monitoring/pods/agent-0:9091/proxy/metrics'])
    expect(dead.stderr).toContain('connect: connection refused')
  })

  it('refuses in the words of a real API server, and names what may be done', async () => {
    const viewer = {as: 'viewer'} as const
    expect((await kubectl(['get', 'pods', '-n', 'monitoring'], viewer)).stderr).toBe(
      'Error from server (Forbidden): pods is forbidden: User "viewer" cannot list resource "pods" in API group "" in the namespace "monitoring"',
    )
    expect((await kubectl(['get', 'pods', '-A'], viewer)).stderr).toContain('at the cluster scope')
    expect((await kubectl(['auth', 'can-i', 'get', 'pods', '--subresource=log'], viewer)).stdout).toBe('no')
    const role =
      'kind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]'
    lab.api(context).authorizer.setRules('viewer', rulesFromManifests(role))
    expect((await kubectl(['auth', 'can-i', 'get', 'pods', '--subresource=log'], viewer)).stdout).toBe('yes')
    expect((await kubectl(['auth', 'can-i', '--list'], viewer)).stdout).toMatch(
      /pods\/log\s+\[\]\s+\[\]\s+\[get list\]/,
    )
    expect((await kubectl(['logs', 'agent-0', '--tail=1'], viewer)).exitCode).toBe(0)
    expect((await kubectl(['get', '--raw', `${proxyPath}/metrics`], viewer)).stderr).toContain(
      'pods "agent-0" is forbidden: User "viewer" cannot get resource "pods/proxy" in API group "" in the namespace "monitoring"',
    )
    lab.api(context).authorizer.setRules('viewer', [])
  })

  it('wants known credentials, and rights to impersonate', async () => {
    expect((await kubectl(['get', 'pods', '--token=stolen'])).stderr).toBe(
      'error: You must be logged in to the server (Unauthorized)',
    )
    expect((await kubectl(['get', 'pods', '--as=bob'])).stderr).toContain('User "bob" cannot list resource "pods"')
    expect((await kubectl(['get', 'pods', '--as=bob'], {as: 'viewer'})).stderr).toContain(
      'users "bob" is forbidden: User "viewer" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })

  it('keeps an audit log of what each user did', async () => {
    const audit = lab.api(context).audit
    const before = audit.length
    await kubectl(['logs', 'agent-0', '--tail=1'])
    expect(audit.slice(before)).toContainEqual(
      expect.objectContaining({
        user: 'admin',
        verb: 'get',
        resource: 'pods/log',
        namespace: 'monitoring',
        name: 'agent-0',
        code: 200,
      }),
    )
  })

  it('misbehaves when told to', async () => {
    const {faults} = lab.api(context)
    const during = async (fault: (typeof faults)[number], args: string[]) => {
      faults.push(fault)
      const result = await kubectl([...args, '--request-timeout=2s'])
      faults.pop()
      return result.stderr
    }
    expect(await during({kind: 'hang'}, ['get', 'pods'])).toMatch(/timeout|deadline exceeded/i)
    expect(await during({kind: 'unauthorized'}, ['get', 'pods'])).toContain('Unauthorized')
    expect(await during({kind: 'forbidden', on: {resource: 'pods/log'}}, ['logs', 'agent-0'])).toContain('pods/log')
    expect(await during({kind: 'pod-gone', pod: 'agent-0'}, ['get', 'pod', 'agent-0'])).toContain(
      'pods "agent-0" not found',
    )
    expect(
      await during({kind: 'cut-body', pod: 'agent-0', afterBytes: 1000}, ['get', '--raw', `${proxyPath}/metrics`]),
    ).toMatch(/EOF|corrupt input/i)
  })
})

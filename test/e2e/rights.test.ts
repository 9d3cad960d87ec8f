/** What users with the least role, and with less, get to know about real clusters. */
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {ProbeReport} from '../../src/diagnose/probe/probe-report.ts'
import type {Report} from '../../src/diagnose/report.ts'
import {waitUntil} from '../lab/conditions.ts'
import type {Scenario} from '../scenarios/scenario.ts'
import {AuditLog, inWords, isReading} from './audit-log.ts'
import type {KubernetesObject} from './cluster.ts'
import {promfleet, reportOf, topCause} from './doctor.ts'
import {runLabel} from './manifests.ts'
import {scenarioNamed} from './scenarios.ts'
import {agentContext, connect, type Surroundings, skipped, viewer} from './surroundings.ts'

interface Rule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
}

const core = (resources: string[], verbs: string[]): Rule => ({apiGroups: [''], resources, verbs})
const operator: Rule = {apiGroups: ['monitoring.coreos.com'], resources: ['prometheusagents'], verbs: ['list']}
const pods = core(['pods'], ['get', 'list'])
const portForward = core(['pods/portforward'], ['get', 'create'])
const proxy = core(['pods/proxy'], ['get'])
const log = core(['pods/log'], ['get'])
const surroundings = core(['events', 'persistentvolumeclaims'], ['list'])

/** Every user has a role of his own in the namespaces of the scenarios, so that all can be tried at once. */
const users = {
  'without-tunnel': [pods, log, surroundings, operator],
  'proxy-instead': [pods, proxy, log, surroundings, operator],
  'without-log': [pods, portForward, surroundings, operator],
  'without-list': [core(['pods'], ['get']), portForward, log, surroundings, operator],
  'without-anything': [],
} satisfies Record<string, Rule[]>
type User = keyof typeof users

const wanted = ['healthy', 'receiver-disabled', 'crash-looping']

if (skipped) console.log(skipped)

describe.skipIf(skipped)('rights in real clusters', () => {
  const scenarios = wanted.map(scenarioNamed)
  let around: Surroundings
  let audit: AuditLog | null = null
  const namespaceOf = (name: string) => around.fleet.namespaceOf({name})
  const userName = (user: User) => `promfleet-e2e-${user}`

  beforeAll(async () => {
    around = await connect()
    if (AuditLog.missing(agentContext) === null) audit = await AuditLog.of(agentContext)
    await around.fleet.start(scenarios)
    await Promise.all(scenarios.map(scenario => around.fleet.ready(scenario)))
    for (const name of wanted)
      await around.agents.apply(Object.keys(users).flatMap(user => roleFor(user as User, namespaceOf(name))))
  })

  afterAll(async () => {
    await around?.agents.kubectl(['delete', 'clusterrole,clusterrolebinding', 'promfleet', '--ignore-not-found'])
    await around?.stop()
  })

  function roleFor(user: User, namespace: string): KubernetesObject[] {
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const metadata = {name: user, namespace}
    const roleRef = {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user}
    const subjects = [{apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: userName(user)}]
    return [
      {apiVersion, kind: 'Role', metadata, rules: users[user]},
      {apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects},
    ]
  }

  /** The API server's authorizer learns of roles a moment after they are stored. */
  async function waitForRight(args: string[], verb: string, resource: string): Promise<void> {
    await waitUntil(`the right to ${verb} ${resource}`, 30, () =>
      around.agents.kubectl(['auth', 'can-i', verb, resource, ...args]).then(() => null, String),
    )
  }

  async function doctorAs(user: User, scenario: string) {
    const namespace = namespaceOf(scenario)
    const rules: Rule[] = users[user]
    const last = rules.find(({apiGroups}) => apiGroups[0] === '')
    if (last)
      await waitForRight(['--as', userName(user), '-n', namespace], last.verbs[0] ?? '', last.resources[0] ?? '')
    const answer = await promfleet([
      'doctor',
      '--context',
      agentContext,
      '--as',
      userName(user),
      '-n',
      namespace,
      '-o',
      'json',
    ])
    return {...answer, report: reportOf(answer)}
  }

  it.each([
    {form: 'Role', args: () => ['-n', namespaceOf('healthy')], kinds: ['role', 'rolebinding']},
    {form: 'ClusterRole', args: () => [], kinds: ['clusterrole', 'clusterrolebinding']},
  ])('the API server takes the $form that promfleet rbac prints', async ({args, kinds}) => {
    const {stdout} = await promfleet(['rbac', ...args(), '--user', viewer.user])
    const answer = await around.agents.kubectl(['apply', '--dry-run=server', '-f', '-'], stdout)
    expect(answer.split('\n')).toEqual(
      kinds.map(kind => `${kind}.rbac.authorization.k8s.io/promfleet created (server dry run)`),
    )
    const withoutSubject = await promfleet(['rbac', ...args()])
    expect(await around.agents.kubectl(['apply', '--dry-run=server', '-f', '-'], withoutSubject.stdout)).toBe(
      `${kinds[0]}.rbac.authorization.k8s.io/promfleet created (server dry run)`,
    )
  })

  describe.each(['probe', 'labels', 'lag'])(
    '%s says which right is missing, and with what an administrator grants it',
    command => {
      /** As a table and as JSON. */
      async function run(who: string[], namespace: string) {
        const args = [command, ...who, '-n', namespace]
        const [table, json] = await Promise.all([promfleet(args), promfleet([...args, '-o', 'json'])])
        expect([table.exitCode, json.exitCode, table.stderr, json.stderr]).toEqual([3, 3, '', ''])
        const {contexts} = JSON.parse(json.stdout) as Pick<Report, 'contexts'>
        return {text: table.stdout.replace(/\s+/g, ' '), refused: contexts[0]?.refused}
      }

      it('to a viewer without any', async () => {
        const namespace = namespaceOf('healthy')
        const {text, refused} = await run(['--context', viewer.context], namespace)
        const grant = `promfleet rbac --user ${viewer.user} -n ${namespace} | kubectl --context ADMIN_CONTEXT apply -f -`
        expect(refused).toEqual({
          what: `the pods in ${viewer.context}`,
          needs: `list on pods in namespace ${namespace}`,
          grant,
        })
        expect(text).toContain(`User "${viewer.user}" cannot list resource "pods"`)
        expect(text).toContain(`needs list on pods in namespace ${namespace}`)
        expect(text).toContain(grant)
      })

      it('to a user who may list pods and reach none', async () => {
        const namespace = namespaceOf('healthy')
        await waitForRight(['--as', userName('without-tunnel'), '-n', namespace], 'list', 'persistentvolumeclaims')
        const {text, refused} = await run(['--context', agentContext, '--as', userName('without-tunnel')], namespace)
        expect(refused?.what).toMatch(/^the metrics.* of 3 agents in /)
        expect(refused?.needs).toContain(
          `pods/portforward in namespace ${namespace}, or get on pods/proxy in namespace`,
        )
        expect(refused?.grant).toContain(`promfleet rbac --user ${userName('without-tunnel')} -n ${namespace} |`)
        expect(text).toContain(refused?.grant)
      })
    },
  )

  it('what it says to grant is enough for probe, labels and lag', async () => {
    const namespace = namespaceOf('healthy')
    const scope = ['--context', viewer.context, '-n', namespace]
    const before = await promfleet(['labels', ...scope, '-o', 'json'])
    const [said = ''] = (JSON.parse(before.stdout) as Pick<Report, 'contexts'>).contexts.map(
      ({refused}) => refused?.grant,
    )
    const [rbac = '', apply = ''] = said.split(' | ')
    expect(apply).toBe('kubectl --context ADMIN_CONTEXT apply -f -')
    const {stdout} = await promfleet(rbac.split(' ').slice(1))
    await around.agents.kubectl(['apply', '-f', '-'], stdout)
    await waitForRight(['--as', viewer.user, '-n', namespace], 'get', 'pods/log')
    const runs = await Promise.all(
      [['probe'], ['labels'], ['lag', '--interval', '1s']].map(words => promfleet([...words, ...scope, '-o', 'json'])),
    )
    expect(runs.map(({exitCode, stderr}) => ({exitCode, stderr}))).toEqual(Array(3).fill({exitCode: 0, stderr: ''}))
    for (const {stdout: json} of runs) expect(json).not.toContain('"refused"')
  })

  it('with only the printed Role in one namespace, a viewer gets the same report as the admin', async () => {
    for (const name of wanted) {
      const {stdout} = await promfleet(['rbac', '-n', namespaceOf(name), '--user', viewer.user])
      await around.agents.kubectl(['apply', '-f', '-'], stdout)
      await waitForRight(['--as', viewer.user, '-n', namespaceOf(name)], 'get', 'pods/log')
    }
    for (const name of wanted) await expectSameReport(scenarioNamed(name), ['-n', namespaceOf(name)])
  })

  it('with only the printed ClusterRole, a viewer gets the same report of all namespaces as the admin', async () => {
    const {stdout} = await promfleet(['rbac', '--user', viewer.user])
    await around.agents.kubectl(['apply', '-f', '-'], stdout)
    await waitForRight(['--as', viewer.user, '--all-namespaces'], 'get', 'pods/log')
    await expectSameReport(null, ['-l', `${runLabel}=${around.fleet.run}`])
    await around.agents.kubectl(['delete', 'clusterrole,clusterrolebinding', 'promfleet'])
  })

  async function expectSameReport(scenario: Scenario | null, scope: string[]): Promise<void> {
    const [asAdmin, asViewer] = await Promise.all(
      [agentContext, viewer.context].map(context =>
        promfleet(['doctor', '--context', context, ...scope, '-o', 'json']),
      ),
    )
    if (!asAdmin || !asViewer) throw new Error('two runs were started')
    expect(essence(reportOf(asViewer))).toEqual(essence(reportOf(asAdmin)))
    expect(asViewer.exitCode).toBe(asAdmin.exitCode)
    if (scenario) expect(asViewer.exitCode).toBe(scenario.expect.exitCode)
    expect(reportOf(asViewer).findings.map(({id}) => id)).not.toContain('access/permission-missing')
  }

  describe.concurrent('with less, the report says what is unknown and which rule is missing', () => {
    it('without port-forward and proxy a healthy agent is unknown', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-tunnel', 'healthy')
      expect(report.agents.map(({state}) => state)).toEqual(['unknown', 'unknown', 'unknown'])
      expect(exitCode).toBe(3)
      expect(missingRights(report)).toContain('pods/portforward')
      expect(missingRights(report)).toContain('pods/proxy')
    })

    it('without port-forward and proxy a crash loop is seen all the same', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-tunnel', 'crash-looping')
      expect({state: report.state, cause: topCause(report), exitCode}).toEqual({
        state: 'silent',
        cause: 'workload/crash-looping',
        exitCode: 1,
      })
    })

    it('the proxy instead of port-forward is enough, and nothing is called missing', async ({expect}) => {
      const {report, exitCode} = await doctorAs('proxy-instead', 'healthy')
      expect(report.agents.map(({state, transport}) => `${state} by ${transport}`)).toEqual(
        Array(3).fill('delivering by proxy'),
      )
      expect(missingRights(report)).toBe('')
      expect(exitCode).toBe(0)
    })

    it('without logs a refused queue is losing, by its metrics, and the missing rule is named', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-log', 'receiver-disabled')
      expect({state: report.state, cause: topCause(report), exitCode}).toEqual({
        state: 'losing',
        cause: 'delivery/rejected',
        exitCode: 1,
      })
      expect(missingRights(report)).toContain('pods/log')
    })

    it('without logs a healthy agent is delivering, and what its log would say is unknown', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-log', 'healthy')
      expect(report.state).toBe('delivering')
      expect(exitCode).toBe(3)
      expect(missingRights(report)).toContain('pods/log')
    })

    it('without the list of pods nothing is found, and the rule for it is named', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-list', 'healthy')
      expect({agents: report.agents, state: report.state, exitCode}).toEqual({
        agents: [],
        state: 'unknown',
        exitCode: 3,
      })
      expect(missingRights(report)).toContain('resources: ["pods"], verbs: ["list"]')
    })

    it('without any right nothing is found, and the rule for the list of pods is named', async ({expect}) => {
      const {report, exitCode} = await doctorAs('without-anything', 'healthy')
      expect({agents: report.agents, state: report.state, exitCode}).toEqual({
        agents: [],
        state: 'unknown',
        exitCode: 3,
      })
      expect(missingRights(report)).toContain('resources: ["pods"], verbs: ["list"]')
    })
  })

  it("the API server's audit log of these runs shows access reviews beside get, list and port-forward only", async ({
    skip,
  }) => {
    if (!audit) return skip(AuditLog.missing(agentContext) ?? 'no audit log')
    const seen = new Set((await audit.requests()).map(inWords))
    expect([...seen]).toContain('create selfsubjectaccessreviews')
    expect([...seen].filter(words => !isReading(words))).toEqual([])
  })

  it('without the right to run programs in pods, --from-pod says so, and the rest is told all the same', async () => {
    const user = userName('proxy-instead')
    const scope = ['--context', agentContext, '--as', user, '-n', namespaceOf('healthy')]
    await waitForRight(['--as', user, '-n', namespaceOf('healthy')], 'get', 'pods/proxy')
    const {stdout, exitCode} = await promfleet(['probe', ...scope, '--from-pod', '-o', 'json'])
    const [endpoint] = (JSON.parse(stdout) as ProbeReport).endpoints
    const inPods = endpoint?.views.filter(({from}) => from === 'pod') ?? []
    expect(inPods.map(({outcome}) => outcome)).toEqual(Array(3).fill('not-tried'))
    for (const {says} of inPods)
      expect(says).toMatch(new RegExp(`User "${user}" cannot (?:get|create) resource "pods/exec"`))
    expect({exitCode, outcome: endpoint?.verdict.outcome}).toEqual({exitCode: 0, outcome: 'works'})
  })
})

/** What must not depend on who looks; figures differ from look to look. */
function essence({state, agents, findings, summary}: Report) {
  return {
    state,
    agents: agents.map(({namespace, pod, state, stateRow, transport}) => ({
      namespace,
      pod,
      state,
      stateRow,
      transport,
    })),
    findings: findings.map(({id, status, severity, cause, scope: {namespace, pod}}) => ({
      id,
      status,
      severity,
      cause,
      namespace,
      pod,
    })),
    summary,
  }
}

/** Evidence and remedies of all that is said about permissions; '' when nothing is. */
function missingRights({findings}: Report): string {
  return findings
    .filter(({id}) => id === 'access/permission-missing')
    .flatMap(({evidence, remedy}) => [...evidence.map(({value}) => value), ...remedy.map(({text}) => text)])
    .join('\n')
}

import {whyNoAgents} from '../../facts/empty-context.ts'
import type {ContextFacts} from '../../facts/types.ts'
import {shellWord} from '../../shell-word.ts'
import {formatNumberOf} from '../../units.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {judgeContexts} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {missing} from '../missing.ts'
import {listInWords} from '../words.ts'

/** How many look-alikes or servers are named before the rest is counted. */
const NAMED = 3

export default defineCheck({
  id: 'access/no-agents',
  title: 'an agent is found in every context that was asked for',
  severity: 'warning',
  explains: [],
  needs: ['api-server', 'pods'],
  evaluate: (facts, {expected = null}) =>
    judgeContexts(facts, context => {
      if (expected !== null && !expected.agents.some(own => own.context === context.name)) return 'does-not-apply'
      const {serverVersion, podLists} = context.evidence
      if (!serverVersion.ok) return {unknown: missing('its API server', serverVersion)}
      if (context.agents.length > 0) return 'holds'
      const listed = podLists.filter(list => list.pods.ok)
      const failed = podLists.flatMap(list => (list.pods.ok ? [] : list.pods))[0]
      if (listed.length === 0) return {unknown: failed ? missing('its pods', failed) : 'its pods were not listed'}
      const {selector, includeServers} = facts.options
      const isServerSeen = context.evidence.servers.length > 0 && !includeServers
      const lookedAt = serversLookedAt(context)
      const serversSeen = isServerSeen ? `, among them ${serversInWords(context)}` : ''
      const pods = listed.reduce((sum, list) => sum + (list.pods.ok ? list.pods.value : 0), 0)
      return {
        severity: 'warning',
        blame: 'access',
        title: whyNoAgents(context, facts.options),
        evidence: [
          {
            what: 'looked at',
            value: `${formatNumberOf(pods, 'pod')}${serversSeen}${lookedAt === '' ? '' : `; ${lookedAt}`}`,
            source: 'pod images and arguments',
          },
          ...unnamedLines(context),
          ...(pods === 0 && selector === null ? namespaceLines(context, facts.options.namespace) : []),
          ...lookAlikeLines(context),
          ...(failed ? [{what: 'not looked at', value: failed.detail, source: 'pod lists'}] : []),
        ],
        why:
          isServerSeen || lookedAt !== ''
            ? 'Expected where only the central runs; but an agent that was deleted looks the same.'
            : 'Whether data is missing is not known: an agent that was deleted looks the same.',
        remedy: [nextStep(context, isServerSeen)],
      }
    }),
  documentation: `
The context could be read and holds no agent. Agents are recognised by PrometheusAgent resources (where the operator's CRD is
installed), by label (\`app.kubernetes.io/name=prometheus-agent\`) and by container arguments (\`--agent\`,
\`--enable-feature=agent\`, \`--storage.agent.path\`).

The finding names what was seen instead: senders of other makes (Grafana Alloy, Grafana Agent, vmagent, OpenTelemetry Collector), which are
recognised but not diagnosed, and Prometheus servers.

**Why it matters.** Nothing found is unknown, never healthy: the exit code is 3. An agent that was deleted leaves exactly this.

**What to do.** Check context, \`-n\`, \`-l\` and \`--agent\`. Expected an agent and see a server? kube-prometheus-stack makes an
agent only with \`prometheus.agentMode: true\`; \`prometheusSpec.mode\` is read by none of its templates. A fleet file that lists the
expected agents keeps this quiet in contexts of which it names none.
`,
})

function lookAlikeLines(context: ContextFacts): EvidenceLine[] {
  const seen = context.evidence.lookAlikes.map(({kind, namespace, pod}) => `${namespace}/${pod} (${kind})`)
  return seen.length === 0 ? [] : [{what: 'look-alikes', value: named(seen), source: 'pod images and arguments'}]
}

function serversInWords({evidence}: ContextFacts): string {
  const seen = evidence.servers.map(({namespace, pod}) => `${namespace}/${pod}`)
  return `the Prometheus server${seen.length === 1 ? '' : 's'} ${named(seen)}`
}

function isNamespaceGone({evidence}: ContextFacts): boolean {
  return evidence.namespaceExists === false
}

/** As it was asked for: "*" stands for all. */
function inNamespace({evidence}: ContextFacts): string {
  const [only, ...others] = evidence.podLists
  return only === undefined || only.namespace === '*' || others.length > 0 ? '' : ` -n ${shellWord(only.namespace)}`
}

function nextStep(context: ContextFacts, isServerSeen: boolean): RemedyStep {
  const {name} = context
  if (isNamespaceGone(context)) {
    const command = kubectl(name, null, 'get', 'namespaces')
    return {text: 'check the name given with -n against those that there are', command, changes: false}
  }
  const [other] = context.evidence.unnamedAgents ?? []
  if (other !== undefined) {
    const words = ['--context', name, '-n', other.namespace, '--agent', other.pod].map(shellWord).join(' ')
    return {text: 'name one that is there', command: `promfleet doctor ${words}`, changes: false}
  }
  if (isServerSeen) {
    return {
      text: 'if the server writes to a central itself, diagnose it as well',
      command: `promfleet doctor --context ${shellWord(name)}${inNamespace(context)} --include-servers`,
      changes: false,
    }
  }
  return {
    text: 'look for the agent under another name, namespace or context',
    command: kubectl(name, null, 'get', 'pods', '--all-namespaces', '-o', 'wide'),
    changes: false,
  }
}

/** What --agent could have named. */
function unnamedLines({evidence}: ContextFacts): EvidenceLine[] {
  const seen = (evidence.unnamedAgents ?? []).map(({namespace, pod}) => `${namespace}/${pod}`)
  return seen.length === 0 ? [] : [{what: 'agents there', value: named(seen, 10), source: 'pod images and arguments'}]
}

/** The API server says of a namespace that does not exist that it has no pods. */
function namespaceLines({evidence}: ContextFacts, namespace: string | null): EvidenceLine[] {
  if (namespace === null || evidence.namespaceExists !== undefined) return []
  return [{what: 'namespace', value: `${namespace} is empty or does not exist`, source: 'pod lists'}]
}

/** Those are no part of the fleet, so nothing else is said of them. */
function serversLookedAt({evidence}: ContextFacts): string {
  const count = evidence.agents.length
  if (count === 0) return ''
  return `${formatNumberOf(count, 'server')} looked at: ${count === 1 ? 'it does' : 'they do'} not remote-write`
}

function named(things: string[], most = NAMED): string {
  const rest = things.length - most
  return rest > 0 ? `${things.slice(0, most).join(', ')} and ${rest} more` : listInWords(things)
}

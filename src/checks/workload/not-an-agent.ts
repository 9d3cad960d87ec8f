import {agentFlag} from '../../facts/process/versions.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {cautionBefore} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {deliversWell} from '../delivery-figures.ts'
import {judgeAgents} from '../judge.ts'
import {readFromAgent, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentContainer} from '../pod.ts'
import {agentWords, excerpt} from '../words.ts'

/** A word of its own in a name or label value: `prometheus-agent-0`, not `reagents`. */
const SAYS_AGENT = /(?:^|[^a-z])agent(?:$|[^a-z])/i

const SIGN_WORDS = {
  resource: 'a PrometheusAgent resource owns it',
  label: 'its labels say agent',
  arguments: 'its arguments ask for agent mode',
  name: 'its name says agent',
} as const

export default defineCheck({
  id: 'workload/not-an-agent',
  title: 'what is meant to be an agent runs as one',
  severity: 'error',
  explains: ['config/reload-failed', 'config/no-remote-write'],
  needs: ['pod-status', 'ready', 'metrics', 'flags', 'config'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      const intentions = intentionsOf(agent)
      if (intentions.length === 0) return 'does-not-apply'
      if (agent.mode === 'agent') return 'holds'
      if (agent.mode === 'unknown')
        return {unknown: `whether it runs as an agent is not known: ${missingMetrics(agent)}`}
      const delivers = agent.queues.length > 0 && agent.queues.every(deliversWell)
      const settings = settingsOf(agent)
      return {
        severity: delivers ? 'warning' : 'error',
        blame: 'config',
        title: `${agentWords(agent)} is meant to be an agent and runs as a full Prometheus server${delivers ? '; it delivers' : ''}`,
        evidence: [
          ...intentions.map(value => ({what: 'meant as agent', value, source: 'pod and configuration'})),
          agent.evidence.ready.ok && agent.evidence.ready.value.text !== ''
            ? {what: 'answers', value: excerpt(agent.evidence.ready.value.text, 120), source: '/-/ready'}
            : {what: 'runs as', value: 'server', source: 'metrics and flags'},
          ...(agent.version ? [{what: 'version', value: agent.version.text, source: agent.version.source}] : []),
        ],
        why: `${causeOf(agent)} A server keeps a database of its own, needs more memory for it, and evaluates rules.${delivers ? '' : ' And it does not deliver all it scrapes.'}`,
        remedy: [
          ...cautionBefore(agent),
          ...howToMend(agent),
          {
            text: 'first check that nobody queries it: its local history, rules and alerts are gone afterwards',
            changes: false,
          },
          {text: `see ${settings.kept}`, command: settings.show, changes: false},
          {text: 'see the flags it runs with', command: readFromAgent(agent, '/api/v1/status/flags'), changes: false},
        ],
      }
    }),
  documentation: `
Something says agent (a PrometheusAgent resource, a label, the arguments, the pod's or workload's name, an external label) and the process says server:
\`/-/ready\` answers \`Prometheus Server is Ready.\`, or \`/metrics\` has no \`prometheus_agent_*\`.

Three ways lead here:
- \`prometheusSpec.mode: Agent\` in the values of kube-prometheus-stack. No template of the chart reads it, and there is no schema
  that would refuse it. The key is \`prometheus.agentMode: true\` (chart 47.4.0 and later), which makes a PrometheusAgent.
- \`--enable-feature=agent\` on a 3.x binary: it logs \`Unknown option for --enable-feature\` and starts as a server. 3.x wants \`--agent\`.
- A Prometheus resource where a PrometheusAgent was meant.

**Why it matters.** A server works, at several times the memory and with local data nobody looks at. It truncates its WAL by other
rules than an agent.

**Severity.** A warning while every queue delivers; an error otherwise.

**What to do.** Change the settings at a time when the queue is level: the switch starts a new process with another storage, and
what was not sent before is not sent.

**What not to do.** Do not switch while it is behind. A server that is meant to be one and only has such a name can be left out with
\`--skip workload/not-an-agent\`.
`,
})

function intentionsOf(agent: AgentFacts): string[] {
  const intentions: string[] = agent.signs.flatMap(sign => (sign === 'server' ? [] : SIGN_WORDS[sign]))
  // The operator's own labels repeat the name of the resource or pod, which the signs have read already.
  for (const [name, value] of Object.entries(agent.externalLabels ?? {}))
    if (name !== 'prometheus' && name !== 'prometheus_replica' && SAYS_AGENT.test(value))
      intentions.push(`external label ${name}="${excerpt(value, 60)}"`)
  return intentions
}

function causeOf(agent: AgentFacts): string {
  if (hasFormerFlag(agent))
    return `It was started with --enable-feature=agent, which ${agent.version?.text ?? '3.x'} no longer knows: it logs a warning and starts as a server.`
  if (settingsOf(agent).operator)
    return 'It belongs to a Prometheus resource; kube-prometheus-stack ignores "mode: Agent" in its values.'
  return 'Nothing in its arguments asks for agent mode.'
}

function howToMend(agent: AgentFacts): RemedyStep[] {
  const flag = agent.version === null ? '--agent (--enable-feature=agent before 3.0)' : agentFlag(agent.version)
  if (hasFormerFlag(agent))
    return [{text: `replace --enable-feature=agent with ${flag} in ${settingsOf(agent).kept}`, changes: true}]
  if (settingsOf(agent).operator)
    return [
      {
        text: 'with kube-prometheus-stack, set prometheus.agentMode: true (chart 47.4.0 and later) and remove prometheusSpec.mode; otherwise replace the Prometheus resource with a PrometheusAgent',
        changes: true,
      },
    ]
  return [
    {
      text: `start it with ${flag} (and --storage.agent.path instead of --storage.tsdb.path) in ${settingsOf(agent).kept}`,
      changes: true,
    },
  ]
}

function hasFormerFlag(agent: AgentFacts): boolean {
  const pod = agent.evidence.podStatus
  const args = pod === null ? [] : (agentContainer(pod)?.args ?? [])
  if (agent.version !== null && agent.version.major < 3) return false
  return args.some(arg => /^--?enable-feature[= ].*\bagent\b/.test(arg))
}

import {sample} from '../../facts/exposition/exposition.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatBytes, formatPercent, formatSeconds, secondsOf} from '../../units.ts'
import {cautionBefore, unsent} from '../caution.ts'
import type {Severity} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {kubectlFor, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentContainer, isRunning} from '../pod.ts'
import {agentWords} from '../words.ts'

/** Go reports "no limit" as the largest 64-bit integer. */
const GO_NO_LIMIT_BYTES = 2 ** 62
/** A kill within the last hour belongs to tonight; within a day it will come back; older is worth knowing. */
const RECENT_SECONDS = 3600
const TODAY_SECONDS = 86_400

export default defineCheck({
  id: 'workload/out-of-memory',
  title: 'every agent keeps clear of its memory limit',
  severity: 'error',
  explains: [
    'workload/crash-looping',
    'workload/not-running',
    'access/agent-unreachable',
    'delivery/loss-happened',
    'delivery/stalled',
  ],
  needs: ['pod-status', 'metrics'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts.nowSeconds)),
  documentation: `
The agent's container was killed for lack of memory (last state \`OOMKilled\`), or its resident memory
(\`process_resident_memory_bytes\`) is near the container's limit.

**Why it matters.** A kill discards everything that waits to be sent: after a restart remote write begins at the new start time.
And memory is short exactly when the receiver is down, because full queues hold shards x (capacity + max_samples_per_send)
samples.

**Thresholds.** Killed within the last hour, or down for it now: error; within a day: warning; longer ago: info. Resident memory above ${THRESHOLDS.nearMemoryLimitRatio * 100} % of
the limit: warning; above ${THRESHOLDS.nearMemoryLimitWithGoLimitRatio * 100} % where \`go_gc_gomemlimit_bytes\` is set, because Prometheus 3.0 and
later aims at 90 % by itself.

**What to do.** Raise the limit, or send less: fewer series (metricRelabelings at the scrape), fewer \`max_shards\` x \`capacity\`.
Raising the limit restarts the pod.

**What not to do.** Do not restart or resize an agent that is behind before you have accepted what that loses: the finding says
how much.
`,
})

function judge(agent: AgentFacts, nowSeconds: number): Judgement {
  const pod = agent.evidence.podStatus
  if (pod === null) return agent.pod === '' ? 'does-not-apply' : {unknown: 'the state of its pod was not read'}
  const container = agentContainer(pod)
  if (!container) return 'does-not-apply'
  const limit = container.memoryLimitBytes
  const killed = [container.state, container.lastState].find(state => state?.reason === 'OOMKilled') ?? null
  if (killed) {
    const ago = killed.finishedAt === null ? 0 : Math.max(0, nowSeconds - secondsOf(killed.finishedAt))
    const down = !isRunning(pod)
    const severity: Severity = down || ago < RECENT_SECONDS ? 'error' : ago < TODAY_SECONDS ? 'warning' : 'info'
    const limitWords = limit === null ? 'no limit of its own (the node was short)' : `limit ${formatBytes(limit)}`
    return {
      severity,
      blame: 'agent',
      title: `${agentWords(agent)} ran out of memory and was killed ${formatSeconds(ago)} ago, ${limitWords}${down ? ', and is down' : ''}`,
      ...(killed.finishedAt !== null && {since: killed.finishedAt}),
      evidence: [
        {
          what: 'last exit',
          value: 'OOMKilled',
          source: 'container state',
          ...(killed.finishedAt !== null && {at: killed.finishedAt}),
        },
        {what: 'restarts', value: `${container.restarts}`, source: 'pod status'},
        {
          what: 'memory',
          value: `${residentWords(agent)}, ${limitWords}`,
          source: 'process_resident_memory_bytes, pod spec',
        },
      ],
      why: 'A kill discards everything unsent: afterwards remote write begins at the new start time. With the same limit it will happen again.',
      remedy: raiseLimit(agent),
    }
  }
  if (!isRunning(pod)) return 'does-not-apply'
  if (limit === null) return 'holds'
  if (agent.metrics === null) return {unknown: missingMetrics(agent)}
  const resident = agent.process?.residentBytes ?? null
  if (resident === null) return {unknown: 'process_resident_memory_bytes is not on its /metrics'}
  const goLimit = sample(agent.metrics, 'go_gc_gomemlimit_bytes')
  const hasGoLimit = goLimit !== null && goLimit > 0 && goLimit < GO_NO_LIMIT_BYTES
  const {nearMemoryLimitRatio, nearMemoryLimitWithGoLimitRatio} = agent.thresholds
  const threshold = hasGoLimit ? nearMemoryLimitWithGoLimitRatio : nearMemoryLimitRatio
  if (resident <= threshold * limit) return 'holds'
  const loss = unsent(agent)
  return {
    severity: 'warning',
    blame: 'agent',
    title: `${agentWords(agent)} uses ${formatPercent(resident / limit)} of its memory limit of ${formatBytes(limit)}`,
    evidence: [
      {
        what: 'memory',
        value: `${formatBytes(resident)} of ${formatBytes(limit)} (limit ${formatPercent(threshold)})`,
        source: 'process_resident_memory_bytes, pod spec',
      },
      ...(hasGoLimit ? [{what: 'GOMEMLIMIT', value: formatBytes(goLimit), source: 'go_gc_gomemlimit_bytes'}] : []),
    ],
    why:
      loss === null
        ? 'The next peak gets it killed, and that discards everything unsent at that moment.'
        : `The next peak gets it killed, and that would now discard ${loss}.`,
    remedy: raiseLimit(agent),
  }
}

function residentWords(agent: AgentFacts): string {
  const resident = agent.process?.residentBytes ?? null
  return resident === null ? 'current use not known' : `${formatBytes(resident)} in use now`
}

function raiseLimit(agent: AgentFacts) {
  const settings = settingsOf(agent)
  return [
    ...cautionBefore(agent),
    {text: `raise the memory limit in ${settings.kept}; this restarts the pod`, changes: true},
    {text: 'see its current settings', command: settings.show, changes: false},
    {
      text: 'see what the container uses now (needs metrics-server)',
      command: kubectlFor(agent, 'top', 'pod', agent.pod, '--containers'),
      changes: false,
    },
  ]
}

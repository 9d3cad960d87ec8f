import type {RemoteWriteConfig} from '../../facts/config/config.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {THRESHOLDS, type Thresholds} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, formatSeconds} from '../../units.ts'
import {editAndReload} from '../caution.ts'
import type {CheckResult} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {judgeWrites} from '../security-place.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'config/queue-hazard',
  title: 'no queue setting makes an outage worse',
  severity: 'warning',
  explains: [],
  needs: ['config', 'agent-resources'],
  evaluate: facts =>
    together(
      judgeWrites(facts.agents, judge),
      judgeAgents(facts, agent => judgeRetries(agent, facts)),
    ),
  documentation: `
Settings of \`queue_config\` that are harmless on a good day and hurt on a bad one:
- \`max_backoff\` of ${THRESHOLDS.hazardousBackoffSeconds} s or less (5 s by default): during an outage each shard asks again and again at that pace, and the receiver that comes back
  meets all of them at once. At 100 ms that is ten requests a second and shard.
- \`capacity\` below ${THRESHOLDS.capacityBatches} x \`max_samples_per_send\`: the reader of the WAL waits for every batch, so one slow answer stops it, and less than
  a batch is sent at a time. The tuning guide of remote write asks for 3 to 10 times.
- \`maxRetries\` in the custom resource (info): Prometheus has had no such setting since 2.11 and retries for ever; the operator leaves it out.
  Written into a Prometheus configuration by hand it stops the start.

**Why it matters.** These are copied from one set of values to the next, and show only in an outage.

**What to do.** Take the setting out: the defaults of Prometheus are good. Change them for a measured reason, one at a time.

**What not to do.** An edit of queue_config rebuilds the queue and gives up what waits: never while the agent is behind.
`,
})

interface Hazard {
  setting: string
  value: string
  why: string
}

function judge(write: RemoteWriteConfig, agent: AgentFacts): Judgement {
  const hazards = hazardsOf(write, agent.thresholds)
  const [first] = hazards
  if (!first) return 'holds'
  const {configuration, showConfiguration: show} = settingsOf(agent)
  const settings = hazards.map(({setting}) => setting).join(' and ')
  return {
    severity: 'warning',
    blame: 'config',
    title: `${agentWords(agent)} has a ${first.setting} of ${first.value} for ${write.endpoint?.address ?? 'its endpoint'}${hazards.length > 1 ? `, and a ${hazards[1]?.setting} of ${hazards[1]?.value}` : ''}`,
    evidence: hazards.map(({setting, value}) => ({
      what: setting,
      value,
      source: 'running configuration, queue_config',
    })),
    why: hazards.map(({why}) => why).join(' '),
    remedy: [
      ...editAndReload(agent, `take ${settings} out of queue_config in ${configuration}: the defaults are good`, {
        text: 'see what is set',
        command: show,
        changes: false,
      }),
    ],
  }
}

function hazardsOf({queue}: RemoteWriteConfig, thresholds: Thresholds): Hazard[] {
  const {maxBackoffSeconds, capacity, maxSamplesPerSend} = queue
  const hazards: Hazard[] = []
  if (maxBackoffSeconds <= thresholds.hazardousBackoffSeconds)
    hazards.push({
      setting: 'max_backoff',
      value: `${formatSeconds(maxBackoffSeconds)} (hazardous up to ${formatSeconds(thresholds.hazardousBackoffSeconds)}, default 5 s)`,
      why: `In an outage every shard asks again each ${formatSeconds(maxBackoffSeconds)}, and a receiver that comes back meets all of them at once.`,
    })
  if (capacity < thresholds.capacityBatches * maxSamplesPerSend)
    hazards.push({
      setting: 'capacity',
      value: `${formatCount(capacity)} for batches of ${formatCount(maxSamplesPerSend)} (asked for: at least ${thresholds.capacityBatches} batches)`,
      why:
        capacity < maxSamplesPerSend
          ? 'A shard holds less than one batch, so the reader of the WAL stands still during every request.'
          : 'A shard holds hardly more than the batch it sends, so one slow answer stops the reader of the WAL.',
    })
  return hazards
}

/** The operator knows better than to pass it on; people rely on it all the same. */
function judgeRetries(agent: AgentFacts, facts: FleetFacts): Judgement {
  const resources = facts.contexts.find(({name}) => name === agent.context)?.evidence.agentResources
  if (!agent.signs.includes('resource') || !resources?.ok) return 'does-not-apply'
  const {kept, show} = settingsOf(agent)
  const own = resources.value.find(({namespace, name}) => namespace === agent.namespace && kept.endsWith(` ${name}`))
  const retries = (own?.maxRetries ?? []).filter(count => count > 0)
  if (own?.maxRetries === undefined) return 'does-not-apply'
  if (retries.length === 0) return 'holds'
  return {
    severity: 'info',
    blame: 'config',
    title: `${kept} of ${agentWords(agent)} sets maxRetries, which Prometheus does not know`,
    evidence: [{what: 'maxRetries', value: retries.join(', '), source: 'remoteWrite[].queueConfig of the resource'}],
    why: 'Prometheus has retried for ever since 2.11, and the operator leaves the setting out: it limits nothing.',
    remedy: [
      {text: `take maxRetries out of ${kept}; the running configuration does not change by it`, changes: true},
      {text: 'see what is set', command: show, changes: false},
    ],
  }
}

function together(...results: CheckResult[]): CheckResult {
  return {
    findings: results.flatMap(({findings}) => findings),
    unknown: results.flatMap(({unknown}) => unknown),
    judged: results.reduce((sum, {judged}) => sum + judged, 0),
  }
}

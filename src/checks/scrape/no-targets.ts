import {samples, sum} from '../../facts/exposition/exposition.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import {type HashShard, hashShardOf, impossibleHashOf, isOtherSlice} from '../../facts/slices.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, formatNumberOf, formatSeconds} from '../../units.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {kubectl, readFromAgent, readRunningConfig, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, listInWords} from '../words.ts'

export default defineCheck({
  id: 'scrape/no-targets',
  title: 'every agent has something to scrape',
  severity: 'error',
  explains: ['scrape/stalled'],
  needs: ['targets', 'metrics', 'config'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts)),
  documentation: `
The agent has no active target (\`/api/v1/targets\`; where that cannot be read, the sum of \`prometheus_target_scrape_pool_targets\`).

Not meant: a shard or a DaemonSet pod whose siblings have targets (that is how targets were dealt; shards are known by the labels of the
operator, or by \`hashmod\` and \`keep\` in the relabel_configs of the same jobs), and a relay, which gets its samples by
remote write and scrapes nothing. An agent that has just started is unknown.

**Severity.** Error. A warning for a shard by its configuration while discovery finds targets and not all other shards are in view: they may
have all of them. Not so for one that keeps a hash that cannot occur, as the last of shards counted from 1 does: hashes run from 0.

**Why it matters.** Nothing is scraped and nothing is sent, and no alert about failing writes fires: an idle queue looks healthy.

**What to do.** See at which step targets go missing: no scrape configuration, discovery that finds nothing (or may not list: RBAC of
the agent's service account), or relabelling that drops everything found. With kube-prometheus-stack the usual reason is the selector:
monitors need the label \`release: <helm release>\` unless \`serviceMonitorSelectorNilUsesHelmValues: false\` is set.

**What not to do.** Do not restart the agent: discovery runs all the time.
`,
})

function judge(agent: AgentFacts, facts: FleetFacts): Judgement {
  const active = activeTargets(agent)
  if (active === null) {
    // A process that does not run has no targets to count; that is its own finding.
    return agent.pod === '' ? 'does-not-apply' : {unknown: missingMetrics(agent)}
  }
  if (active > 0) return 'holds'
  const others = facts.agents.filter(other => isOtherSlice(agent, other))
  if (others.some(other => (activeTargets(other) ?? 0) > 0)) return 'holds'
  const takes = agent.samplesIn ?? agent.samplesInTotal ?? 0
  if (takes > 0 && (agent.samplesIn !== null || isFresh(agent, facts.nowSeconds))) return 'holds'
  if (agent.process?.young === true)
    return {unknown: `started ${formatSeconds(agent.process.uptimeSeconds)} ago, discovery may not be done`}
  const jobs = agent.config?.scrapeConfigs.map(config => config.jobName) ?? null
  const dropped = agent.targets?.dropped ?? null
  const none = jobs !== null && jobs.length === 0
  const told = shardStory(agent, others) ?? NO_SHARD
  return {
    severity: told.severity,
    blame: 'config',
    title: `${agentWords(agent)} ${none ? 'has no scrape configuration' : told.says}, so it scrapes nothing`,
    evidence: [
      {
        what: 'targets',
        value: '0 active',
        source: agent.targets === null ? 'prometheus_target_scrape_pool_targets' : '/api/v1/targets',
      },
      ...(jobs === null ? [] : [{what: 'jobs', value: jobsInWords(jobs), source: 'running configuration'}]),
      ...(dropped === null
        ? []
        : [
            {
              what: 'discovery',
              value: `${formatNumberOf(dropped, 'discovered target')} dropped by relabelling`,
              source: '/api/v1/targets',
            },
          ]),
      ...discoveryLines(agent),
      ...told.evidence,
    ],
    why: told.why,
    remedy: [...told.remedy, ...remedies(agent, none, dropped)],
  }
}

/** What a finding says differently of shards. */
interface Story {
  severity: 'error' | 'warning'
  /** After the agent's name. */
  says: string
  evidence: EvidenceLine[]
  why: string
  remedy: RemedyStep[]
}

const NO_SHARD: Story = {
  severity: 'error',
  says: 'has no targets',
  evidence: [],
  why: 'Nothing is scraped, so nothing is sent and nothing fails: the queue is idle and looks healthy.',
  remedy: [],
}

/** Null where being a shard says nothing of it. */
function shardStory(agent: AgentFacts, others: readonly AgentFacts[]): Story | null {
  const shard = agent.config === null ? null : hashShardOf(agent.config)
  if (shard === null) return null
  const {of} = shard
  const seen = (value: string): EvidenceLine[] => [
    {what: 'shard', value, source: 'running configuration, relabel_configs'},
  ]
  const keeps = `keeps the targets whose hash modulo ${of} is`
  const impossible = impossibleHashOf(agent)
  if (impossible !== null) {
    return {
      ...NO_SHARD,
      says: `keeps hash ${impossible} of 0 to ${of - 1}, which no target has`,
      evidence: seen(`${keeps} ${impossible}; it is never more than ${of - 1}`),
      remedy: [
        {
          text: `number the shards from 0 in relabel_configs of ${settingsOf(agent).configuration}: the targets of a hash that no shard keeps are scraped by nobody`,
          changes: true,
        },
      ],
    }
  }
  if (!isLone(agent, shard, others)) return null
  return {
    severity: 'warning',
    says: `is one of ${of} shards and was dealt no target`,
    evidence: seen(`${keeps} ${shard.number ?? 'its own'}; not all other shards are in view`),
    why: 'Few targets may all fall to the other shards, and then this is as it should be. Whether these have any is not seen here.',
    remedy: [
      {text: 'look at all shards in one run: when another has targets, this one is idle rightly', changes: false},
    ],
  }
}

/** Its jobs all deal their targets out, discovery finds some, and not all other shards are in view: being one may be all there is to it. */
function isLone(agent: AgentFacts, shard: HashShard, others: readonly AgentFacts[]): boolean {
  if (!shard.isEveryJob) return false
  const discovered =
    agent.metrics === null ? null : sum(agent.metrics, 'prometheus_sd_discovered_targets', {name: 'scrape'})
  if ((agent.targets?.dropped ?? discovered ?? 0) === 0) return false
  const empty = others.filter(other => activeTargets(other) === 0)
  const numbers = new Set(empty.map(({config, evidence}) => (config && hashShardOf(config)?.number) ?? evidence.shard))
  return numbers.size + 1 < shard.of
}

function activeTargets(agent: AgentFacts): number | null {
  if (agent.targets !== null) return agent.targets.active
  if (agent.metrics === null) return null
  return sum(agent.metrics, 'prometheus_target_scrape_pool_targets')
}

/** Samples still came in lately, by the newest one's time. */
function isFresh(agent: AgentFacts, nowSeconds: number): boolean {
  return (
    agent.highestTimestampSeconds !== null &&
    nowSeconds - agent.highestTimestampSeconds < 3 * agent.longestScrapeIntervalSeconds
  )
}

function discoveryLines(agent: AgentFacts): EvidenceLine[] {
  if (agent.metrics === null) return []
  const found = sum(agent.metrics, 'prometheus_sd_discovered_targets', {name: 'scrape'})
  const failures =
    (sum(agent.metrics, 'prometheus_sd_refresh_failures_total') ?? 0) +
    (sum(agent.metrics, 'prometheus_sd_kubernetes_failures_total') ?? 0)
  return [
    ...(found === null || samples(agent.metrics, 'prometheus_sd_discovered_targets').length === 0
      ? []
      : [{what: 'discovered', value: formatCount(found), source: 'prometheus_sd_discovered_targets'}]),
    ...(failures > 0
      ? [
          {
            what: 'discovery failures',
            value: `${formatCount(failures)} since the start`,
            source: 'prometheus_sd_*_failures_total',
          },
        ]
      : []),
  ]
}

function remedies(agent: AgentFacts, none: boolean, dropped: number | null): RemedyStep[] {
  const {configuration, showConfiguration: show, operator} = settingsOf(agent)
  return [
    ...(operator
      ? [
          {
            text: 'compare the labels of the monitors with the selectors (by default kube-prometheus-stack selects only monitors labelled release: <helm release>)',
            command: kubectl(
              agent.context,
              null,
              'get',
              'servicemonitors,podmonitors,probes',
              '--all-namespaces',
              '--show-labels',
            ),
            changes: false,
          },
        ]
      : none
        ? [{text: `add scrape_configs to ${configuration}`, changes: true}]
        : []),
    {text: `see ${configuration}`, command: show, changes: false},
    ...(dropped !== null && dropped > 0
      ? [
          {
            text: 'see the targets that relabelling drops',
            command: readFromAgent(agent, '/api/v1/targets?state=dropped', '.data.droppedTargets[].discoveredLabels'),
            changes: false,
          },
        ]
      : []),
    {text: 'see the configuration it runs with', command: readRunningConfig(agent), changes: false},
  ]
}

function jobsInWords(jobs: string[]): string {
  if (jobs.length === 0) return 'none configured'
  return jobs.length > 4 ? `${jobs.slice(0, 4).join(', ')} and ${jobs.length - 4} more` : listInWords(jobs)
}

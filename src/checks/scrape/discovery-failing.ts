import type {LogShape} from '../../evidence/types.ts'
import {type Labels, samples, sum} from '../../facts/exposition/exposition.ts'
import {parseLogLine} from '../../facts/log/line.ts'
import {recognise} from '../../facts/log/signatures.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, formatSeconds, secondsOf} from '../../units.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {kubectl, readFromAgent, settingsOf} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, excerpt, listInWords} from '../words.ts'

/** Every mechanism has a counter of its own beside refresh_failures_total; all end like this (discovery/**). */
const FAILURE_COUNTER = /^prometheus_sd_\w*(?:failures|errors)_total$/
/** By status code, `<error>` where there was no answer (discovery/metrics_k8s_client.go). */
const KUBERNETES_REQUESTS = 'prometheus_sd_kubernetes_http_request_total'
const SHOWN_JOBS = 3

export default defineCheck({
  id: 'scrape/discovery-failing',
  title: 'agents learn of new and changed targets',
  severity: 'error',
  explains: ['scrape/monitor-not-selected', 'scrape/no-targets', 'scrape/stalled'],
  needs: ['metrics', 'two-scrapes', 'log', 'config'],
  evaluate: facts => judgeAgents(facts, judge),
  documentation: `
Service discovery fails now: a counter of failures rises between two scrapes (\`prometheus_sd_refresh_failures_total\`,
\`prometheus_sd_kubernetes_failures_total\` and their kin), no request to the API server was ever answered, the log said so within the last ${THRESHOLDS.currentErrorSeconds} s, or a configuration of
discovery could not be set up at all (\`prometheus_sd_failed_configs\`). Failures of the past, those of every start for one, do not count.

**Why it matters.** Targets that were known before are scraped on, with addresses that grow old; new ones are never scraped. After a
restart there are none. The commonest reason in Kubernetes is RBAC: the agent's service account may not list what it should find.

**Severity.** An error when a job that discovery should fill has no target; else a warning, since what is known is scraped on.

**What to do.** Read the error. \`forbidden\`: grant get, list and watch on the resource that it names. \`connection refused\`, \`i/o timeout\`: the API
server, or the source of the list, from the agent's pod.

**What not to do.** Do not restart the agent: that forgets the targets it still knows.
`,
})

interface Failing {
  /** kubernetes, http, dns, file...; null: the counter or line does not say. */
  mechanism: string | null
  /** Of the job, where it is said. */
  job: string | null
}

function judge(agent: AgentFacts): Judgement {
  if (agent.metrics === null) return agent.pod === '' ? 'does-not-apply' : {unknown: missingMetrics(agent)}
  const counted = countedFailures(agent)
  const lines = freshLines(agent)
  const notSetUp = sum(agent.metrics, 'prometheus_sd_failed_configs', {name: 'scrape'}) ?? 0
  const unanswered = unansweredByKubernetes(agent)
  if (counted.length === 0 && lines.length === 0 && notSetUp === 0 && unanswered === 0) return 'holds'
  const failing = [
    ...counted,
    ...lines.map(sourceOf),
    ...(unanswered > 0 ? [{mechanism: 'kubernetes', job: null}] : []),
  ]
  const jobs = jobsOf(agent, failing)
  const empty = jobs.filter(job => targetsOf(agent, job) === 0)
  const [line] = lines
  const first = lines.flatMap(({first: at}) => at ?? []).sort()[0]
  const forbidden = lines.map(shape => forbiddenIn(shape)).find(words => words !== null) ?? null
  const isError = empty.length > 0 || (notSetUp > 0 && counted.length === 0 && lines.length === 0)
  return {
    severity: isError ? 'error' : 'warning',
    blame: forbidden === null ? 'cluster' : 'access',
    title: isError
      ? `${agentWords(agent)} finds no targets ${jobsInWords(empty)}: discovery fails`
      : `${agentWords(agent)} does not learn of new targets ${jobsInWords(jobs)}: discovery fails`,
    ...(first !== undefined && {since: first}),
    evidence: [
      ...(line
        ? [
            {
              what: 'error',
              value: excerpt(line.error ?? line.message),
              source: 'log',
              ...(line.last !== null && {at: line.last}),
            },
          ]
        : []),
      ...counterLines(agent),
      ...(notSetUp > 0
        ? [{what: 'not set up', value: `${formatCount(notSetUp)} jobs`, source: 'prometheus_sd_failed_configs'}]
        : []),
      ...(unanswered > 0
        ? [
            {
              what: 'requests to the API server',
              value: `${formatCount(unanswered)} since the start, none answered`,
              source: KUBERNETES_REQUESTS,
            },
          ]
        : []),
      ...targetLines(agent, jobs),
    ],
    why: isError
      ? 'A job without targets scrapes nothing, and nothing fails: its metrics are missing, and so is up.'
      : 'Known targets are scraped on at addresses that grow old; new pods are never scraped, and after a restart there are none.',
    remedy: remedies(agent, forbidden),
  }
}

/**
 * Requests for what to discover, when not one was ever answered. In 3.x the Kubernetes client lists through a watch, which tries a
 * server that refuses connections again in silence: no failure is counted and no line logged.
 */
function unansweredByKubernetes({metrics, process}: AgentFacts): number {
  if (metrics === null || process?.young === true) return 0 // a pod's network may come up after it
  const requests = samples(metrics, KUBERNETES_REQUESTS).filter(({value}) => value > 0)
  const isUnanswered = requests.every(({labels}) => labels.status_code === '<error>')
  return isUnanswered ? requests.reduce((total, {value}) => total + value, 0) : 0
}

/** Series of failure counters that rose within the window. */
function countedFailures({metrics, firstMetrics, interval}: AgentFacts): (Failing & {name: string; rise: number})[] {
  if (metrics === null || firstMetrics === null || interval !== 'valid') return []
  return [...metrics.series.keys()]
    .filter(name => FAILURE_COUNTER.test(name))
    .flatMap(name =>
      samples(metrics, name).flatMap(({labels, value}) => {
        const before = samples(firstMetrics, name).find(other => isSame(other.labels, labels))?.value ?? 0
        const mechanism = labels.mechanism ?? /^prometheus_sd_(kubernetes|dns|file|http)_/.exec(name)?.[1] ?? null
        // Alertmanagers are discovered, too.
        if (value <= before || labels.name === 'notify') return []
        return [{name, rise: value - before, mechanism, job: labels.config ?? null}]
      }),
    )
}

function isSame(a: Labels, b: Labels): boolean {
  return Object.keys({...a, ...b}).every(name => a[name] === b[name])
}

/** Lines that hold now, newest first. */
function freshLines({log, thresholds}: AgentFacts): LogShape[] {
  const end = log.endSeconds
  if (end === null) return []
  return log.shapes
    .filter(shape => shape.last !== null && secondsOf(shape.last) >= end - thresholds.currentErrorSeconds)
    .filter(shape => recognise(shape)?.cause === 'scrape/discovery-failing')
    .sort((a, b) => (b.last ?? '').localeCompare(a.last ?? ''))
}

/** 3.x says `discovery=http config=inventory`; the Kubernetes client says what it watches. */
function sourceOf({sample, message, error}: LogShape): Failing {
  const {fields} = parseLogLine(sample)
  const isKubernetes = /\*v1\.|k8s\.io|k8s_client_runtime/.test(`${sample} ${message} ${error ?? ''}`)
  return {mechanism: isKubernetes ? 'kubernetes' : (fields.discovery ?? null), job: fields.config ?? null}
}

/** The jobs that the failing discovery should fill; all jobs with discovery where it is not said which. */
function jobsOf({config}: AgentFacts, failing: readonly Failing[]): string[] {
  const dynamic = (config?.scrapeConfigs ?? []).filter(({discovery}) =>
    discovery.some(kind => kind !== 'static_configs'),
  )
  const isMeant = ({job, mechanism}: Failing, name: string, discovery: string[]) => {
    if (job !== null && dynamic.some(({jobName}) => jobName === job)) return job === name
    return mechanism === null || discovery.includes(`${mechanism}_sd_configs`)
  }
  return dynamic
    .filter(({jobName, discovery}) => failing.some(source => isMeant(source, jobName, discovery)))
    .map(({jobName}) => jobName)
}

/** Found by discovery, before relabelling; a job of which discovery never told has no series. */
function targetsOf({metrics}: AgentFacts, job: string): number {
  return metrics === null ? 0 : (sum(metrics, 'prometheus_sd_discovered_targets', {name: 'scrape', config: job}) ?? 0)
}

function counterLines(agent: AgentFacts): EvidenceLine[] {
  const byName = new Map<string, number>()
  for (const {name, rise} of countedFailures(agent)) byName.set(name, (byName.get(name) ?? 0) + rise)
  return [...byName].map(([name, rise]) => ({
    what: 'failures',
    value: `${formatCount(rise)} in ${formatSeconds(agent.window.secondsBetween)}`,
    source: name,
  }))
}

function targetLines(agent: AgentFacts, jobs: readonly string[]): EvidenceLine[] {
  return jobs.slice(0, SHOWN_JOBS).map(job => ({
    what: 'discovered',
    value: `${formatCount(targetsOf(agent, job))} targets for job ${job}`,
    source: 'prometheus_sd_discovered_targets',
  }))
}

interface Forbidden {
  account: string
  resource: string
}

/** `User "system:serviceaccount:monitoring:agent" cannot list resource "pods" in API group ""`. */
function forbiddenIn({error, message, sample}: LogShape): Forbidden | null {
  const text = `${error ?? ''} ${message} ${sample}`.replaceAll('\\', '')
  const match = /User "(?<account>[^"]+)" cannot (?:list|watch|get) resource "(?<resource>[^"]+)"/.exec(text)
  const {account, resource} = match?.groups ?? {}
  return account === undefined || resource === undefined ? null : {account, resource}
}

function remedies(agent: AgentFacts, forbidden: Forbidden | null): RemedyStep[] {
  const {configuration, showConfiguration: show} = settingsOf(agent)
  return [
    ...(forbidden === null
      ? [{text: 'mend what the error names: the source of the list, or the way to it from the pod', changes: false}]
      : [
          {
            text: `grant get, list and watch on ${forbidden.resource} to ${forbidden.account}; the agent notices by itself`,
            changes: true,
          },
          {
            text: 'see whether it may (needs the right to impersonate)',
            command: kubectl(
              agent.context,
              null,
              'auth',
              'can-i',
              'list',
              forbidden.resource,
              '--all-namespaces',
              `--as=${forbidden.account}`,
            ),
            changes: false,
          },
        ]),
    {text: 'see what was found', command: readFromAgent(agent, '/api/v1/targets?state=any'), changes: false},
    {text: `see ${configuration}`, command: show, changes: false},
  ]
}

function jobsInWords(jobs: readonly string[]): string {
  if (jobs.length === 0) return 'of some jobs'
  const named = jobs.length > SHOWN_JOBS ? [...jobs.slice(0, SHOWN_JOBS), `${jobs.length - SHOWN_JOBS} more`] : jobs
  return `of job${jobs.length === 1 ? '' : 's'} ${listInWords(named)}`
}

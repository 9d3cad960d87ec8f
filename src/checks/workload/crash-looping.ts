import type {ContainerState} from '../../evidence/types.ts'
import {type LogLine, parseLogLine} from '../../facts/log/line.ts'
import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatNumberOf, formatSeconds, secondsOf} from '../../units.ts'
import type {EvidenceLine, RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {describePod, readLog, settingsOf} from '../kubectl.ts'
import {agentContainer, exitInWords} from '../pod.ts'
import {agentWords, excerpt, excerptWithEnd} from '../words.ts'

/** The kubelet forgets its back-off after a container has run this long (twice its longest back-off of 5 min). */
const KUBELET_RESET_SECONDS = 600

/** Lines of the last run that are shown: its errors, where it has any. */
const LAST_LINES = 3

export default defineCheck({
  id: 'workload/crash-looping',
  title: 'no agent is in a crash loop',
  severity: 'error',
  explains: [
    'workload/not-running',
    'access/agent-unreachable',
    'delivery/loss-happened',
    'delivery/stalled',
    'wal/corrupt',
  ],
  needs: ['pod-status', 'previous-log'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts.nowSeconds)),
  documentation: `
The agent's container starts and ends again and again: the kubelet waits in CrashLoopBackOff, or it has restarted at least
${THRESHOLDS.crashLoopRestarts} times and the last run ended within ${formatSeconds(KUBELET_RESET_SECONDS)}. The finding names the reason of the last
termination and the last lines that the run before wrote.

**Why it matters.** While it is down nothing is scraped. And each start begins to read the WAL at its own start time
(\`tsdb/wlog/watcher.go\`): whatever the run before had not sent is never sent.

**Threshold.** The kubelet forgets its back-off after ten minutes of running, so a restart within that time belongs to the loop.

**What to do.** Read the log of the previous run. Common last words: \`field rule_files is not allowed in agent mode\` (a server's
configuration), \`The following flag(s) can not be used in agent mode\` (a server's flags), \`lock DB directory\` (two pods on one
volume), \`permission denied\` (securityContext, fsGroup), \`no space left on device\`. Exit code 137 with reason \`Error\` is a
kill, often by a liveness probe that does not wait for the WAL replay; only reason \`OOMKilled\` is memory.

**What not to do.** Do not delete the WAL before you have read the log.
`,
})

function judge(agent: AgentFacts, nowSeconds: number): Judgement {
  const pod = agent.evidence.podStatus
  if (pod === null) return agent.pod === '' ? 'does-not-apply' : {unknown: 'the state of its pod was not read'}
  const container = agentContainer(pod)
  if (!container?.state) return 'does-not-apply'
  const {state, lastState, restarts} = container
  const backingOff = state.kind === 'waiting' && state.reason === 'CrashLoopBackOff'
  const ended = state.kind === 'terminated' ? state : lastState
  const sinceEnd = ended?.finishedAt ? nowSeconds - secondsOf(ended.finishedAt) : Number.POSITIVE_INFINITY
  if (!backingOff && !(restarts >= agent.thresholds.crashLoopRestarts && sinceEnd < KUBELET_RESET_SECONDS))
    return 'holds'
  const how = ended ? exitInWords(ended.exitCode, ended.reason) : 'reason not reported'
  return {
    severity: 'error',
    blame: 'agent',
    title: `${agentWords(agent)} is in a crash loop: ${formatNumberOf(restarts, 'restart')}, last exit: ${how}`,
    ...(ended?.finishedAt && {since: ended.finishedAt}),
    evidence: [
      {
        what: 'restarts',
        value: `${restarts}${Number.isFinite(sinceEnd) ? `, the last run ended ${formatSeconds(sinceEnd)} ago` : ''}`,
        source: 'pod status',
      },
      {
        what: 'last exit',
        value: `${how}${ranFor(ended)}`,
        source: 'container state',
        ...(ended?.finishedAt && {at: ended.finishedAt}),
      },
      ...(ended?.message ? [{what: 'message', value: excerpt(ended.message), source: 'container state'}] : []),
      ...lastWords(agent),
    ],
    why: 'While it is down nothing is scraped, and each start discards what the previous run had not sent.',
    remedy: [
      ...readSteps(agent),
      {text: 'check probes, limits and events', command: describePod(agent), changes: false},
    ],
  }
}

function ranFor(ended: ContainerState | null): string {
  if (!ended?.startedAt || !ended.finishedAt) return ''
  return `, after ${formatSeconds(secondsOf(ended.finishedAt) - secondsOf(ended.startedAt))}`
}

function lastWords(agent: AgentFacts): EvidenceLine[] {
  const log = agent.evidence.previousLog
  if (!log.ok)
    return [{what: 'last lines', value: `not read: ${excerpt(log.detail, 160)}`, source: 'log of the previous run'}]
  const source = 'log of the previous run'
  const errors = lastErrors(agent)
  if (errors.length > 0) return errors.map(line => ({what: 'last words', value: inWords(line), source}))
  return log.value.tail
    .filter(line => line.trim() !== '')
    .slice(-LAST_LINES)
    .map(line => ({what: 'last lines', value: excerpt(line), source}))
}

/** The newest first, each once; what it said of its ordinary work is not among them. */
function lastErrors(agent: AgentFacts): LogLine[] {
  const log = agent.evidence.previousLog
  if (!log.ok) return []
  const errors = log.value.tail
    .map(parseLogLine)
    .filter(({level}) => level === 'error')
    .reverse()
  return errors
    .filter((line, at) => errors.findIndex(other => inWords(other) === inWords(line)) === at)
    .slice(0, LAST_LINES)
}

/** What went wrong before who says so: `field rule_files is not allowed in agent mode ("Error loading config")`. */
function inWords({error, message}: LogLine): string {
  return error === null ? excerptWithEnd(message) : `${excerptWithEnd(error)} ("${excerpt(message, 80)}")`
}

function readSteps(agent: AgentFacts): RemedyStep[] {
  const [newest] = lastErrors(agent)
  const command = readLog(agent, {previous: true, tail: 30})
  if (newest === undefined)
    return [{text: 'read the last log lines of the previous run, and fix what they name', command, changes: false}]
  return [
    {text: `mend what its last words name, in ${whereToMend(agent, newest)}`, changes: true},
    {text: 'read the whole end of the previous run', command, changes: false},
  ]
}

function whereToMend(agent: AgentFacts, {error, message}: LogLine): string {
  const {configuration, kept} = settingsOf(agent)
  return /config|yaml|parsing/i.test(`${message} ${error}`) && !/command line|flag/i.test(message)
    ? configuration
    : kept
}

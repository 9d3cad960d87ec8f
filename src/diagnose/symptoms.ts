/** Symptoms that nothing explains must not be read as reasons: they say that the reason is not visible, and quote what is. */
import type {EvidenceLine, Finding} from '../checks/check.ts'
import type {ErrorClass} from '../facts/log/signatures/signature.ts'
import type {AgentFacts, QueueFacts} from '../facts/types.ts'
import type {Candidate} from './candidate.ts'
import {concernsQueue} from './scope.ts'

const symptoms = ['delivery/rejected', 'delivery/retrying', 'delivery/behind']
/** Answers that no check can tell the meaning of. */
const unclear: readonly ErrorClass[] = ['unknown', 'bad-request']
const longestQuote = 300
/** Some checks say it themselves. */
const reasonLine = 'reason'
const notVisible = 'not visible'

/** `candidate` is explained by nothing; other findings come back as they are. */
export function admitNoReason(candidate: Candidate): Finding {
  const {finding} = candidate
  const queue = symptoms.includes(finding.id) && finding.status === 'found' ? queueOf(candidate) : null
  if (!queue) return finding
  // A queue that catches up is late because of what is over.
  if (finding.id === 'delivery/behind' && queue.queue.catchUp.verdict === 'yes') return finding
  const own = finding.evidence.find(({what}) => what === reasonLine)
  const line = own ?? whatIsVisible(queue.agent, queue.queue)
  const isVisible = !line.value.startsWith(notVisible)
  return {
    ...finding,
    title: isVisible ? finding.title : `${finding.title}; the reason is not visible`,
    evidence: own ? finding.evidence : [...finding.evidence, line],
  }
}

function queueOf({finding, agents}: Candidate): {agent: AgentFacts; queue: QueueFacts} | null {
  for (const agent of agents) {
    const queue = agent.queues.find(own => concernsQueue(finding.scope, agent, own))
    if (queue) return {agent, queue}
  }
  return null
}

function whatIsVisible(agent: AgentFacts, queue: QueueFacts): EvidenceLine {
  const what = reasonLine
  const [newest] = queue.errors
  if (newest) {
    const text = newest.text.length > longestQuote ? `${newest.text.slice(0, longestQuote)}…` : newest.text
    // It holds now and is understood: that the check which names it was not asked for makes it no riddle.
    const isReason = newest.current && !unclear.includes(newest.class)
    const value = isReason ? text : `not visible: the newest error in the log is "${text}"`
    const line = {what, value, source: 'log'}
    return newest.last === null ? line : {...line, at: newest.last}
  }
  const {log} = agent.evidence
  if (!log.ok) return {what, value: `not visible: the log could not be read: ${log.detail}`, source: 'log'}
  return {what, value: 'not visible: the log has no error line about this queue', source: 'log'}
}

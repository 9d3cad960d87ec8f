import type {LogShape} from '../../evidence/types.ts'
import {sum} from '../../facts/exposition/exposition.ts'
import {recognise, type Signature} from '../../facts/log/signatures.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatCount, secondsOf} from '../../units.ts'
import {cautionBefore} from '../caution.ts'
import type {Severity} from '../check.ts'
import {defineCheck} from '../check.ts'
import {isInTrouble} from '../delivery-figures.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {kubectlFor, readLog} from '../kubectl.ts'
import {missingMetrics} from '../missing.ts'
import {agentWords, excerpt} from '../words.ts'

/** Damage found within the last hour belongs to tonight. */
const RECENT_SECONDS = 3600
/** Different lines that are quoted. */
const SHOWN_LINES = 3

export default defineCheck({
  id: 'wal/corrupt',
  title: 'the WAL of every agent can be read as it was written',
  severity: 'error',
  explains: ['scrape/stalled', 'delivery/stalled'],
  needs: ['metrics', 'two-scrapes', 'log', 'previous-log'],
  evaluate: facts => judgeAgents(facts, agent => judge(agent, facts.nowSeconds)),
  documentation: `
The log speaks of a damaged WAL (\`encountered WAL read error, attempting repair\`, \`segments are not sequential\`, \`failed to truncate
WAL\`, samples without their series), or a counter of damage is above zero
(\`prometheus_tsdb_wal_reader_corruption_errors_total\`, \`prometheus_agent_corruptions_total\`).

**Why it matters.** A repair deletes all that stands behind the damaged place: what had not been sent from there is lost. A WAL that cannot
be truncated grows until the disk is full.

**Severity.** An error when a repair, a hole or a failed truncation is less than an hour old, or a counter rises; a warning when it
is older, when it is only the debris of an unclean end (samples that refer to unknown series), or while another reason is seen for what is
wrong with the agent's deliveries.

**What to do.** Look at why the process before ended (out of memory, node gone, storage errors) and at the disk itself.

**What not to do.** Do not delete single segments: the reader cannot go over a hole. Move the whole wal directory away, with the agent
stopped, once nothing waits to be sent.
`,
})

interface Damage {
  shape: LogShape
  signature: Signature
}

function judge(agent: AgentFacts, nowSeconds: number): Judgement {
  if (agent.pod === '') return 'does-not-apply'
  const damages = damagesOf(agent)
  const count = agent.wal.corruptions ?? 0
  const before =
    agent.firstMetrics === null ? null : sum(agent.firstMetrics, 'prometheus_tsdb_wal_reader_corruption_errors_total')
  const now = agent.metrics === null ? null : sum(agent.metrics, 'prometheus_tsdb_wal_reader_corruption_errors_total')
  const isRising = agent.interval === 'valid' && (now ?? 0) > (before ?? 0)
  const [worst] = damages
  if (!worst && count === 0)
    return agent.metrics === null && !agent.log.read ? {unknown: missingMetrics(agent)} : 'holds'
  const first = damages.flatMap(({shape}) => shape.first ?? []).sort()[0]
  return {
    severity: severityOf(agent, damages, count, isRising, nowSeconds),
    blame: 'agent',
    title: `${agentWords(agent)}: ${worst?.signature.title ?? 'the WAL has damaged places'}`,
    ...(first !== undefined && {since: first}),
    evidence: [
      ...damages.slice(0, SHOWN_LINES).map(({shape}) => ({
        what: 'log',
        value: excerpt(shape.error === null ? shape.message : `${shape.message}: ${shape.error}`),
        source: agent.log.shapes.includes(shape) ? 'log' : 'log of the run before',
        ...(shape.last !== null && {at: shape.last}),
      })),
      ...(count === 0
        ? []
        : [
            {
              what: 'damaged places',
              value: `${formatCount(count)} since the start${isRising ? ', rising' : ''}`,
              source: 'prometheus_tsdb_wal_reader_corruption_errors_total, prometheus_agent_corruptions_total',
            },
          ]),
    ],
    why: worst?.signature.meaning ?? 'What stood in the damaged places cannot be read, and so was not sent.',
    remedy: [
      ...cautionBefore(agent),
      {
        text: worst?.signature.remedy ?? 'look at the disk and at why the process before ended',
        changes: false,
      },
      {text: 'see why the run before ended', command: readLog(agent, {previous: true}), changes: false},
      {text: 'see the volume', command: kubectlFor(agent, 'get', 'pvc', '-o', 'wide'), changes: false},
    ],
  }
}

const GRAVITY = ['error', 'warning', 'info', 'ordinary']

/** The gravest first, then the newest. */
function damagesOf({log}: AgentFacts): Damage[] {
  return [...log.shapes, ...log.previousShapes]
    .flatMap(shape => {
      const signature = recognise(shape)
      return signature?.cause === 'wal/corrupt' ? [{shape, signature}] : []
    })
    .sort(
      (a, b) =>
        GRAVITY.indexOf(a.signature.severity) - GRAVITY.indexOf(b.signature.severity) ||
        (b.shape.last ?? '').localeCompare(a.shape.last ?? ''),
    )
}

function severityOf(
  agent: AgentFacts,
  damages: Damage[],
  count: number,
  isRising: boolean,
  nowSeconds: number,
): Severity {
  if (agent.queues.some(queue => isInTrouble(queue) && queue.errors.some(({current}) => current))) return 'warning'
  const isRecent = damages.some(
    ({shape, signature}) =>
      signature.severity === 'error' && shape.last !== null && nowSeconds - secondsOf(shape.last) <= RECENT_SECONDS,
  )
  const countedLately = count > 0 && (agent.process?.uptimeSeconds ?? 0) <= RECENT_SECONDS
  return isRecent || isRising || countedLately ? 'error' : 'warning'
}

import {sample} from '../../facts/exposition/exposition.ts'
import {type KnownBadVersions, knownBad, perhapsBad} from '../../facts/process/versions.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {cautionBefore} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {type Judgement, judgeAgents} from '../judge.ts'
import {settingsOf} from '../kubectl.ts'
import {missingMetrics, missingPiece} from '../missing.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'workload/known-bad-version',
  title: 'no agent runs a release with a known fault of its kind',
  severity: 'warning',
  explains: [],
  needs: ['metrics', 'pod-status', 'config'],
  evaluate: facts => judgeAgents(facts, judge),
  documentation: `
The agent's release (\`prometheus_build_info\`, else \`/api/v1/status/buildinfo\`, else the image's tag) is in a table of releases whose
changelog names a fault of agents or of remote write. A tag without a patch level (\`v2.53\`) does not tell faults of its first patch
releases: they are unknown then.

**Why it matters.** A fault of the release looks like a fault of anything else: a queue that blocks for good after resharding (3.7.0 to
3.7.2), samples that go missing while the agent catches up (2.51.0 to 2.53.0), a process that dies of a log line (3.0).

**Severity.** A warning where data can be lost or the process can stop; else info. A fault with a condition (\`sample_age_limit\` set,
targets that expose duplicate series) is named only where that condition is seen, so that a release is not blamed for its age.

**What to do.** Take the release that mends it, or a later one of the same line.

**What not to do.** An upgrade restarts the agent. Do not begin it while the agent is behind: what waits to be sent would be lost.
`,
})

function judge(agent: AgentFacts): Judgement {
  const {version} = agent
  if (version === null)
    return agent.pod === '' ? 'does-not-apply' : {unknown: `its version is not known: ${missingMetrics(agent)}`}
  const rows = knownBad(version)
  const met = rows.filter(row => isMet(row, agent) === true).sort((a, b) => Number(b.losesData) - Number(a.losesData))
  const [worst] = met
  const perhaps = perhapsBad(version).some(row => isMet(row, agent) !== false)
  if (perhaps && !worst?.losesData) {
    const why = agent.metrics === null ? missingMetrics(agent) : 'its metrics have no prometheus_build_info'
    return {unknown: `its image's tag ${version.text} does not tell the patch release, and ${why}`}
  }
  if (!worst) {
    const open = rows.filter(row => row.losesData && isMet(row, agent) === null)
    return open.length === 0 ? 'holds' : {unknown: missingPiece('its configuration', agent.evidence.config)}
  }
  const settings = settingsOf(agent)
  return {
    severity: worst.losesData ? 'warning' : 'info',
    blame: 'agent',
    title: `${agentWords(agent)} runs ${version.text}: ${worst.problem}`,
    evidence: [
      {what: 'version', value: version.text, source: version.source},
      ...met.map(row => ({
        what: 'mended in',
        value: met.length === 1 ? row.fixedIn : `${row.fixedIn}: ${row.problem}`,
        source: row.reference,
      })),
      ...(worst.condition === null
        ? []
        : [{what: 'seen here', value: conditionWords(worst), source: 'configuration and metrics'}]),
    ],
    why: worst.losesData
      ? 'Data can be lost through no fault of the receiver or the network, and nothing but the release tells why.'
      : 'No data is lost by it.',
    remedy: [
      ...cautionBefore(agent),
      {
        text: `run ${newestOf(met)} or later: change the version in ${settings.kept}; this restarts the pod`,
        changes: true,
      },
      {text: 'see what is set', command: settings.show, changes: false},
    ],
  }
}

/** Whether what the fault takes is there; null when that is not known. */
function isMet({condition}: KnownBadVersions, {config, metrics}: AgentFacts): boolean | null {
  switch (condition) {
    case null:
      return true
    case 'sample_age_limit':
      return config === null ? null : config.remoteWrites.some(({queue}) => queue.sampleAgeLimitSeconds > 0)
    case 'duplicate_series': {
      const duplicates =
        metrics === null ? null : sample(metrics, 'prometheus_target_scrapes_sample_duplicate_timestamp_total')
      return duplicates === null ? null : duplicates > 0
    }
  }
}

function conditionWords({condition}: KnownBadVersions): string {
  return condition === 'sample_age_limit' ? 'sample_age_limit is set' : 'targets have exposed duplicate series'
}

/** The release that mends all of them; rows stand in the order of the table, so versions are compared part by part. */
function newestOf(rows: readonly KnownBadVersions[]): string {
  const parts = (text: string) => text.split('.').map(Number)
  const sorted = rows
    .map(({fixedIn}) => fixedIn)
    .sort((a, b) => {
      const [left, right] = [parts(a), parts(b)]
      return left.map((part, index) => (right[index] ?? 0) - part).find(difference => difference !== 0) ?? 0
    })
  return sorted[0] ?? ''
}

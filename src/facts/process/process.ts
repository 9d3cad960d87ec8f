/** The process: which Prometheus it is, in which mode, since when. */
import type {AgentEvidence, ContainerEvidence} from '../../evidence/types.ts'
import {secondsOf} from '../../units.ts'
import {type Exposition, sample, samples} from '../exposition/exposition.ts'
import type {ReadScrape} from '../exposition/scrapes.ts'
import type {AgentFacts, ProcessFacts} from '../types.ts'
import {type AgentVersion, isAtLeast, type PrometheusVersion, parseVersion} from './versions.ts'

/** By the metric prometheus_build_info, else the build info API, else the image's tag. */
export function readVersion(evidence: AgentEvidence, metrics: Exposition | null): AgentVersion | null {
  const texts: [AgentVersion['source'], string | undefined][] = [
    ['prometheus_build_info', metrics ? samples(metrics, 'prometheus_build_info')[0]?.labels.version : undefined],
    ['/api/v1/status/buildinfo', evidence.buildInfo.ok ? evidence.buildInfo.value.version : undefined],
    ["the image's tag", /:([^:/@]+)(?:@.*)?$/.exec(ownContainer(evidence)?.image ?? '')?.[1]],
  ]
  for (const [source, text] of texts) {
    const version = text === undefined ? null : parseVersion(text)
    if (version) return {...version, source}
  }
  return null
}

/**
 * Strongest evidence first: the text of /-/ready, metrics that exist in one mode only, flags, the container's arguments. Flags of
 * both modes are listed by either, so their presence proves nothing; the 2.x feature does nothing on 3.x but log a warning.
 */
export function readMode(
  evidence: AgentEvidence,
  metrics: Exposition | null,
  version: PrometheusVersion | null,
): AgentFacts['mode'] {
  const word = evidence.ready.ok ? /^Prometheus (Agent|Server) is /.exec(evidence.ready.value.text)?.[1] : undefined
  if (word) return word === 'Agent' ? 'agent' : 'server'
  if (metrics) {
    const names = [...metrics.series.keys()]
    if (names.some(name => name.startsWith('prometheus_agent_'))) return 'agent'
    if (names.some(name => name.startsWith('prometheus_tsdb_head_'))) return 'server'
  }
  const featureCounts = version === null || !isAtLeast(version, '3.0')
  if (evidence.flags.ok) {
    const {agent, 'enable-feature': features = ''} = evidence.flags.value
    if (agent !== undefined) return agent === 'true' ? 'agent' : 'server'
    return featureCounts && features.split(',').includes('agent') ? 'agent' : 'server'
  }
  const args = ownContainer(evidence)?.args
  if (!args) return 'unknown'
  const enablesFeature = args.some(arg => /^--enable-feature=(?:.*,)?agent(?:,|$)/.test(arg))
  if (args.some(arg => /^--agent(?:=true)?$/.test(arg)) || (featureCounts && enablesFeature)) return 'agent'
  // A wrapper's arguments say nothing; Prometheus' own do.
  return args.some(arg => /^--(?:config\.file|storage\.tsdb\.)/.test(arg)) ? 'server' : 'unknown'
}

/** Null when not even the start time is known. Times are the agent's own. `youngForSeconds`: see ProcessFacts.young. */
export function readProcess(
  newest: ReadScrape | null,
  evidence: AgentEvidence,
  youngForSeconds: number,
): ProcessFacts | null {
  if (!newest) return null
  const startSeconds = newest.startSeconds ?? startOfRuntimeInfo(evidence)
  if (startSeconds === null) return null
  const uptimeSeconds = Math.max(0, newest.agentSeconds - startSeconds)
  const {metrics} = newest
  const reload = sample(metrics, 'prometheus_config_last_reload_successful')
  return {
    startSeconds,
    uptimeSeconds,
    residentBytes: sample(metrics, 'process_resident_memory_bytes'),
    lastReloadSuccessful: reload === null ? null : reload === 1,
    lastReloadSuccessSeconds: sample(metrics, 'prometheus_config_last_reload_success_timestamp_seconds') || null,
    young: uptimeSeconds < youngForSeconds,
  }
}

function startOfRuntimeInfo({runtimeInfo}: AgentEvidence): number | null {
  const start = runtimeInfo.ok ? runtimeInfo.value.startTime : null
  const seconds = typeof start === 'string' ? secondsOf(start) : Number.NaN
  return Number.isNaN(seconds) ? null : seconds
}

/** The container that runs Prometheus. */
export function ownContainer({podStatus, container}: AgentEvidence): ContainerEvidence | null {
  return podStatus?.containers.find(({name}) => name === container) ?? podStatus?.containers[0] ?? null
}

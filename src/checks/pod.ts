/** Reads pod states as Kubernetes reports them; only workload and access checks need these. */
import type {ContainerEvidence, PodEvidence} from '../evidence/types.ts'

/** The container that runs Prometheus: the first, by the evidence's order. */
export function agentContainer(pod: PodEvidence): ContainerEvidence | null {
  return pod.containers[0] ?? null
}

/** The agent's container runs, by the kubelet's word. */
export function isRunning(pod: PodEvidence): boolean {
  return pod.phase === 'Running' && pod.deletedAt === null && agentContainer(pod)?.state?.kind === 'running'
}

/** Exit codes people have to look up: 137 is a kill, and only an OOM kill when the reason says so. */
export function exitInWords(exitCode: number | null, reason: string | null): string {
  if (reason === 'OOMKilled') return 'out of memory (OOMKilled, exit code 137)'
  if (exitCode === 137)
    return `killed with SIGKILL (exit code 137, reason ${reason ?? 'not given'}; not reported as OOM)`
  if (exitCode === 143) return 'stopped with SIGTERM (exit code 143)'
  const parts = [reason, exitCode === null ? null : `exit code ${exitCode}`].filter(part => part !== null)
  return parts.length > 0 ? parts.join(', ') : 'exited, reason not given'
}

/** All that a program in a pod could leave behind there: processes, files, and what the API server knows of the pod. */
import type {Cluster} from './cluster.ts'

export interface Traces {
  processes: string[]
  files: string[]
  /** Spec and metadata, but for what the kubelet and the API server count up. */
  pod: object
  /** Of its namespace. */
  pods: string[]
}

export async function tracesIn(cluster: Cluster, namespace: string, name: string): Promise<Traces> {
  // Before any other program is started there: while its container is entered, it is a process of the pod, too.
  const processes = await processesIn(cluster, namespace, name)
  const [files, pod, pods] = await Promise.all([
    filesIn(cluster, namespace, name),
    cluster.kubectl(['get', 'pod', '-n', namespace, name, '-o', 'json']),
    cluster.kubectl(['get', 'pods', '-n', namespace, '-o', 'name']),
  ])
  const {metadata, spec} = JSON.parse(pod)
  const {managedFields: _, resourceVersion: __, ...rest} = metadata
  return {processes, files, pod: {metadata: rest, spec}, pods: pods.split('\n').sort()}
}

/** State and name of each, zombies too, but for the one that looks. */
export async function processesIn(cluster: Cluster, namespace: string, name: string): Promise<string[]> {
  const list = 'echo $$; exec ps -o pid,stat,comm'
  const [own = '', ...rows] = (await run(cluster, namespace, name, list)).split('\n')
  const others = rows.map(row => row.trim().split(/\s+/)).filter(([pid]) => pid !== own && /^\d+$/.test(pid ?? ''))
  // A process sleeps one moment and runs the next.
  return others.map(
    ([pid, state = '', ...command]) => `${pid} ${state.startsWith('Z') ? 'zombie' : 'alive'} ${command.join(' ')}`,
  )
}

/** Those of the image with size and times of change; of the agent's own data, which it writes, the names. */
async function filesIn(cluster: Cluster, namespace: string, name: string): Promise<string[]> {
  const list =
    'busybox find / -xdev -exec busybox stat -c "%n %F %s %Y %Z" {} + ; busybox find /dev /prometheus /etc/prometheus'
  return (await run(cluster, namespace, name, list)).split('\n').sort()
}

function run(cluster: Cluster, namespace: string, name: string, script: string): Promise<string> {
  return cluster.kubectl(['exec', '-n', namespace, name, '-c', 'prometheus', '--', 'sh', '-c', script])
}

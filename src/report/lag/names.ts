/** What the agents of lag's rows are called: no longer than tells them apart. */
import type {LagRow} from '../../diagnose/lag/lag-report.ts'
import {clean} from '../text.ts'

/** "agent-0", or "monitoring/agent-0" where the rows are of several namespaces; '' for a context without agents. */
export function agentNamer(rows: readonly LagRow[]): (row: LagRow) => string {
  const namespaces = new Set(rows.flatMap(({namespace}) => (namespace === '' ? [] : [namespace])))
  const inPod = placeNamer(rows)
  return row => {
    const name = inPod(row)
    return namespaces.size > 1 && row.namespace !== '' ? clean(`${row.namespace}/${name}`) : name
  }
}

/** "cluster2 monitoring/agent-0": complete, as warnings name it. "cluster2" where the central tells no more of it ("-" in the table). */
export function fullAgentNamer(rows: readonly LagRow[]): (row: LagRow) => string {
  const inPod = placeNamer(rows)
  return row => {
    const place = [row.namespace, inPod(row)].filter(part => part !== '' && part !== '-').join('/')
    return clean([row.context, place].filter(part => part !== '').join(' '))
  }
}

/** The pod, with the container where it holds more than one agent; the agent's name where there is no pod. */
function placeNamer(rows: readonly LagRow[]): (row: LagRow) => string {
  const containers = new Map<string, string>()
  const shared = new Set<string>()
  const place = ({context, namespace, pod}: LagRow) => `${context}\n${namespace}\n${pod}`
  for (const row of rows) {
    if (row.pod === '' || row.container === '') continue
    const first = containers.get(place(row))
    if (first === undefined) containers.set(place(row), row.container)
    else if (first !== row.container) shared.add(place(row))
  }
  return row => {
    if (row.pod === '') return clean(row.name)
    return clean(shared.size > 0 && shared.has(place(row)) ? `${row.pod}/${row.container}` : row.pod)
  }
}

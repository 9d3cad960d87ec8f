/** The label sets of active targets, gathered while they stream in: all of them where there is room, else an even part of each job. */
import type {LabelSets} from '../../evidence/labels.ts'
import {isSecretName, keepText, keepValue} from '../redact.ts'
import {LONGEST_NAME, LONGEST_VALUE, type TargetLabelSet} from './target-labels.ts'

/**
 * Bytes of JSON text, of one agent and of all agents of a run, which are in memory together. The metric families may have as much once
 * more. 10,000 targets of Kubernetes have some 3 MB.
 */
const MOST_BYTES = {ofAgent: 16 * 2 ** 20, ofAll: 192 * 2 ** 20}
/** In a file: both together are well below 1 MB of one agent, gzipped, and a fifth of what a bundle may have at all. */
const MOST_BYTES_OF_BUNDLE = {ofAgent: 4 * 2 ** 20, ofAll: 24 * 2 ** 20}
/** Jobs, each in each of its pools. */
const MOST_GROUPS = 5000

/** How much an agent may have, given how many contexts there are and how many agents its own has. */
export function labelBytesOf({
  contexts,
  agents,
  forBundle = false,
}: {
  contexts: number
  agents: number
  forBundle?: boolean
}): number {
  const {ofAgent, ofAll} = forBundle ? MOST_BYTES_OF_BUNDLE : MOST_BYTES
  return Math.min(ofAgent, Math.floor(ofAll / Math.max(1, contexts) / Math.max(1, agents)))
}

interface Group {
  pool: string
  job: string
  targets: number
  /** Every n-th of them. */
  kept: {labels: Record<string, string>; bytes: number}[]
}

export function createLabelSets(mostBytes: number): {
  add(labels: TargetLabelSet, pool: string): void
  result(): LabelSets
} {
  const groups = new Map<string, Group>()
  // Values repeat from target to target, and looking for secrets in each costs more than reading it.
  const cleaned = new Map<string, string>()
  let bytes = 0
  let every = 1
  let complete = true

  function clean(text: string, longest: number): string {
    const known = cleaned.get(text)
    if (known !== undefined) return known
    const kept = keepText(text, longest)
    if (cleaned.size < 100_000) cleaned.set(text, kept)
    return kept
  }

  function add(labels: TargetLabelSet, pool: string): void {
    const group = groupOf(pool, labels.get('job') ?? '')
    if (group === null) return
    group.targets += 1
    if ((group.targets - 1) % every !== 0) return
    const own = Object.fromEntries(
      // Hidden under a name that says secret, as it is in the configuration that sets it.
      [...labels].map(([name, value]) => [
        clean(name, LONGEST_NAME),
        isSecretName(name) ? keepValue(name, value, LONGEST_VALUE) : clean(value, LONGEST_VALUE),
      ]),
    )
    const ownBytes = JSON.stringify(own).length + group.pool.length + 24
    group.kept.push({labels: own, bytes: ownBytes})
    bytes += ownBytes
    while (bytes > mostBytes && thin());
    if (bytes <= mostBytes) return
    group.kept.pop()
    bytes -= ownBytes
    every = Number.POSITIVE_INFINITY // from here on only the first of a job may find room
    complete = false
  }

  function groupOf(pool: string, job: string): Group | null {
    const key = JSON.stringify([pool, job])
    const known = groups.get(key)
    if (known !== undefined) return known
    if (groups.size >= MOST_GROUPS) {
      complete = false
      return null
    }
    const group: Group = {pool: clean(pool, 300), job: clean(job, LONGEST_VALUE), targets: 0, kept: []}
    groups.set(key, group)
    return group
  }

  /** Takes every second of each group away; false when there is one of each at most. */
  function thin(): boolean {
    if ([...groups.values()].every(({kept}) => kept.length <= 1)) return false
    every *= 2
    complete = false
    for (const group of groups.values()) {
      group.kept = group.kept.filter(({bytes: own}, index) => {
        if (index % 2 === 1) bytes -= own
        return index % 2 === 0
      })
    }
    return true
  }

  return {
    add,
    result() {
      const all = [...groups.values()]
      const sets = all.flatMap(({pool, kept}) => kept.map(({labels}) => ({pool, labels})))
      if (complete) return {sets, complete}
      return {sets, complete, groups: all.map(({pool, job, targets}) => ({pool, job, targets}))}
    },
  }
}

/** Labels of active targets, gathered while they stream in: a digest that every look keeps. */
import {createHash} from 'node:crypto'
import type {TargetLabels} from '../../evidence/labels.ts'
import {keepText, keepValue} from '../redact.ts'

const MOST_NAMES = 100
/** Of each name, while counting. */
const MOST_VALUES = 1000
const SHOWN_VALUES = 5
const SHOWN_JOBS = 3
const MOST_SAMPLED = 64
export const LONGEST_NAME = 200
export const LONGEST_VALUE = 2000

/** As the targets API has them; other values than texts are no labels. */
export type TargetLabelSet = ReadonlyMap<string, string>

export function labelSetOf(labels: unknown): TargetLabelSet {
  if (typeof labels !== 'object' || labels === null) return new Map()
  const texts = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface CountedName {
  targets: number
  values: Map<string, number>
  jobs: Set<string>
}

export function createLabelDigest(): {add(labels: TargetLabelSet): void; result(): TargetLabels} {
  const names = new Map<string, CountedName>()
  let sample: {hash: string; labels: TargetLabelSet}[] = []

  function add(labels: TargetLabelSet): void {
    if (labels.size === 0) return
    for (const [name, value] of labels) {
      if (name === 'job' || name === 'instance') continue
      const known = names.get(name) ?? {targets: 0, values: new Map(), jobs: new Set()}
      if (known.targets === 0) {
        if (names.size >= MOST_NAMES) continue
        names.set(name, known)
      }
      known.targets += 1
      const key = value.slice(0, LONGEST_VALUE)
      if (known.values.has(key) || known.values.size < MOST_VALUES)
        known.values.set(key, (known.values.get(key) ?? 0) + 1)
      if (known.jobs.size < SHOWN_JOBS) known.jobs.add(labels.get('job') ?? '')
    }
    sample.push({hash: hashOf(labels), labels})
    if (sample.length >= 4 * MOST_SAMPLED) sample = smallest(sample)
  }

  return {
    add,
    result: () => ({
      names: [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, counted]) => shownName(name, counted)),
      sample: smallest(sample).map(({hash, labels}) => ({
        job: keepText(labels.get('job') ?? '', 300),
        instance: keepText(labels.get('instance') ?? '', 300),
        hash,
      })),
    }),
  }
}

function shownName(name: string, {targets, values, jobs}: CountedName): TargetLabels['names'][number] {
  const most = [...values]
    .sort(([a, counted], [b, other]) => other - counted || (a < b ? -1 : 1))
    .slice(0, SHOWN_VALUES)
  return {
    name: keepText(name, LONGEST_NAME),
    targets,
    values: most.map(([value, count]) => ({value: keepValue(name, value, 300), targets: count})),
    distinct: values.size,
    jobs: [...jobs].sort().map(job => keepText(job, 300)),
  }
}

/** The same for the same labels, whoever scrapes them. */
function hashOf(labels: TargetLabelSet): string {
  return createHash('md5')
    .update(JSON.stringify([...labels]))
    .digest('hex')
    .slice(0, 16)
}

function smallest<T extends {hash: string}>(sample: readonly T[]): T[] {
  return [...sample].sort((a, b) => (a.hash < b.hash ? -1 : 1)).slice(0, MOST_SAMPLED)
}

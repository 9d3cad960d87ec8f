/** The shapes of labels.ts at run time: see schema.ts. */
import * as z from 'zod/mini'

const text = z.string()
const count = z.int().check(z.minimum(0))

export const targetLabelsSchema = z.object({
  names: z.array(
    z.object({
      name: text,
      targets: count,
      values: z.array(z.object({value: text, targets: count})),
      distinct: count,
      jobs: z.array(text),
    }),
  ),
  sample: z.array(z.object({job: text, instance: text, hash: text})),
})

export const labelSetsSchema = z.object({
  sets: z.array(z.object({pool: text, labels: z.record(text, text)})),
  complete: z.boolean(),
  groups: z.optional(z.array(z.object({pool: text, job: text, targets: count}))),
})

export const metricFamiliesSchema = z.object({
  jobs: z.array(
    z.object({
      job: text,
      targets: count,
      families: z.array(z.object({name: text, type: text, targets: count})),
      familyCount: z.optional(count),
    }),
  ),
  complete: z.boolean(),
})

const monitorKind = z.enum(['ServiceMonitor', 'PodMonitor', 'Probe'])

const labelSelector = z.object({
  matchLabels: z.record(text, text),
  matchExpressions: z.array(z.object({key: text, operator: text, values: z.array(text)})),
})

export const monitorSelectorSchema = z.object({
  kind: monitorKind,
  labels: z.nullable(labelSelector),
  namespaces: z.nullable(labelSelector),
})

export const monitorsSchema = z.object({
  monitors: z.array(z.object({kind: monitorKind, namespace: text, name: text, labels: z.record(text, text)})),
  servers: z.array(z.object({namespace: text, name: text, selectors: z.array(monitorSelectorSchema)})),
  namespaces: z.nullable(z.record(text, z.record(text, text))),
  complete: z.boolean(),
})

export const scrapeClassSchema = z.object({
  name: text,
  isDefault: z.boolean(),
  sets: z.array(z.object({label: text, replacement: text, on: z.enum(['targets', 'series'])})),
})

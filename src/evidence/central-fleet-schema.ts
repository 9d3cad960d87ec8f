/** The shape of what a central holds of all identities, in a bundle: the types of central-fleet.ts once more, at run time. */
import * as z from 'zod/mini'

const text = z.string()
const number = z.number()
const labels = z.record(text, text)
const figure = z.optional(number)

const look = z.object({
  promql: text,
  atSeconds: z.nullable(number),
  windowSeconds: number.check(z.minimum(0)),
  identities: z.array(z.object({labels, newestSeconds: number})),
  warnings: z.array(text),
})

const queue = z.object({
  labels,
  namespace: text,
  pod: text,
  instance: text,
  name: text,
  url: text,
  offeredPerSecond: figure,
  attemptedPerSecond: figure,
  failedPerSecond: figure,
  retriedPerSecond: figure,
  bytesPerSecond: figure,
  pendingSamples: figure,
  shards: figure,
  shardsDesired: figure,
  shardsMax: figure,
  appendedSeconds: figure,
  sentSeconds: figure,
  intervalSeconds: figure,
  isOfferedYoung: figure,
  isAttemptedYoung: figure,
  returns: figure,
  agents: figure,
})

const unlabelled = z.object({labels, agents: number})

/** The pieces of it, for the schema that knows how a piece may be missing. */
export const centralFleetParts = {
  look,
  queues: z.array(queue),
  indexed: z.array(text),
  labels,
  unlabelled: z.array(unlabelled),
}

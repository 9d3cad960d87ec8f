/**
 * The shape of a fleet file (docs/fleet-file.md). Every scalar comes as text: `1e3` may be a cluster's name. Keys that are not known
 * here are errors, since a misspelt one would be silently left out.
 */
import * as z from 'zod/mini'
import {parseDurationSeconds} from '../../facts/duration.ts'
import {THRESHOLDS, type Thresholds} from '../../facts/thresholds.ts'

const text = z.string().check(
  z.minLength(1, 'must not be empty'),
  z.maxLength(1000, 'is longer than 1000 characters'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name holds any, and a header's value must not
  z.regex(/^[^\x00-\x1f\x7f]*$/, 'holds control characters'),
)
const texts = z.array(text)

export const CARRIES_SECRET = 'carries a secret, and a fleet file holds none'
const SECRET_HEADER = /authorization|cookie|token|secret|password|api-?key|signature|credential/i

const headers = z.record(
  text.check(
    z.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not the name of a header'),
    z.refine(name => !SECRET_HEADER.test(name), CARRIES_SECRET),
  ),
  text,
)

const flag = z.pipe(
  z.enum(['true', 'false'], 'must be true or false'),
  z.transform(value => value === 'true'),
)

/** The keys are the flags --central-* without their start, and need and exclude each other as those do. */
const central = z
  .strictObject({
    url: z.optional(text),
    context: z.optional(text),
    namespace: z.optional(text),
    pod: z.optional(text),
    tenant: z.optional(text),
    user: z.optional(text),
    passwordFile: z.optional(text),
    tokenFile: z.optional(text),
    caFile: z.optional(text),
    headers: z.optional(headers),
    headerFiles: z.optional(texts),
    insecureSkipVerify: z.optional(flag),
  })
  .check(
    z.refine(({url, context}) => (url === undefined) !== (context === undefined), 'must say either url or context'),
    needs('context', 'namespace', 'pod'),
    needs('url', 'caFile', 'insecureSkipVerify'),
    needs('user', 'passwordFile'),
    z.refine(
      ({user, tokenFile}) => user === undefined || tokenFile === undefined,
      'must not say both user and tokenFile',
    ),
  )

function needs(needed: string, ...keys: string[]) {
  return z.refine(
    (value: unknown) => {
      const given = value as Record<string, unknown>
      return given[needed] !== undefined || keys.every(key => given[key] === undefined)
    },
    `says ${keys.join(' or ')}, which needs ${needed}`,
  )
}

const labelName = text.check(z.refine(name => !name.startsWith('__'), 'is a label that agents cannot send'))

const expectedAgent = z
  .strictObject({
    context: z.optional(
      text.check(z.refine(name => !/[*?]/.test(name), 'must be the name of one context, not a glob')),
    ),
    namespace: z.optional(text),
    agent: z.optional(text),
    labels: z.optional(
      z.record(labelName, text).check(z.refine(labels => Object.keys(labels).length > 0, 'must not be empty')),
    ),
  })
  .check(z.refine(entry => Object.keys(entry).length > 0, 'must say context, namespace, agent or labels'))

const thresholds = z.strictObject(
  Object.fromEntries(
    Object.entries(THRESHOLDS).map(([name, usual]) => [name, z.optional(threshold(name, usual))]),
  ) as Record<keyof Thresholds, ReturnType<typeof z.optional<ReturnType<typeof threshold>>>>,
)

/** Seconds also as a duration; shares of a whole end at 1. */
function threshold(name: string, usual: number) {
  const isSeconds = name.endsWith('Seconds')
  const isShare = name.endsWith('Ratio') && usual <= 1
  const right = isSeconds
    ? `must be seconds above 0, or a duration such as 2m or 1h30m (default ${usual})`
    : `must be a number above 0${isShare ? ' and at most 1' : ''} (default ${usual})`
  return z.pipe(
    z.string(),
    z.transform((written, context) => {
      const plain = /^\d+(?:\.\d+)?(?:e-?\d+)?$/i.test(written) ? Number(written) : null
      const value = plain ?? (isSeconds ? parseDurationSeconds(written) : null)
      if (value !== null && Number.isFinite(value) && value > 0 && (!isShare || value <= 1)) return value
      context.issues.push({code: 'custom', message: right, input: written})
      return z.NEVER
    }),
  )
}

export const fleetSchema = z.strictObject({
  contexts: z.optional(texts),
  central: z.optional(central),
  identityLabels: z.optional(z.array(labelName)),
  expected: z.optional(z.array(expectedAgent)),
  thresholds: z.optional(thresholds),
})

/** Keys of each mapping of the file by its own key, '' for the file itself; for "did you mean". */
export const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', Object.keys(fleetSchema.shape)],
  ['central', Object.keys(central.shape)],
  ['expected', Object.keys(expectedAgent.shape)],
  ['thresholds', Object.keys(thresholds.shape)],
])

export type FleetContent = z.output<typeof fleetSchema>

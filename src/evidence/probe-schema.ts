/** The shape of probes in a bundle: the types of probe.ts once more, at run time. */
import * as z from 'zod/mini'

const text = z.string()
const maybeText = z.nullable(text)
const maybeSeconds = z.nullable(z.number().check(z.minimum(0), z.maximum(1e9)))
const timestamp = z.string().check(
  z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/),
  z.refine(value => !Number.isNaN(Date.parse(value))),
)
const status = z.int().check(z.minimum(0), z.maximum(999))

function step<T extends z.ZodMiniType>(value: T) {
  return z.nullable(
    z.discriminatedUnion('ok', [
      z.object({ok: z.literal(true), value, seconds: maybeSeconds}),
      z.object({ok: z.literal(false), code: text, detail: text, seconds: maybeSeconds}),
    ]),
  )
}

const settings = z.object({
  proxyUrl: maybeText,
  proxyBy: z.optional(text),
  proxyUnknown: z.optional(text),
  proxyFromEnvironment: z.boolean(),
  serverName: maybeText,
  insecureSkipVerify: z.boolean(),
  ownAuthority: z.boolean(),
  ownClientCertificate: z.boolean(),
  followRedirects: z.boolean(),
  protobufMessage: text,
  auth: text,
  headerNames: z.array(text),
  given: z.object({
    authority: z.boolean(),
    clientCertificate: z.boolean(),
    credentials: z.enum(['none', 'basic', 'bearer']),
    user: z.optional(text),
    headerNames: z.array(text),
    withheld: z.boolean(),
  }),
})

const certificate = z.object({
  subject: text,
  issuer: text,
  names: z.array(text),
  notBefore: z.nullable(timestamp),
  notAfter: z.nullable(timestamp),
})

export const probeSchema = z.object({
  address: text,
  agents: z.array(text),
  from: z.discriminatedUnion('kind', [
    z.object({kind: z.literal('here')}),
    z.object({
      kind: z.literal('pod'),
      context: text,
      namespace: text,
      pod: text,
      container: text,
      by: z.enum(['exec', 'ephemeral-container']),
      program: z.optional(z.literal('promtool')),
    }),
  ]),
  settings,
  startedAt: timestamp,
  seconds: z.number().check(z.minimum(0), z.maximum(1e9)),
  skipped: maybeText,
  dns: step(z.object({addresses: z.array(text)})),
  tcp: step(z.object({address: maybeText, port: z.int()})),
  proxy: step(z.object({status})),
  tls: step(
    z.object({
      protocol: text,
      cipher: text,
      chain: z.array(certificate),
      name: text,
      untrusted: z.nullable(z.object({code: text, detail: text})),
      wrongName: maybeText,
      clientCertificate: z.enum(['not-asked', 'asked', 'unknown']),
    }),
  ),
  http: step(
    z.object({
      status,
      contentType: maybeText,
      server: maybeText,
      location: maybeText,
      challenge: maybeText,
      retryAfter: maybeText,
      samplesWritten: maybeText,
      body: text,
    }),
  ),
  redirects: z.array(z.object({status, location: text})),
})

export const networkPolicySchema = z.object({
  name: text,
  types: z.array(text),
  podSelector: z.object({
    matchLabels: z.record(text, text),
    matchExpressions: z.array(z.object({key: text, operator: text, values: z.array(text)})),
  }),
})

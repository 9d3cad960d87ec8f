import type {FleetFacts} from '../../facts/fleet.ts'
import type {ProbeFacts} from '../../facts/probe/probe.ts'
import {formatSeconds, secondsOf} from '../../units.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'

export default defineCheck({
  id: 'security/certificate-expiring',
  title: 'the certificates that receivers present are good for weeks',
  severity: 'warning',
  explains: [],
  needs: ['probe', 'config'],
  evaluate: facts => gather(addressesOf(facts).map(address => [{central: address}, judge(facts, address)])),
  documentation: `
A probe (\`promfleet probe\`, \`promfleet doctor --probe\`) saw a certificate in the chain of the receiver that ends within 21 days. The
threshold is that of the usual alert on probe_ssl_earliest_cert_expiry (blackbox exporter): whoever renews by itself has done so by
then.

**Why it matters.** From that moment on no agent that verifies certificates delivers any more: all of them at once, and it reads like a
failure of the network.

**What is measured.** The dates of every certificate that was presented in the TLS handshake, the server's own and those above it, as seen
from where the probe ran. A load balancer may present another to others.

**What to do.** Renew the one that is named, with its chain. The agents need nothing, unless their ca_file holds the authority that ends.

**What not to do.** Do not wait with insecure_skip_verify at hand: it takes away what TLS is for, and setting it rebuilds the queue.
`,
})

function addressesOf({probes}: FleetFacts): string[] {
  return [...new Set(probes.flatMap(({certificateEnds, evidence}) => (certificateEnds ? [evidence.address] : [])))]
}

function judge({probes, nowSeconds, thresholds}: FleetFacts, address: string): Judgement {
  const [first] = probes
    .filter(({evidence}) => evidence.address === address)
    .flatMap(probe => (probe.certificateEnds ? [{probe, ...probe.certificateEnds}] : []))
    .sort((a, b) => secondsOf(a.at) - secondsOf(b.at))
  if (!first) return 'does-not-apply'
  const leftSeconds = secondsOf(first.at) - nowSeconds
  if (leftSeconds > thresholds.certificateExpiringSeconds) return 'holds'
  const when = leftSeconds <= 0 ? `ended ${formatSeconds(-leftSeconds)} ago` : `ends in ${formatSeconds(leftSeconds)}`
  return {
    severity: 'warning',
    blame: 'central',
    title: `the certificate of ${address} ${when}`,
    evidence: [
      {
        what: leftSeconds <= 0 ? 'ended' : 'ends',
        value: `${first.at.slice(0, 16).replace('T', ' ')} UTC (limit ${formatSeconds(thresholds.certificateExpiringSeconds)} before)`,
        source: 'probe',
        at: first.probe.evidence.startedAt,
      },
      {what: 'certificate', value: `${first.subject}${namesOf(first.probe)}`, source: 'TLS handshake'},
    ],
    why: 'When it has ended, every agent that verifies certificates stops delivering at the same moment.',
    remedy: [
      {text: `renew the certificate of ${first.subject} at the receiver or what stands in front of it`, changes: true},
      {text: 'see why it was not renewed by itself (cert-manager, ACME client, a calendar)', changes: false},
    ],
  }
}

function namesOf({evidence: {tls}}: ProbeFacts): string {
  const names = tls?.ok ? (tls.value.chain[0]?.names ?? []) : []
  return names.length === 0 ? '' : `, for ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}`
}

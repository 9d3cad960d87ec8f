import {placeOfHost} from '../../facts/config/remote-write-url.ts'
import type {FleetFacts} from '../../facts/fleet.ts'
import type {ProbeFacts} from '../../facts/probe/probe.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {listInWords} from '../words.ts'

export default defineCheck({
  id: 'security/open-receiver',
  title: 'no receiver takes writes from whoever reaches it',
  severity: 'warning',
  explains: [],
  needs: ['probe', 'config'],
  evaluate: facts => gather(addressesOf(facts).map(address => [{central: address}, judge(facts, address)])),
  documentation: `
A probe (\`promfleet probe\`, \`promfleet doctor --probe\`) sent the receiver a write without a single series and without any
credentials, client certificate or header, and it was taken.

**Why it matters.** Whoever reaches that address can write: samples in the name of any cluster, enough of them to overload it, or
timestamps in the future that block the true ones. What was sent stored nothing.

**What is measured.** The answer: 2xx to the empty write, from each place that tried it. A 2xx with a web page is no receiver's and does not
count. From which networks the address can be reached is not measured: a network policy or an allow list may keep others out.

**What to do.** Give the agents credentials first (a receiver without authentication ignores them), then require them: basic auth or client
certificates in the web configuration of Prometheus (\`--web.config.file\`), or at the ingress in front of it.

**What not to do.** Do not require credentials before every agent has them: a write that is refused with 401 is dropped, not kept.
`,
})

/** Only what a probe reached; without a probe this check does not apply. */
function addressesOf({probes}: FleetFacts): string[] {
  return [...new Set(probes.filter(hasAnswered).map(({evidence}) => evidence.address))]
}

const hasAnswered = ({evidence}: ProbeFacts): boolean => evidence.skipped === null && evidence.http?.ok === true

function judge({probes}: FleetFacts, address: string): Judgement {
  const own = probes.filter(probe => probe.evidence.address === address && hasAnswered(probe))
  const anonymous = own.filter(({isAnonymous}) => isAnonymous)
  if (anonymous.length === 0) return 'does-not-apply' // with credentials nothing is learned of those without
  const open = anonymous.filter(({accepts}) => accepts)
  const [first] = open
  if (!first?.evidence.http?.ok) return 'holds'
  const places = open.map(({evidence: {from}}) =>
    from.kind === 'here' ? 'here' : `pod ${from.context} ${from.namespace}/${from.pod}`,
  )
  const inCluster = placeOfHost(new URL(address).host) === 'cluster'
  return {
    severity: 'warning',
    blame: 'central',
    title: `${address} takes writes without credentials from whoever reaches it`,
    evidence: [
      {
        what: 'answer',
        value: `${first.evidence.http.value.status} to a write without series and credentials`,
        source: 'probe',
        at: first.evidence.startedAt,
      },
      {what: 'tried from', value: listInWords([...new Set(places)]), source: 'probe'},
      ...(inCluster ? [{what: 'reached by', value: 'its name is known in the cluster only', source: 'URL'}] : []),
    ],
    why: 'False samples in the name of any cluster, or enough of them to overload it, need no password. A network policy or allow list that keeps others out cannot be seen from here.',
    remedy: [
      {
        text: 'first give the agents credentials (basic_auth, authorization or a client certificate in remote_write): a receiver without authentication ignores them. The edit rebuilds the queue: not while an agent is behind',
        changes: true,
      },
      {
        text: 'then require them at the receiver (--web.config.file of Prometheus) or at the ingress in front of it',
        changes: true,
      },
    ],
  }
}

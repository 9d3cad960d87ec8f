import type {AgentFacts} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import type {RemedyStep} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/tls-untrusted',
  title: 'agents trust the certificates of their receivers',
  severity: 'error',
  classes: ['tls-untrusted', 'tls-failed'],
  explains: RETRIED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    error?.class === 'tls-failed'
      ? `${agentWords(agent)} and ${hostAndPort(queue)} cannot agree on a TLS connection`
      : `${agentWords(agent)} does not trust the certificate of ${hostAndPort(queue)}`,
  why: ({agent, queue}) => lossSoFar(agent, queue),
  remedy: ({agent, error}) =>
    error?.class === 'tls-failed'
      ? [
          {
            text: 'compare TLS versions and ciphers of both sides (the error names what is missing), and fix the side that changed: at the receiver nothing is lost',
            changes: false,
          },
          {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
          checkAgain(agent),
        ]
      : certificateSteps(agent),
  documentation: `
The receiver's certificate is signed by an authority that the agent does not know (\`x509: certificate signed by unknown
authority\`), or by itself; or the two cannot agree on a TLS connection at all (\`tls: protocol version not supported\`).

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What to do.** Either give the receiver a certificate of a known authority (a load balancer that lost its intermediate
certificate looks like this too), or give the agent the authority with \`tls_config.ca_file\`. Where they cannot agree, compare the TLS
versions of both sides (\`tls_config.min_version\`).

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog. And not
\`insecure_skip_verify\`: it sends metrics and passwords to whoever answers.
`,
})

function certificateSteps(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: 'best fixed at the receiver, with a certificate from the CA that the agents trust: then nothing is lost. Check whether it was renewed by another CA, or lost its intermediate certificate',
      changes: false,
    },
    ...editAndReload(
      agent,
      `or give the agent the CA certificate (tls_config.ca_file) in ${settingsOf(agent).configuration}`,
      {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
    ),
    checkAgain(agent),
  ]
}

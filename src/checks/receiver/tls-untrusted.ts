import {editAgent} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {watchAnswers} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/tls-untrusted',
  title: 'agents trust the certificates of their receivers',
  severity: 'error',
  classes: ['tls-untrusted'],
  explains: RETRIED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${agentWords(agent)} does not trust the certificate of ${hostAndPort(queue)}`,
  why: () =>
    'Nothing is lost yet: the agent keeps trying and sends what waits once this is mended, as long as its WAL holds it.',
  remedy: ({agent}) => [
    {
      text: 'see who signed it, and whether it was renewed by another authority',
      changes: false,
    },
    {
      text: 'best mended at the receiver, with a certificate of the authority that the agents know: then nothing is lost',
      changes: false,
    },
    ...editAgent(agent, `or give the agent the authority (tls_config.ca_file) in ${settingsOf(agent).configuration}`),
    {text: 'see what is set', command: settingsOf(agent).show, changes: false},
    watchAnswers(agent),
  ],
  documentation: `
The receiver's certificate is signed by an authority that the agent does not know (\`x509: certificate signed by unknown
authority\`), or by itself.

**Why it matters.** Nothing is delivered. Remote write tries again without end, so nothing is lost before the agent's WAL is
truncated past what was sent (or the pod restarts).

**What to do.** Either give the receiver a certificate of a known authority (a load balancer that lost its intermediate
certificate looks like this too), or give the agent the authority with \`tls_config.ca_file\`.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard what waits. And not
\`insecure_skip_verify\`: it sends metrics and passwords to whoever answers.
`,
})

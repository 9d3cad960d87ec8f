import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/tls-expired',
  title: 'the certificates of receivers are valid now',
  severity: 'error',
  classes: ['tls-expired'],
  explains: RETRIED,
  blame: {alone: 'central', othersFine: 'agent'},
  headline: ({agent, queue}) =>
    `the certificate of ${hostAndPort(queue)} has expired or is not yet valid for ${agentWords(agent)}`,
  why: ({agent, queue}) => lossSoFar(agent, queue),
  remedy: ({agent}) => [
    {
      text: 'renew the certificate at the receiver and have it loaded: the agent then catches up by itself',
      changes: false,
    },
    {text: "if the certificate is valid, check the clock of the agent's node", changes: false},
    checkAgain(agent),
  ],
  documentation: `
The receiver's certificate has expired or is not yet valid (\`x509: certificate has expired or is not yet valid\`). The words
name both times: when "current time" is wrong, it is the clock of the agent's node.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What to do.** Renew the certificate; check that the process behind the address has loaded the new one.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

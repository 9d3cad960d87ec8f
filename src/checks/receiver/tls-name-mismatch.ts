import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/tls-name-mismatch',
  title: 'the certificates of receivers bear the names that agents use',
  severity: 'error',
  classes: ['tls-name-mismatch'],
  explains: RETRIED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `the certificate of ${hostAndPort(queue)} is for another name than the one ${agentWords(agent)} uses`,
  why: ({agent, queue}) => lossSoFar(agent, queue),
  remedy: ({agent}) => [
    {
      text: 'best fixed at the receiver, with a certificate for this name or address: then nothing is lost',
      changes: false,
    },
    ...editAndReload(
      agent,
      `or set tls_config.server_name, or use a name from the certificate, in ${settingsOf(agent).configuration}`,
      {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
    ),
    checkAgain(agent),
  ],
  documentation: `
The receiver's certificate is valid for other names (\`certificate is valid for A, not B\`), or the URL is an IP address and
the certificate has none (\`doesn't contain any IP SANs\`).

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts.

**What to do.** A certificate with the right name at the receiver; or, at the agent, the name that it bears as
\`tls_config.server_name\`, or a URL that uses it.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

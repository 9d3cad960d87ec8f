import {isRefusal} from '../../facts/queue/errors.ts'
import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {lossSoFar} from '../loss-so-far.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, RETRIED, receiverCheck} from '../receiver-check.ts'
import {agentWords, hostAndPort} from '../words.ts'

export default receiverCheck({
  id: 'receiver/tls-client-certificate',
  title: 'agents show the client certificates that receivers ask for',
  severity: 'error',
  classes: ['tls-client-certificate'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `${hostAndPort(queue)} wants a client certificate: ${agentWords(agent)} sends none, or one that is not trusted`,
  why: ({agent, queue, error}) =>
    error !== null && isRefusal(error)
      ? REFUSED_IS_LOST
      : `The receiver closes the connection. ${lossSoFar(agent, queue)}`,
  remedy: ({agent}) => [
    {
      text: "check whether the agent has a client certificate, whether it is still valid, and whether the receiver's client CA has changed",
      changes: false,
    },
    ...editAndReload(
      agent,
      `renew the certificate, or add tls_config.cert_file and key_file, in ${settingsOf(agent).configuration}`,
      {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
    ),
    checkAgain(agent),
  ],
  documentation: `
The receiver asks for a client certificate (mutual TLS) and refuses the connection: \`remote error: tls: certificate
required\`, \`bad certificate\`, \`handshake failure\`; nginx answers 400 \`No required SSL certificate was sent\`.

**Why it matters.** Nothing is delivered. Remote write retries without end, so nothing is lost before the agent's WAL is
truncated past what was sent, or the pod restarts. The 400 of a proxy is final: then samples are lost.

**What to do.** Give the agent a certificate with \`tls_config.cert_file\` and \`key_file\`, or renew it: files are read again
without a reload.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

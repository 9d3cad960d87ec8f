import {errorStatus} from '../../facts/error-classes.ts'
import {editAgent} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/scheme-mismatch',
  title: 'the scheme of every endpoint fits its port',
  severity: 'error',
  classes: ['scheme-mismatch', 'html-bad-request'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    `${agentWords(agent)} writes to ${addressOf(queue)} with the wrong scheme: ${error !== null && errorStatus(error.text) === null ? 'https:// to a port without TLS' : 'http:// to a port that speaks TLS'}`,
  why: () =>
    'One side speaks TLS and the other does not. With http:// to a TLS port every batch gets a 400 and is lost; with https:// to a plain port the agent keeps retrying.',
  remedy: ({agent}) => [
    {text: 'check whether TLS was recently switched on or off at the receiver', changes: false},
    ...editAgent(agent, `correct the scheme of the URL in ${settingsOf(agent).configuration}`),
    {text: 'see its current settings', command: settingsOf(agent).show, changes: false},
    checkAgain(agent),
  ],
  documentation: `
\`http: server gave HTTP response to HTTPS client\`: https:// to a plain port. Status 400 \`Client sent an HTTP request to an
HTTPS server\`, or an HTML page with status 400 (nginx; 2.53 and earlier log its first line only): http:// to a TLS port.

**Why it matters.** The 400 is final: samples are dropped, not kept, while the lag looks fine. The other way round the agent
keeps trying and only waits.

**What to do.** Correct the scheme of the URL, or switch TLS back at the receiver if that is what changed.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

import {errorStatus} from '../../facts/log/error-classes.ts'
import type {QueueError} from '../../facts/types.ts'
import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/scheme-mismatch',
  title: 'the scheme of every endpoint fits its port',
  severity: 'error',
  classes: ['scheme-mismatch', 'html-bad-request', 'invalid-url'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue, error}) =>
    isNoUrl(error)
      ? `${agentWords(agent)} cannot use the URL of ${addressOf(queue)}: it has no http:// or https://, or no host`
      : `${agentWords(agent)} writes to ${addressOf(queue)} with the wrong scheme: ${error !== null && errorStatus(error.text) === null ? 'https:// to a port without TLS' : 'http:// to a port that speaks TLS'}`,
  why: ({error}) =>
    isNoUrl(error)
      ? 'Nothing is sent to anybody. Only another URL mends that, and the edit rebuilds the queue: what waits by then is lost, so do it soon.'
      : 'One side speaks TLS and the other does not. With http:// to a TLS port every batch gets a 400 and is lost; with https:// to a plain port the agent keeps retrying.',
  remedy: ({agent, error}) => [
    ...(isNoUrl(error)
      ? []
      : [{text: 'check whether TLS was recently switched on or off at the receiver', changes: false}]),
    ...editAndReload(
      agent,
      isNoUrl(error)
        ? `write a whole URL, with http:// or https://, in ${settingsOf(agent).configuration}`
        : `correct the scheme of the URL in ${settingsOf(agent).configuration}`,
      {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
    ),
    checkAgain(agent),
  ],
  documentation: `
\`http: server gave HTTP response to HTTPS client\`: https:// to a plain port. Status 400 \`Client sent an HTTP request to an
HTTPS server\`, or an HTML page with status 400 (nginx; 2.53 and earlier log its first line only): http:// to a TLS port.
\`unsupported protocol scheme\`: a URL without any, which Prometheus loads and cannot use.

**Why it matters.** The 400 is final: samples are dropped, not kept, while the lag looks fine. The other way round the agent
keeps trying and only waits.

**What to do.** Correct the scheme of the URL, or switch TLS back at the receiver if that is what changed.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

function isNoUrl(error: QueueError | null): boolean {
  return error?.class === 'invalid-url'
}

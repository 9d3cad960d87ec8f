import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/unsupported-protocol',
  title: 'receivers know the remote-write protocol they are sent',
  severity: 'error',
  classes: ['unsupported-protocol'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) =>
    `${addressOf(queue)} does not support the remote-write protocol of ${agentWords(agent)}`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'compare protobuf_message of the agent with what the receiver accepts; remote write 2.0 needs a receiver of Prometheus 2.54 or later',
      changes: false,
    },
    ...editAndReload(agent, `set protobuf_message: prometheus.WriteRequest in ${settingsOf(agent).configuration}`, {
      text: 'see its current settings',
      command: settingsOf(agent).showConfiguration,
      changes: false,
    }),
    checkAgain(agent),
  ],
  documentation: `
415, or a 2xx whose headers admit that nothing was written: the receiver does not know remote write 2.0
(\`io.prometheus.write.v2.Request\`), was told to accept only one version
(\`--web.remote-write-receiver.accepted-protobuf-messages\`), or a proxy changed Content-Type or Content-Encoding.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Go back to \`prometheus.WriteRequest\` (the default) or move the receiver to a release that knows 2.0.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

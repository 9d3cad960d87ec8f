import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/payload-too-large',
  title: 'receivers take batches of the size that agents send',
  severity: 'error',
  classes: ['payload-too-large'],
  explains: REFUSED,
  blame: {alone: 'proxy', othersFine: 'proxy'},
  headline: ({agent, queue}) => `batches of ${agentWords(agent)} are too large for ${addressOf(queue)}`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'raise the limit of the proxy in front of the receiver (nginx: client_max_body_size, 1 MiB by default)',
      changes: false,
    },
    ...editAndReload(agent, `or lower queue_config.max_samples_per_send in ${settingsOf(agent).configuration}`, {
      text: 'see its current settings',
      command: settingsOf(agent).showConfiguration,
      changes: false,
    }),
    checkAgain(agent),
  ],
  documentation: `
413: a batch exceeds the size that the receiver, or more often the proxy in front of it, allows.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Raise the limit (nginx ingress: \`nginx.ingress.kubernetes.io/proxy-body-size\`), or lower
\`max_samples_per_send\`; a batch of 2,000 samples has some 50 KB, more with long labels or histograms.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

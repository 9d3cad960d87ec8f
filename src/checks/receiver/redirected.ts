import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, RETRIED, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/redirected',
  title: 'endpoints answer where they are written to',
  severity: 'error',
  classes: ['redirected'],
  explains: [...REFUSED, ...RETRIED],
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${addressOf(queue)} answers ${agentWords(agent)} with a redirect`,
  why: () =>
    'Remote write does not follow this redirect, or follows it in circles. Samples that get a 3xx answer are lost; redirects in circles are retried.',
  remedy: ({agent}) => [
    {
      text: 'see where it leads (Location header), usually from http:// to https:// or to a path without a trailing slash',
      changes: false,
    },
    ...editAndReload(agent, `use that address in ${settingsOf(agent).configuration}`, {
      text: 'see its current settings',
      command: settingsOf(agent).showConfiguration,
      changes: false,
    }),
    checkAgain(agent),
  ],
  documentation: `
The endpoint answers with a redirect (301, 302, 307, 308), or redirects lead nowhere (\`stopped after 10 redirects\`).

**Why it matters.** A status of 3xx is final for remote write: the batch is dropped, while the lag looks fine. Redirects in
circles are retried.

**What to do.** Write to the address that the redirect names: https instead of http, the canonical host, no trailing slash.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

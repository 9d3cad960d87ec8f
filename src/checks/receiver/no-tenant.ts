import {editAndReload} from '../caution.ts'
import {settingsOf} from '../kubectl.ts'
import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/no-tenant',
  title: 'agents name their tenant where receivers have several',
  severity: 'error',
  classes: ['no-tenant'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${addressOf(queue)} wants a tenant and ${agentWords(agent)} sends none`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'find out which tenant this agent belongs to, and whether it bypasses a gateway that used to add the header',
      changes: false,
    },
    ...editAndReload(
      agent,
      `add headers: {X-Scope-OrgID: TENANT} to remote_write in ${settingsOf(agent).configuration}`,
      {text: 'see its current settings', command: settingsOf(agent).showConfiguration, changes: false},
    ),
    checkAgain(agent),
  ],
  documentation: `
The receiver (Mimir, Cortex, Loki's kin) has several tenants and answers 401 \`no org id\`: the request carries no
\`X-Scope-OrgID\`.

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Add \`headers: {X-Scope-OrgID: TENANT}\` to the remote_write entry, or write to the gateway that adds it from
the credentials.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

import {checkAgain} from '../receiver-address.ts'
import {REFUSED, REFUSED_IS_LOST, receiverCheck} from '../receiver-check.ts'
import {addressOf, agentWords} from '../words.ts'

export default receiverCheck({
  id: 'receiver/forbidden',
  title: 'agents may write where they write to',
  severity: 'error',
  classes: ['forbidden'],
  explains: REFUSED,
  blame: {alone: 'config', othersFine: 'config'},
  headline: ({agent, queue}) => `${agentWords(agent)} may not write to ${addressOf(queue)}: it gets 403`,
  why: () => REFUSED_IS_LOST,
  remedy: ({agent}) => [
    {
      text: 'check what the receiver, or the proxy in front of it, allows this user, tenant or source address (ingress allow list, IAM policy, gateway)',
      changes: false,
    },
    checkAgain(agent),
  ],
  documentation: `
403: the credentials are known and may not write here, or a rule in front of the receiver refuses the sender (address list,
web application firewall, IAM policy).

**Why it matters.** The answer is final for remote write: the batch is dropped, not kept (\`storage/remote/client.go\` retries
network errors, 5xx and, where set, 429), while the lag looks fine.

**What to do.** Give the user or role the right to write, or the address of the cluster's egress a place on the list. AWS
answers 403 for a wrong SigV4 region or an expired role as well.

**What not to do.** Do not restart the agent or edit its remote_write while it is behind: both discard the backlog.
`,
})

import type {Failure} from '../../evidence/types.ts'
import type {ContextFacts} from '../../facts/types.ts'
import {defineCheck} from '../check.ts'
import {judgeContexts} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {missing} from '../missing.ts'
import {excerpt} from '../words.ts'

export default defineCheck({
  id: 'access/credentials-rejected',
  title: 'every context accepts the credentials of its kubeconfig',
  severity: 'error',
  explains: ['access/no-agents', 'access/permission-missing'],
  needs: ['api-server', 'pods'],
  evaluate: facts =>
    judgeContexts(facts, context => {
      const rejected = rejection(context)
      if (!rejected) {
        const {serverVersion} = context.evidence
        return serverVersion.ok ? 'holds' : {unknown: missing('its API server', serverVersion)}
      }
      const user = context.evidence.user
      return {
        severity: 'error',
        blame: 'access',
        title: isOfPlugin(rejected)
          ? `the credential plug-in ${user === null ? 'of the kubeconfig' : `of user ${user}`} gives context ${context.name} no credentials`
          : `context ${context.name} rejects the credentials of ${user === null ? 'its kubeconfig' : `user ${user}`}`,
        evidence: [
          {what: 'answer', value: excerpt(rejected.detail), source: 'API server or credential plug-in'},
          {what: 'user', value: user ?? 'none in the kubeconfig', source: 'kubeconfig'},
        ],
        why: 'Nothing is known about the agents there. Their data may well arrive: they do not need this login to write to the central.',
        remedy: [
          {
            text: 'log in again (the token or certificate may have expired, or the cloud login), then check with kubectl',
            command: kubectl(context.name, null, 'auth', 'can-i', 'list', 'pods'),
            changes: false,
          },
        ],
      }
    }),
  documentation: `
The API server answered 401, or the kubeconfig's credential plug-in failed or printed something else than credentials. A plug-in
that is not installed is access/context-unreachable, and a 401 of an agent's own web server is access/agent-unreachable.

**Why it matters.** The context cannot be looked at. Its agents write to the central without your login, so this is not data
loss; it never makes the exit code 1.

**What to do.** Log in again: expired tokens and client certificates are the usual reason. A plug-in that asks questions cannot
be answered here, because promfleet never gives it the terminal: run \`kubectl auth can-i list pods\` once, then promfleet again.

**What not to do.** Do not copy an administrator's credentials: promfleet works with the role that \`promfleet rbac\` prints.
`,
})

/** The API server was not asked then. */
function isOfPlugin({detail}: Failure): boolean {
  return detail.startsWith('credential plug-in')
}

function rejection(context: ContextFacts): Failure | null {
  const {serverVersion, podLists, agentResources} = context.evidence
  const pieces = [serverVersion, ...podLists.map(list => list.pods), agentResources]
  for (const piece of pieces) if (!piece.ok && piece.reason === 'unauthorized') return piece
  return null
}

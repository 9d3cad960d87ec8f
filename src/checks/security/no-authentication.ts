import {editAgent} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {judgeWrites, sheltered} from '../security-place.ts'
import {agentWords} from '../words.ts'

/** Custom headers that carry a secret by their name; a tenant id (X-Scope-OrgID) names and does not prove. */
const SECRET_HEADER = /auth|token|api-?key|secret|password|credential/i

export default defineCheck({
  id: 'security/no-authentication',
  title: 'agents prove who they are to the receiver',
  severity: 'warning',
  explains: [],
  needs: ['config', 'pod-status'],
  evaluate: facts =>
    judgeWrites(facts.agents, (write, agent) => {
      if (
        write.auth !== 'none' ||
        write.tls.hasClientCertificate ||
        write.headerNames.some(name => SECRET_HEADER.test(name))
      )
        return 'holds'
      const shelter = sheltered(agent, write)
      const address = write.endpoint?.address ?? 'its endpoint'
      const {configuration, showConfiguration: show} = settingsOf(agent)
      const tenant = write.headerNames.find(name => /orgid|tenant/i.test(name))
      return {
        severity: shelter === null ? 'warning' : 'info',
        blame: 'config',
        title: `${agentWords(agent)} writes to ${address} without credentials`,
        evidence: [
          {what: 'credentials', value: 'none', source: 'running configuration, remote_write'},
          ...(tenant === undefined
            ? []
            : [
                {
                  what: 'header',
                  value: `${tenant} names a tenant, it does not authenticate`,
                  source: 'running configuration',
                },
              ]),
          ...(shelter === null ? [] : [{what: 'info only', value: shelter, source: 'URL and pod'}]),
        ],
        why: "A receiver that accepts these writes may accept anybody's: false samples in the name of any cluster, or enough to overload it. A network policy or allow list in front of it cannot be seen from here.",
        remedy: [
          ...editAgent(
            agent,
            `first add basic_auth, authorization or a client certificate to remote_write in ${configuration}`,
          ),
          {
            text: 'then require credentials at the receiver: basic auth in its web configuration or at the ingress, or client certificates',
            changes: true,
          },
          {text: 'see its current settings', command: show, changes: false},
        ],
      }
    }),
  documentation: `
A \`remote_write\` entry has none of basic_auth, authorization, oauth2, sigv4, azuread, google_iam, a client certificate, credentials in
its URL, or a header whose name says that it carries a secret.

**Why it matters.** A receiver that takes writes without credentials takes them from everyone who can reach it.

**Severity.** A warning when the receiver is outside the cluster; info when the address stays in the pod or the cluster, or when a
mesh side car was seen, which may authenticate below the agent. Whether the receiver wants credentials is not tried: promfleet
only reads.

**What to do.** Give the agents credentials first (a receiver without authentication ignores them), then switch it on at the
receiver. The other way round every write in between is refused with 401 and lost.

**What not to do.** Do not edit remote_write while the agent is behind: the edit rebuilds the queue and discards the backlog.
`,
})

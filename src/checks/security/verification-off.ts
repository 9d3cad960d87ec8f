import {editAgent} from '../caution.ts'
import {defineCheck} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {judgeWrites, sheltered} from '../security-place.ts'
import {agentWords} from '../words.ts'

export default defineCheck({
  id: 'security/verification-off',
  title: 'agents make sure whom they write to',
  severity: 'warning',
  explains: [],
  needs: ['config', 'pod-status'],
  evaluate: facts =>
    judgeWrites(facts.agents, (write, agent) => {
      // Without TLS there is no certificate to verify; that is security/plaintext.
      if (write.endpoint?.scheme === 'http') return 'does-not-apply'
      if (!write.tls.insecureSkipVerify) return 'holds'
      const shelter = sheltered(agent, write)
      const {configuration, showConfiguration: show} = settingsOf(agent)
      const name = write.tls.serverName
      return {
        severity: shelter === null ? 'warning' : 'info',
        blame: 'config',
        title: `${agentWords(agent)} does not verify the certificate of ${write.endpoint?.address ?? 'its endpoint'}`,
        evidence: [
          {what: 'insecure_skip_verify', value: 'true', source: 'running configuration, remote_write tls_config'},
          ...(write.auth === 'none'
            ? []
            : [
                {
                  what: 'at stake',
                  value: `credentials (${write.auth}) go to whoever answers`,
                  source: 'running configuration',
                },
              ]),
          ...(shelter === null ? [] : [{what: 'info only', value: shelter, source: 'URL and pod'}]),
        ],
        why: 'It is encrypted towards anybody: whoever gets in between reads and changes the metrics, and takes the credentials.',
        remedy: [
          ...editAgent(
            agent,
            `set ca_file to the authority that signed the receiver's certificate${name === null ? ', and server_name where the name in it differs' : ''}, and remove insecure_skip_verify in ${configuration}`,
          ),
          {text: 'see what is set', command: show, changes: false},
        ],
      }
    }),
  documentation: `
\`insecure_skip_verify: true\` in the \`tls_config\` of a \`remote_write\` entry that speaks https.

**Why it matters.** TLS without verification keeps out those who only listen. Whoever can answer in place of the receiver (DNS, a route, a
proxy) gets all metrics and the credentials with them, and nothing shows it.

**Severity.** A warning when the receiver is outside the cluster, else info, as for security/plaintext.

**What to do.** \`ca_file\` for an authority of your own, \`server_name\` where the certificate carries another name than the URL.

**What not to do.** The edit rebuilds the queue: not while the agent is behind. And try the authority first (receiver/tls-untrusted
says what is wrong with it), or the agent stops delivering.
`,
})

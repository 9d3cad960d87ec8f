import {editAgent} from '../caution.ts'
import type {Draft} from '../check.ts'
import {defineCheck} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {judgeWrites, sheltered} from '../security-place.ts'
import {agentWords} from '../words.ts'

const IN_THE_CLEAR = 'travels in the clear'

export default defineCheck({
  id: 'security/plaintext',
  title: 'what leaves the cluster is encrypted',
  severity: 'warning',
  explains: [],
  needs: ['config', 'pod-status'],
  evaluate: facts => {
    const result = judgeWrites(facts.agents, (write, agent) => {
      if (write.endpoint === null) return {unknown: 'its remote_write URL cannot be read'}
      if (write.endpoint.scheme !== 'http') return 'holds'
      const shelter = sheltered(agent, write)
      const secret =
        write.auth === 'basic'
          ? 'the password'
          : ['authorization', 'oauth2', 'azuread', 'google-iam'].includes(write.auth)
            ? 'the token'
            : null
      const {configuration, showConfiguration: show} = settingsOf(agent)
      return {
        severity: shelter === null ? 'warning' : 'info',
        blame: 'config',
        title: `${agentWords(agent)} writes to ${write.endpoint.address} without encryption${secret === null ? '' : `: ${secret} ${IN_THE_CLEAR}`}`,
        evidence: [
          {what: 'URL', value: write.endpoint.address, source: 'running configuration, remote_write'},
          ...(shelter === null ? [] : [{what: 'info only', value: shelter, source: 'URL and pod'}]),
        ],
        why:
          secret === null
            ? 'Anyone on the network path can read and change the metrics.'
            : `Anyone on the network path can read and change the metrics, and use ${secret} to write as this agent.`,
        remedy: [
          {
            text: 'give the receiver TLS: an ingress or load balancer in front, or the tls_server_config of its own web configuration',
            changes: true,
          },
          ...editAgent(agent, `then use https:// (and tls_config.ca_file for a private CA) in ${configuration}`),
          {text: 'see its current settings', command: show, changes: false},
        ],
      }
    })
    // Several are shown by the first one's title: a secret that anyone can read must not hide behind metrics that anyone can.
    const isSecretShown = ({title}: Draft) => title.endsWith(IN_THE_CLEAR)
    const [shown, others] = [result.findings.filter(isSecretShown), result.findings.filter(own => !isSecretShown(own))]
    return {...result, findings: [...shown, ...others]}
  },
  documentation: `
A \`remote_write\` URL begins with \`http://\`.

**Why it matters.** Metrics carry host names, versions, customer names. With basic auth or a token the secret travels in the clear
as well: base64 is not encryption.

**Severity.** A warning when the receiver is outside the cluster. Info when the address stays in the pod (loopback) or in the
cluster (\`*.svc\`, a single word), or when a mesh side car was seen, which may encrypt below the agent. Private addresses
(10.0.0.0/8 and the like) are outside: nothing tells what lies between.

**What to do.** TLS at the receiver first, then \`https://\` at the agents.

**What not to do.** Do not change the URL while the agent is behind: the edit rebuilds the queue and discards the backlog. And not
\`insecure_skip_verify\`: it encrypts towards anybody.
`,
})

import type {RemoteWriteConfig} from '../../facts/config/config.ts'
import {editAgent} from '../caution.ts'
import type {EvidenceLine} from '../check.ts'
import {defineCheck} from '../check.ts'
import {settingsOf} from '../kubectl.ts'
import {judgeWrites} from '../security-place.ts'
import {agentWords, listInWords} from '../words.ts'

/** A header that carries a secret by its name; a tenant id (X-Scope-OrgID) is none. */
const SECRET_HEADER = /auth|token|api-?key|secret|password|credential|cookie/i
/** What promfleet puts in the place of a secret in a query; Prometheus itself hides nothing there. */
const MASKED_PARAMETER = /[?&]([^=&#]+)=xxxxx/g

interface Exposed {
  what: string
  line: EvidenceLine
}

export default defineCheck({
  id: 'security/secret-exposed',
  title: 'no secret of an agent can be read by those who may read its configuration or log',
  severity: 'warning',
  explains: [],
  needs: ['config'],
  evaluate: facts =>
    judgeWrites(facts.agents, (write, agent) => {
      const exposed = exposedIn(write)
      if (exposed.length === 0) return 'holds'
      const {configuration, showConfiguration: show} = settingsOf(agent)
      return {
        severity: 'warning',
        blame: 'config',
        title: `${agentWords(agent)} shows ${listInWords(exposed.map(({what}) => what))} for ${write.endpoint?.address ?? 'its endpoint'}`,
        evidence: exposed.map(({line}) => line),
        why: 'Whoever reaches the web port of the agent, or may read its log, can take the secret and write as this agent.',
        remedy: [
          ...editAgent(
            agent,
            `move it to basic_auth with password_file, authorization with credentials_file, or http_headers with files or secrets, in ${configuration}`,
          ),
          {
            text: 'then change the secret: it has been readable, in logs that may have been shipped, too',
            changes: true,
          },
          {text: 'see what is set', command: show, changes: false},
        ],
      }
    }),
  documentation: `
A secret stands where Prometheus does not hide it:
- **in the query of the URL**: \`/api/v1/status/config\`, the log and error messages show it whole;
- **in \`headers\`** (or \`values\` of \`http_headers\`): the configuration API shows their values. Only \`secrets\` and \`files\` of
  \`http_headers\` are hidden;
- **as a password in the URL**: the configuration API and metrics show \`xxxxx\`, but the log of the agent prints the URL with its password.

promfleet masks all of these as it reads them; no output or bundle holds the secret. What Prometheus has masked itself
(\`basic_auth\`, \`authorization\`, oauth2) is not reported.

**Why it matters.** The web port of an agent usually asks for nothing, and logs are shipped to places that many people read.

**What to do.** Use the fields made for secrets, with files from a Secret. Then change the secret.

**What not to do.** The edit rebuilds the queue: not while the agent is behind.
`,
})

function exposedIn({url, urlCredentials, shownHeaderNames}: RemoteWriteConfig): Exposed[] {
  const parameters = [...url.matchAll(MASKED_PARAMETER)].map(match => match[1] ?? '')
  const headers = shownHeaderNames.filter(name => SECRET_HEADER.test(name))
  return [
    ...(parameters.length === 0
      ? []
      : [
          {
            what: `a secret in the query of its URL (${listInWords(parameters)})`,
            line: {
              what: 'URL',
              value: `${listInWords(parameters)}, masked here; shown by the configuration API and the log`,
              source: 'running configuration, /api/v1/status/config',
            },
          },
        ]),
    ...(headers.length === 0
      ? []
      : [
          {
            what: `a secret in a header (${listInWords(headers)})`,
            line: {
              what: 'headers',
              value: `${listInWords(headers)}, masked here; shown by the configuration API`,
              source: 'running configuration, /api/v1/status/config',
            },
          },
        ]),
    ...(urlCredentials !== 'password'
      ? []
      : [
          {
            what: 'the password in its URL',
            line: {
              what: 'password',
              value: 'in the URL: masked by the configuration API, printed by the log of the agent',
              source: 'running configuration, remote_write',
            },
          },
        ]),
  ]
}

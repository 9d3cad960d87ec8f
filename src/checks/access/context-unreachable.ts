import type {Failure, FailureReason} from '../../evidence/types.ts'
import type {ContextFacts} from '../../facts/types.ts'
import {shellWord} from '../../shell-word.ts'
import type {RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {judgeContexts} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {excerpt} from '../words.ts'

/** Answers that mean "no API server is to be had there", as against one that refuses. */
const UNREACHABLE: readonly FailureReason[] = [
  ...(['unreachable', 'untrusted', 'unusable'] as const),
  ...(['timeout', 'malformed', 'failed', 'not-found'] as const),
]

const LOSES_NOTHING =
  'Nothing is known about the agents there. Their data may well arrive: they do not need this connection to write to the central.'

export default defineCheck({
  id: 'access/context-unreachable',
  title: 'the API server of every context answers',
  severity: 'error',
  explains: ['access/no-agents', 'access/permission-missing'],
  needs: ['api-server'],
  evaluate: facts =>
    judgeContexts(facts, context => {
      const {serverVersion, server} = context.evidence
      if (serverVersion.ok) return 'holds'
      if (serverVersion.reason === 'interrupted') return {unknown: 'the run was stopped before its API server answered'}
      if (!UNREACHABLE.includes(serverVersion.reason)) return 'holds'
      return {
        severity: 'error',
        blame: 'access',
        title: titleOf(context.name, serverVersion),
        evidence: [
          {
            what: serverVersion.reason === 'unusable' ? 'problem' : 'answer',
            value: excerpt(serverVersion.detail),
            source: serverVersion.reason === 'unusable' ? 'kubeconfig' : 'GET /version',
          },
          {what: 'address', value: server === null || server === '' ? 'not known' : server, source: 'kubeconfig'},
        ],
        why: LOSES_NOTHING,
        remedy: remedyOf(context, serverVersion),
      }
    }),
  documentation: `
The first request to every context is \`GET /version\`. When it is not answered in time, is refused, is answered with a certificate
that is not trusted here, or by something that is not a Kubernetes API server (a login page, a proxy's error), everything in that
context is unknown. So it is when the kubeconfig cannot be used as it stands: a credential plug-in that is not installed, a cluster
or a user that a context names and the file does not have, an address that is none.

**Why it matters.** An unreachable API server is not data loss. Agents write to the central on their own, so a VPN that is down
makes them invisible to promfleet only. That is why \`access/*\` never makes the exit code 1; with nothing worse found it is 3.

**Threshold.** No answer within the time that the run gives one context (part of \`--timeout\`). One dead context never delays
the others.

**What to do.** Check the way: VPN, \`HTTPS_PROXY\` and \`NO_PROXY\`, the \`server:\` line of the kubeconfig. Look at the
central to see whether data of that cluster still arrives. A certificate that is not trusted comes of a cluster that was built anew
(fetch its kubeconfig again) or of a proxy that opens TLS; one that is for other names wants \`tls-server-name\` or another address.

**What not to do.** Do not conclude that the cluster or its agents are down.
`,
})

function titleOf(context: string, {reason, detail}: Failure): string {
  const theServer = `the API server of context ${context}`
  switch (reason) {
    case 'untrusted':
      return `${theServer} answers, but ${certificateProblem(detail)}`
    case 'unusable':
      return `context ${context} cannot be used: ${excerpt(detail, 160)}`
    case 'malformed':
    case 'not-found':
      return `what answers for context ${context} is not a Kubernetes API server`
    case 'failed':
      return `${theServer} answers with an error`
    default:
      return `${theServer} does not answer`
  }
}

/** By the sentences that collecting has for Node's codes, and by Go's x509 errors, which kubectl quotes. */
function certificateProblem(detail: string): string {
  if (isOtherName(detail)) return 'its certificate is for another name'
  if (isOutOfDate(detail)) return 'its certificate is out of date'
  return 'its certificate is not trusted'
}

function isOtherName(detail: string): boolean {
  return /is not for |x509: certificate is (?:valid|not valid) for|doesn't contain any IP SANs/.test(detail)
}

function isOutOfDate(detail: string): boolean {
  return /has expired|not valid yet|not yet valid/.test(detail)
}

function remedyOf({name, evidence}: ContextFacts, {reason, detail}: Failure): RemedyStep[] {
  const ask: RemedyStep = {
    text: 'ask the API server directly',
    command: kubectl(name, null, 'get', '--raw', '/version', '--request-timeout=5s'),
    changes: false,
  }
  if (reason === 'untrusted') return [certificateStep(detail), ...showCertificate(evidence.server), ask]
  if (reason === 'unusable') return [...kubeconfigSteps(name, detail), ask]
  return [{text: 'check the connection from here: VPN, proxy, the address in the kubeconfig', changes: false}, ask]
}

function certificateStep(detail: string): RemedyStep {
  if (isOtherName(detail)) {
    const text =
      'use an address that the certificate is for in `server:` of the kubeconfig, or name one of its names there as tls-server-name'
    return {text, changes: false}
  }
  if (isOutOfDate(detail)) {
    return {
      text: 'check the clock here; if it is right, the certificate of the API server has to be renewed (kubeadm: kubeadm certs renew apiserver)',
      changes: true,
    }
  }
  return {
    text: 'fetch the kubeconfig of this cluster again: its certificate authority is another one when it was built anew. If it was not, a proxy that opens TLS stands between; do not switch verification off',
    changes: false,
  }
}

function showCertificate(server: string | null): RemedyStep[] {
  if (server === null || !URL.canParse(server)) return []
  const {hostname, port} = new URL(server)
  const show = 'openssl x509 -noout -subject -issuer -dates -ext subjectAltName'
  return [
    {
      text: 'see the certificate that it shows',
      command: `openssl s_client -connect ${hostname}:${port || 443} </dev/null 2>/dev/null | ${show}`,
      changes: false,
    },
  ]
}

function kubeconfigSteps(context: string, detail: string): RemedyStep[] {
  if (/plug-in|executable/.test(detail)) {
    return [
      {
        text: 'install the plug-in, or add the folder that holds it to PATH (in cron and CI PATH is shorter than in your shell)',
        changes: false,
      },
    ]
  }
  if (/kubectl was not found/.test(detail)) {
    return [{text: 'install kubectl or add it to PATH, or choose another --transport', changes: false}]
  }
  return [
    {
      text: 'mend the entry in the kubeconfig, or fetch it again; this shows which cluster and user the context names',
      command: `kubectl config get-contexts ${shellWord(context)}`,
      changes: false,
    },
  ]
}

import type {FailureReason} from '../../evidence/types.ts'
import {defineCheck} from '../check.ts'
import {judgeContexts} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {excerpt} from '../words.ts'

/** Answers that mean "no API server is to be had there", as against one that refuses. */
const UNREACHABLE: readonly FailureReason[] = ['unreachable', 'timeout', 'malformed', 'failed', 'not-found']

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
        title: `the API server of context ${context.name} does not answer`,
        evidence: [
          {what: 'answer', value: excerpt(serverVersion.detail), source: 'GET /version'},
          {what: 'address', value: server ?? 'not known', source: 'kubeconfig'},
        ],
        why: 'Nothing is known about the agents there. Their data may well arrive: they do not need this connection to write to the central.',
        remedy: [
          {text: 'check the connection from here: VPN, proxy, the address in the kubeconfig', changes: false},
          {
            text: 'ask the API server directly',
            command: kubectl(context.name, null, 'get', '--raw', '/version', '--request-timeout=5s'),
            changes: false,
          },
        ],
      }
    }),
  documentation: `
The first request to every context is \`GET /version\`. When it is not answered in time, is refused, or is answered by something
that is not a Kubernetes API server (a login page, a proxy's error), everything in that context is unknown.

**Why it matters.** An unreachable API server is not data loss. Agents write to the central on their own, so a VPN that is down
makes them invisible to promfleet only. That is why \`access/*\` never makes the exit code 1; with nothing worse found it is 3.

**Threshold.** No answer within the time that the run gives one context (part of \`--timeout\`). One dead context never delays
the others.

**What to do.** Check the way: VPN, \`HTTPS_PROXY\` and \`NO_PROXY\`, the \`server:\` line of the kubeconfig. Look at the
central to see whether data of that cluster still arrives.

**What not to do.** Do not conclude that the cluster or its agents are down.
`,
})

import {THRESHOLDS} from '../../facts/thresholds.ts'
import type {AgentFacts} from '../../facts/types.ts'
import {formatSeconds} from '../../units.ts'
import type {RemedyStep} from '../check.ts'
import {defineCheck} from '../check.ts'
import {judgeAgents} from '../judge.ts'
import {describePod, promfleetFor, readThroughTunnel} from '../kubectl.ts'
import {failureOf} from '../missing.ts'
import {isRunning} from '../pod.ts'
import {agentWords, excerpt} from '../words.ts'

export default defineCheck({
  id: 'access/agent-unreachable',
  title: 'the web port of every running agent can be reached',
  severity: 'error',
  explains: [],
  needs: ['pod-status', 'transports', 'metrics'],
  evaluate: facts =>
    judgeAgents(facts, agent => {
      if (agent.metrics !== null) return 'holds'
      const {podStatus, web, attempts} = agent.evidence
      if (podStatus === null || !isRunning(podStatus)) return 'does-not-apply'
      const failure =
        failureOf(agent.metricsFailure) ?? agent.evidence.scrapes.flatMap(scrape => failureOf(scrape) ?? []).at(-1)
      if (!failure) return {unknown: 'its metrics were not asked for'}
      if (failure.reason === 'forbidden') return {unknown: 'may not be reached, see access/permission-missing'}
      if (failure.reason === 'interrupted') return {unknown: 'the run was stopped before it was asked'}
      if (agent.startingSeconds !== null)
        return {unknown: `started ${formatSeconds(agent.startingSeconds)} ago and does not listen yet: look again`}
      const wantsLogin = failure.reason === 'agent-unauthorized'
      return {
        severity: 'error',
        blame: 'access',
        title: wantsLogin
          ? `the web server of ${agentWords(agent)} asks for a user name and password`
          : `${agentWords(agent)} is running, but its web port ${web.port} cannot be reached`,
        evidence: [
          ...attempts
            .filter(attempt => attempt.outcome === 'failed')
            .map(attempt => ({what: attempt.transport, value: excerpt(attempt.detail), source: 'transport'})),
          {
            what: 'metrics',
            value: excerpt(failure.detail),
            source: `${web.scheme}://…:${web.port}${web.routePrefix}/metrics`,
          },
        ],
        why: 'Whether it delivers is not known, because only its metrics tell. Its pod is running.',
        remedy: wantsLogin ? loginSteps(agent) : reachSteps(agent),
      }
    }),
  documentation: `
The pod runs, but none of the ways to its web port led to \`/metrics\`: the port-forward (the kubelet's path), the API server's
proxy, and kubectl. Each attempt stands in the finding with the answer it got.

**Why it matters.** Everything that decides the verdict is read from \`/metrics\`. The agent may deliver perfectly well: this is a
matter of access and never makes the exit code 1.

**What to do.** A 401 of the agent's own web server (\`--web.config.file\` with basic auth) asks for \`--web-user\` and a password
file. "Client sent an HTTP request to an HTTPS server" means web TLS that the pod's arguments do not show. A 404 hints at
\`--web.route-prefix\`. A refused connection in a running pod means another port, or a process that is busy replaying its WAL
before it listens; within ${THRESHOLDS.youngSeconds} s of its start nothing is made of it.

**What not to do.** Do not restart the agent to make it answer: what it has not sent would be lost.
`,
})

function loginSteps(agent: AgentFacts): RemedyStep[] {
  return [
    {
      text: "pass the agent's web user and a file that holds its password",
      command: promfleetFor(agent, 'doctor', '--web-user', 'USER', '--web-password-file', 'FILE'),
      changes: false,
    },
  ]
}

function reachSteps(agent: AgentFacts): RemedyStep[] {
  return [
    {text: 'check the port, the probes and the events of the pod', command: describePod(agent), changes: false},
    {
      text: 'try the tunnel by hand: this prints the HTTP status of its /metrics, or why it cannot be reached',
      command: readThroughTunnel(agent, '/metrics', '', " -o /dev/null -w '%{http_code}\\n'"),
      changes: false,
    },
  ]
}

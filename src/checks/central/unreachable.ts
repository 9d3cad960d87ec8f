import type {CentralFacts} from '../../facts/central/types.ts'
import {centralScope, isNamed} from '../at-central.ts'
import type {Scope} from '../check.ts'
import {defineCheck} from '../check.ts'
import {gather, type Judgement} from '../judge.ts'
import {kubectl} from '../kubectl.ts'
import {missing} from '../missing.ts'

/** Of these the central cannot help: what is missing is a right or a choice of the user. */
const NOT_ALLOWED = ['forbidden', 'unauthorized', 'agent-unauthorized', 'not-applicable', 'interrupted', 'unusable']

/** What a context's central is called of which no pod was found: see open-in-context.ts of src/collect/central. */
const UNNAMED = 'the central '

/** Something else is there: a login page, another program. */
const ANSWERED = ['malformed', 'failed', 'not-found']

export default defineCheck({
  id: 'central/unreachable',
  title: 'the central answers',
  severity: 'error',
  explains: [],
  needs: ['central'],
  evaluate: ({centrals}) =>
    gather(centrals.map((central): [Scope, Judgement] => [centralScope(central), judge(central)])),
  documentation: `
The central that \`--central-url\` or \`--central-context\` names gives no answer: no connection, no answer in time, something that is
not Prometheus' API, or \`/-/ready\` says that it is still replaying its WAL.

**Why it matters.** Whether anything is stored cannot be told, and people who look at dashboards see nothing either. Seen from here
only: agents may still reach it by another way, and their own findings tell. Where the agents that write to its address get no connection
either (receiver/refused, receiver/unreachable), that is the finding, and this one is folded under it.

**What is not reported.** A central that was not named, and that the agents' URLs seem to lead to, but that may not be read from here.
A password or a right that is missing is no outage: then this check, and what needs the central, stay unjudged.

**What to do.** See its pod and its log; start it, or repair what is in front of it. Agents send their backlog by themselves once it is
back, as long as their WAL still holds it.

**What not to do.** Do not restart the agents: what they have not sent would be lost.
`,
})

function judge(central: CentralFacts): Judgement {
  const {name, problem, isStarting} = central
  if (!isNamed(central)) return 'does-not-apply'
  // Of a context in which none was found it is "the central in context …" already.
  const centralName = name.startsWith(UNNAMED) ? name : `the central ${name}`
  if (problem !== null && NOT_ALLOWED.includes(problem.reason)) return {unknown: missing(centralName, problem)}
  if (problem === null && !isStarting) return 'holds'
  return {
    severity: 'error',
    blame: 'central',
    title:
      problem === null
        ? `${centralName} is not ready: it is still reading its WAL`
        : ANSWERED.includes(problem.reason)
          ? titleOfOther(central, problem.reason)
          : `${centralName} does not answer from here`,
    evidence: [
      problem === null
        ? {what: 'ready', value: '503', source: '/-/ready'}
        : {what: 'answer', value: problem.detail, source: 'the central'},
    ],
    why:
      problem === null
        ? 'Until it is ready it refuses writes with 503, which agents send again, and answers no queries.'
        : 'What is stored cannot be seen. Agents may reach it by another way: their own findings say whether they do.',
    remedy: [
      ...lookAtPod(central),
      ...(problem === null
        ? [{text: 'wait: a large WAL takes minutes to read; leave it alone', changes: false}]
        : [
            {text: 'see whether its address is right, and whether it can be reached from this machine', changes: false},
          ]),
    ],
  }
}

function titleOfOther({name}: CentralFacts, reason: string): string {
  if (!name.startsWith(UNNAMED)) return `what answers at ${name} is no central`
  return reason === 'not-found' ? `${name} was not found` : `what answers as ${name} is none`
}

function lookAtPod({evidence: {place}}: CentralFacts) {
  if (place === null) return []
  return [
    {
      text: 'see its pod',
      command: kubectl(place.context, place.namespace, 'describe', 'pod', place.pod),
      changes: false,
    },
    {
      text: 'read its log',
      command: kubectl(place.context, place.namespace, 'logs', place.pod, '-c', place.container, '--tail=50'),
      changes: false,
    },
  ]
}

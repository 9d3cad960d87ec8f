/** Of several views of one way, which to believe and why. The agent's own word is about its own way; others are about theirs. */
import type {RefusedGiven} from '../../facts/probe/given.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import {grantInPods} from '../../facts/refused/grant.ts'
import {agentFails, hereAdds, podFailsWords} from './agent-fails.ts'
import {ANSWERS_OTHERS, hangs, hasJustFinished, mayHaveStopped, notAnswered} from './doubt.ts'
import type {ProbeVerdict, ProbeView} from './endpoint-probe.ts'
import {atLayer, whereToLook} from './layer-words.ts'
import {judgeMixed} from './mixed-layers.ts'
import {refusedBefore} from './refused-before.ts'
import {placesOf, whoDelivers} from './who.ts'

/** What is the same from wherever it is asked, once the way there is open. */
const EVERYWHERE: readonly (ProbeLayer | null)[] = ['authentication', 'receiver', 'accept']

/** `scope`: flags that name the agents in question to any command, with a blank before; '' for none. */
export function judgeViews(views: readonly ProbeView[], scope = ''): ProbeVerdict {
  const verdict = judgeGiven(views, scope)
  const grant = grantInPods(
    views.flatMap(({from, outcome, says}) => (from === 'pod' && outcome === 'not-tried' ? says : [])),
  )
  return grant === null
    ? verdict
    : {...verdict, next: [...verdict.next, `to try it from the pod, have it granted: ${grant}`]}
}

function judgeGiven(views: readonly ProbeView[], scope: string): ProbeVerdict {
  const refused = views.find(({refusedGiven}) => refusedGiven !== undefined)
  if (refused?.refusedGiven === undefined) return judgeTelling(views, scope)
  const telling = views.map((view): ProbeView => (view.refusedGiven ? {...view, outcome: 'unknown'} : view))
  return aboutGiven(judgeTelling(telling, scope), refused, refused.refusedGiven)
}

/** What was given for the probe is the user's own: where it is refused, nothing is learned of the agents, and it is what to check. */
function aboutGiven(verdict: ProbeVerdict, {from}: ProbeView, {says, flags}: RefusedGiven): ProbeVerdict {
  const where = from === 'here' ? 'From here' : 'From the pod'
  const told = `${where} ${says}: that is about what was given for the probe, and tells nothing of what the agents themselves have.`
  const delivers = verdict.outcome === 'works' && verdict.believe === 'agent'
  const check = `check ${flags.join(' and ')} against remote_write in the agent's configuration, or leave ${flags.length === 1 ? 'it' : 'them'} out`
  return {
    ...verdict,
    why: [delivers ? 'Believe the agent: its samples are taken.' : verdict.why, told]
      .filter(part => part !== '')
      .join(' '),
    next: verdict.outcome === 'broken' ? [...verdict.next, check] : [check, ...verdict.next],
  }
}

function judgeTelling(views: readonly ProbeView[], scope: string): ProbeVerdict {
  const agents = views.filter(({from}) => from === 'agent')
  const fails = agents.filter(({outcome}) => outcome === 'fails')
  const here = views.find(({from, outcome}) => from === 'here' && outcome !== 'not-tried') ?? null
  const pods = views.filter(({from, outcome}) => from === 'pod' && outcome !== 'not-tried')
  const [failing] = fails
  // Where agents fail, and what is tried now as well, one that "delivers" by figures of before tells nothing of the receiver.
  const gone = failing && [...(here ? [here] : []), ...pods].find(view => mayHaveStopped(view) || hangs(view))
  const works = agents.filter(agent => agent.outcome === 'works' && (!gone || hasJustFinished(agent, gone)))
  // Of agents that deliver no pod is asked what fails.
  const mixed = failing || works.length === 0 ? judgeMixed(views, works, here, scope) : null
  if (mixed) return mixed
  if (failing) return agentFails(failing, {works, fails, here, pods, scope})
  const open = agents.find(({outcome, layer}) => outcome === 'unknown' && layer === 'accept')
  if (open && pods.every(({outcome}) => outcome !== 'fails')) return refusedBefore(open, scope)
  if (works.length > 0) return agentWorks(works, here, pods, scope)
  const skipped = views.find(({from, outcome}) => from === 'pod' && outcome === 'not-tried') ?? null
  return agentUnknown(here, pods, agents, skipped, scope)
}

function agentWorks(
  works: readonly ProbeView[],
  here: ProbeView | null,
  pods: readonly ProbeView[],
  scope: string,
): ProbeVerdict {
  const who = whoDelivers(works)
  const verdict = {outcome: 'works', layer: null, class: null, believe: 'agent'} as const
  const pod = pods.find(({outcome}) => outcome === 'fails')
  const taken = pod ?? (pods.some(({outcome}) => outcome === 'works') ? null : here)
  if (taken?.isTakenForSuccess) return takenForSuccess(taken, scope)
  if (taken && (hangs(taken) || mayHaveStopped(taken)) && !works.some(agent => hasJustFinished(agent, taken)))
    return notAnswered(works, taken, scope)
  if (pod) {
    return {
      ...verdict,
      title: `${who}, yet from ${pod.place} a new connection fails at ${atLayer(pod)}`,
      why: 'Believe the agent for now: it sends over connections that are open already. What is tried anew from its pod fails, so delivery is likely to stop when those end.',
      next: [
        'find out what changed between the pod and the receiver before the connections end; do not restart the agent',
      ],
    }
  }
  if (here && hangs(here)) {
    return {
      ...verdict,
      title: `${who}; from here the connection is made and nothing answers`,
      why: pods.some(({outcome}) => outcome === 'works')
        ? 'Believe the agent: from its pod the receiver answers. It does not answer this machine: a limit, a list of who may write, or something in between.'
        : ANSWERS_OTHERS,
      next: [`run it again: promfleet probe${scope} --interval 30s`],
    }
  }
  if (here?.outcome === 'fails') {
    const isOther = EVERYWHERE.includes(here.layer)
    const believed = isOther
      ? 'Believe the agent: its samples are taken. From here another receiver seems to answer under the same address, or one that treats us differently.'
      : 'Believe the agent: this machine is not on its way. DNS, firewall or VPN between here and the receiver are another matter.'
    const mayBeNew = mayHaveStopped(here) && !pods.some(({outcome}) => outcome === 'works')
    return {
      ...verdict,
      title: `${who}; only from here it fails at ${atLayer(here)}`,
      why: mayBeNew ? `${believed} If the receiver has stopped just now, the next run shows it.` : believed,
      next: [],
    }
  }
  const confirmed = [...pods, ...(here ? [here] : [])].filter(({outcome}) => outcome === 'works')
  return {
    ...verdict,
    title: `${who}${confirmed.length > 0 ? `, and the empty write is taken from ${placesOf(confirmed).join(', ')}` : ''}`,
    why:
      here?.outcome === 'unknown'
        ? `Believe the agent: its samples are taken. From here it is not known beyond ${atLayer(here)}: ${here.says}.`
        : '',
    next: [],
  }
}

/** That the agent delivers is then its own opinion: of its figures none would look different. From here it may be another's answer. */
function takenForSuccess({from, place, layer, class: errorClass, says}: ProbeView, scope: string): ProbeVerdict {
  const where = from === 'here' ? 'from here' : `from ${place}`
  const told = `An agent counts this answer as delivered, so its own figures look healthy while nothing is stored: ${says}.`
  const found = {layer, class: errorClass}
  if (from === 'pod') {
    return {
      ...found,
      outcome: 'broken',
      believe: 'pod',
      title: `what answers ${where} stores nothing, and the agent takes it for success`,
      why: `Believe what was tried in the pod, not the agent. ${told}`,
      next: [STORES_NOTHING_NEXT],
    }
  }
  return {
    ...found,
    outcome: 'unknown',
    believe: null,
    title: `whether anything arrives is not known: what answers ${where} stores nothing, and an agent takes it for success`,
    why: `${told} Only when another machine answers here than there is all well.`,
    next: [
      `try it from the pod, whose way it is (runs nc there): promfleet probe${scope} --from-pod`,
      'ask the central for what it stores: --central-url or --central-context',
      STORES_NOTHING_NEXT,
    ],
  }
}

const STORES_NOTHING_NEXT =
  'look at the URL in remote_write (scheme, host, path): it has to be the receiver itself, not a page or a login in front of it'

function agentUnknown(
  here: ProbeView | null,
  pods: readonly ProbeView[],
  agents: readonly ProbeView[],
  skipped: ProbeView | null,
  scope: string,
): ProbeVerdict {
  const nothing = {layer: null, class: null}
  const unknownWhy = agents[0] ? `Of the agent's own view nothing is known: ${agents[0].says}.` : ''
  const pod = pods.find(({outcome}) => outcome === 'fails')
  if (pod) {
    return {
      outcome: 'broken',
      layer: pod.layer,
      class: pod.class,
      believe: 'pod',
      title: podFailsWords(pods, pod),
      why: `${unknownWhy} What was tried in its pod is its way${hereAdds(here, pod)}`,
      next: whereToLook(pod, here?.outcome === 'works', scope),
    }
  }
  const podWorks = pods.find(({outcome}) => outcome === 'works')
  if (podWorks) {
    return {
      ...nothing,
      outcome: 'works',
      believe: 'pod',
      title: `the empty write is taken from ${podWorks.place}`,
      why: `${unknownWhy} Its pod reaches the receiver; whether the agent does is not known.`,
      next: [],
    }
  }
  const seen =
    here === null
      ? 'it was not tried from here'
      : here.outcome === 'works'
        ? 'from here the empty write is taken'
        : `from here ${here.outcome === 'fails' ? 'it fails at' : 'it is not known beyond'} ${atLayer(here)}`
  return {
    ...nothing,
    outcome: 'unknown',
    believe: null,
    title: `whether the agent gets there is not known; ${seen}`,
    why: here === null ? unknownWhy : `${unknownWhy} What is seen from here is not what the agent sees.`,
    next: [
      skipped === null
        ? `try it from the pod (runs nc there): promfleet probe${scope} --from-pod`
        : `try it from the pod with tools of its own (adds an ephemeral container; Kubernetes 1.23 and later): promfleet probe${scope} --from-pod --image busybox`,
    ],
  }
}

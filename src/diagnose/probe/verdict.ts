/** Of several views of one way, which to believe and why. The agent's own word is about its own way; others are about theirs. */
import type {RefusedGiven} from '../../facts/probe/given.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import {grantInPods} from '../../facts/refused/grant.ts'
import {formatNumberOf} from '../../units.ts'
import {ANSWERS_OTHERS, hangs, hasJustFinished, mayHaveStopped, notAnswered} from './doubt.ts'
import {atLayer, isAboutUrl, LAYER_WORDS, URL_IS_WRONG, whatDiffers, whereToLook} from './layer-words.ts'
import {judgeMixed} from './mixed-layers.ts'
import type {ProbeVerdict, ProbeView} from './probe-report.ts'
import {refusedBefore} from './refused-before.ts'

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

interface Others {
  works: readonly ProbeView[]
  fails: readonly ProbeView[]
  here: ProbeView | null
  pods: readonly ProbeView[]
  scope: string
}

function agentWorks(
  works: readonly ProbeView[],
  here: ProbeView | null,
  pods: readonly ProbeView[],
  scope: string,
): ProbeVerdict {
  const who = works.length === 1 ? 'the agent delivers' : `${formatNumberOf(works.length, 'agent')} deliver`
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
    title: `${who}${confirmed.length > 0 ? `, and the empty write is taken from ${confirmed.map(({place}) => place).join(', ')}` : ''}`,
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

/** Where agent and here fail at the same layer, and that does not speak for itself. */
const BOTH_FAIL: Partial<Record<ProbeLayer, string>> = {
  dns: 'Both see the same, over different ways: the name itself does not resolve.',
  proxy: 'Both see the same, over different ways: it is the proxy, or what it allows.',
  authentication:
    'Both are refused, and no credentials were given for the probe: the receiver wants some, or others than the agent shows.',
}

function agentFails(agent: ProbeView, {works, fails, here, pods, scope}: Others): ProbeVerdict {
  const layer = agent.layer
  const broken = {outcome: 'broken', layer, class: agent.class, believe: 'agent'} as const
  const who = whoFails(fails)
  const title =
    layer === null ? `${who}: nothing arrives, at which layer is not visible` : `${who}: ${LAYER_WORDS[layer]} fails`
  if (works.length > 0) {
    return {
      ...broken,
      title: `${title}, while ${formatNumberOf(works.length, 'other agent')} ${works.length === 1 ? 'delivers' : 'deliver'} to the same address`,
      why: `Believe both: the receiver is up. What can differ between those agents: ${whatDiffers(layer, agent.class)}.`,
      next: whereToLook(agent, true, scope),
    }
  }
  const pod = pods.find(({outcome}) => outcome === 'fails') ?? pods.find(({outcome}) => outcome === 'works')
  if (pod?.outcome === 'fails') {
    const isSame = pod.layer === layer
    return {
      ...broken,
      layer: pod.layer,
      class: pod.class ?? agent.class,
      believe: 'pod',
      title: podFailsWords([...fails, ...pods], pod),
      why: isSame
        ? `The agent and its pod agree${hereAdds(here, pod)}`
        : layer === null
          ? `The agent fails, and does not show at which layer; its pod does${hereAdds(here, pod)}`
          : `Believe what was tried in the pod: it is of this moment, while the log of an agent repeats an error for up to a minute${hereAdds(here, pod)}`,
      next: whereToLook(pod, here?.outcome === 'works', scope),
    }
  }
  if (pod?.outcome === 'works') {
    const isNetwork = layer === 'dns' || layer === 'tcp' || layer === 'http' || layer === null
    return {
      ...broken,
      title: `${title}, while its pod reaches the receiver`,
      why: isNetwork
        ? 'Believe the agent about the last minute and the pod about this moment: it may be about to recover.'
        : layer === 'tls'
          ? 'Believe the agent: from its pod the certificate was not judged by what the agent trusts, nor was a certificate of the agent shown.'
          : 'Believe the agent: the empty write from its pod was sent without what the agent shows (credentials, certificates, samples), and that is what is refused.',
      next: isNetwork ? [`look again in a minute: promfleet probe${scope}`] : whereToLook(agent, true, scope),
    }
  }
  if (here?.outcome === 'works') {
    const isContent = layer === 'accept'
    return {
      ...broken,
      title: `${title}, while it works from here`,
      why: isContent
        ? 'Believe the agent: the empty write holds no samples, so it cannot be out of order, too many or too large.'
        : layer === 'authentication'
          ? 'Believe the agent: the receiver is up, and refuses what the agent shows.'
          : `Believe the agent: this machine takes another way. The receiver is up, so what fails lies between the agent and it. What can differ between agent and here: ${whatDiffers(layer, agent.class)}.`,
      next: whereToLook(agent, true, scope),
    }
  }
  if (here?.outcome === 'fails' && here.layer === layer) {
    return {
      ...broken,
      title: `${title}, and so it does from here`,
      why: isAboutUrl(agent.class)
        ? `Both see the same, over different ways: ${URL_IS_WRONG}`
        : (BOTH_FAIL[layer ?? 'tcp'] ??
          'Both see the same, over different ways: the cause is at the receiver, or right in front of it.'),
      next: whereToLook(agent, false, scope),
    }
  }
  const differs = here === null ? '' : hereDiffers(here, layer)
  return {
    ...broken,
    title,
    why: `Believe the agent: it is its own way.${differs}`,
    next: whereToLook(agent, false, scope),
  }
}

/** `views`: of whoever may fail, as the pod does. */
function podFailsWords(views: readonly ProbeView[], {layer}: ProbeView): string {
  const fails = views.filter(({outcome}) => outcome === 'fails')
  return `${whoFails(fails)}: ${layer === null ? 'the way' : LAYER_WORDS[layer]} fails`
}

/** An agent of two queues, or seen by itself and from its pod, is one. */
function whoFails(fails: readonly ProbeView[]): string {
  const places = [...new Set(fails.map(({place}) => place))]
  const [only] = places
  return places.length === 1 && only !== undefined ? only : formatNumberOf(places.length, 'agent')
}

function hereDiffers(here: ProbeView, layer: ProbeLayer | null): string {
  if (here.outcome === 'fails')
    return layer === null
      ? ` From here it fails at ${atLayer(here)}, which may be the same: ${here.says}.`
      : ` From here it fails at ${atLayer(here)} instead, which is not on the agent's way.`
  // It answered, if only to ask for what the probe does not have.
  const isAnswered = here.layer !== null && ANSWERED.includes(here.layer)
  return isAnswered && layer !== null && BEFORE_AN_ANSWER.includes(layer)
    ? ' From here the receiver answers, so it is up, and what fails lies between the agent and it.'
    : ''
}

const ANSWERED: readonly ProbeLayer[] = ['authentication', 'receiver', 'accept']
const BEFORE_AN_ANSWER: readonly ProbeLayer[] = ['dns', 'tcp', 'proxy', 'tls', 'http']

function hereAdds(here: ProbeView | null, {layer, class: errorClass}: ProbeView): string {
  if (here?.outcome === 'works') return '; from here it works, so the receiver is up and the cause lies between.'
  if (here?.outcome === 'fails' && here.layer === layer && layer !== 'dns')
    return isAboutUrl(errorClass)
      ? `, and from here it is the same: ${URL_IS_WRONG}`
      : ', and from here it is the same: the cause is at the receiver, or right in front of it.'
  return '.'
}

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

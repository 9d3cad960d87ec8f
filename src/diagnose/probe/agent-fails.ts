/** An agent fails: what the others' views of the same way add to its own, and which to believe. */
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import type {ProbeVerdict, ProbeView} from './endpoint-probe.ts'
import {atLayer, isAboutUrl, LAYER_WORDS, URL_IS_WRONG, whatDiffers, whereToLook} from './layer-words.ts'
import {whatCanDiffer, whileOthersDeliver, whoFails} from './who.ts'

interface Others {
  /** Agents, or other queues, that deliver to the same address. */
  works: readonly ProbeView[]
  fails: readonly ProbeView[]
  here: ProbeView | null
  pods: readonly ProbeView[]
  scope: string
}

export function agentFails(agent: ProbeView, others: Others): ProbeVerdict {
  const {works, here, pods, scope} = others
  const {layer} = agent
  if (works.length > 0) return othersDeliver(agent, others)
  const pod = pods.find(({outcome}) => outcome === 'fails') ?? pods.find(({outcome}) => outcome === 'works')
  if (pod?.outcome === 'fails') return podFails(agent, pod, others)
  if (pod?.outcome === 'works') return podWorks(agent, others)
  if (here?.outcome === 'works') return hereWorks(agent, others)
  if (here?.outcome === 'fails' && here.layer === layer) return hereFailsAlike(agent, others)
  const differs = here === null ? '' : hereDiffers(here, layer)
  return {
    ...broken(agent),
    title: titleOf(agent, others),
    why: `Believe the agent: it is its own way.${differs}`,
    next: whereToLook(agent, false, scope),
  }
}

function broken({layer, class: errorClass}: ProbeView) {
  return {outcome: 'broken', layer, class: errorClass, believe: 'agent'} as const
}

function titleOf({layer}: ProbeView, {fails}: Others): string {
  const who = whoFails(fails)
  return layer === null
    ? `${who}: nothing arrives, at which layer is not visible`
    : `${who}: ${LAYER_WORDS[layer]} fails`
}

function othersDeliver(agent: ProbeView, others: Others): ProbeVerdict {
  const {works, fails, scope} = others
  return {
    ...broken(agent),
    title: `${titleOf(agent, others)}${whileOthersDeliver(works, fails)}`,
    why: `Believe both: the receiver is up. ${whatCanDiffer(works, fails, whatDiffers(agent.layer, agent.class))}`,
    next: whereToLook(agent, true, scope),
  }
}

function podFails(
  {layer, class: errorClass}: ProbeView,
  pod: ProbeView,
  {fails, here, pods, scope}: Others,
): ProbeVerdict {
  const believed =
    pod.layer === layer
      ? 'The agent and its pod agree'
      : layer === null
        ? 'The agent fails, and does not show at which layer; its pod does'
        : 'Believe what was tried in the pod: it is of this moment, while the log of an agent repeats an error for up to a minute'
  return {
    outcome: 'broken',
    layer: pod.layer,
    class: pod.class ?? errorClass,
    believe: 'pod',
    title: podFailsWords([...fails, ...pods], pod),
    why: `${believed}${hereAdds(here, pod)}`,
    next: whereToLook(pod, here?.outcome === 'works', scope),
  }
}

function podWorks(agent: ProbeView, others: Others): ProbeVerdict {
  const {layer} = agent
  const {scope} = others
  const isNetwork = layer === 'dns' || layer === 'tcp' || layer === 'http' || layer === null
  return {
    ...broken(agent),
    title: `${titleOf(agent, others)}, while its pod reaches the receiver`,
    why: isNetwork
      ? 'Believe the agent about the last minute and the pod about this moment: it may be about to recover.'
      : layer === 'tls'
        ? 'Believe the agent: from its pod the certificate was not judged by what the agent trusts, nor was a certificate of the agent shown.'
        : 'Believe the agent: the empty write from its pod was sent without what the agent shows (credentials, certificates, samples), and that is what is refused.',
    next: isNetwork ? [`look again in a minute: promfleet probe${scope}`] : whereToLook(agent, true, scope),
  }
}

function hereWorks(agent: ProbeView, others: Others): ProbeVerdict {
  const {layer} = agent
  return {
    ...broken(agent),
    title: `${titleOf(agent, others)}, while it works from here`,
    why:
      layer === 'accept'
        ? 'Believe the agent: the empty write holds no samples, so it cannot be out of order, too many or too large.'
        : layer === 'authentication'
          ? 'Believe the agent: the receiver is up, and refuses what the agent shows.'
          : `Believe the agent: this machine takes another way. The receiver is up, so what fails lies between the agent and it. What can differ between agent and here: ${whatDiffers(layer, agent.class)}.`,
    next: whereToLook(agent, true, others.scope),
  }
}

/** Where agent and here fail at the same layer, and that does not speak for itself. */
const BOTH_FAIL: Partial<Record<ProbeLayer, string>> = {
  dns: 'Both see the same, over different ways: the name itself does not resolve.',
  proxy: 'Both see the same, over different ways: it is the proxy, or what it allows.',
  authentication:
    'Both are refused, and no credentials were given for the probe: the receiver wants some, or others than the agent shows.',
}

function hereFailsAlike(agent: ProbeView, others: Others): ProbeVerdict {
  return {
    ...broken(agent),
    title: `${titleOf(agent, others)}, and so it does from here`,
    why: isAboutUrl(agent.class)
      ? `Both see the same, over different ways: ${URL_IS_WRONG}`
      : (BOTH_FAIL[agent.layer ?? 'tcp'] ??
        'Both see the same, over different ways: the cause is at the receiver, or right in front of it.'),
    next: whereToLook(agent, false, others.scope),
  }
}

/** `views`: of whoever may fail, as the pod does. */
export function podFailsWords(views: readonly ProbeView[], {layer}: ProbeView): string {
  const fails = views.filter(({outcome}) => outcome === 'fails')
  return `${whoFails(fails)}: ${layer === null ? 'the way' : LAYER_WORDS[layer]} fails`
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

export function hereAdds(here: ProbeView | null, {layer, class: errorClass}: ProbeView): string {
  if (here?.outcome === 'works') return '; from here it works, so the receiver is up and the cause lies between.'
  if (here?.outcome === 'fails' && here.layer === layer && layer !== 'dns')
    return isAboutUrl(errorClass)
      ? `, and from here it is the same: ${URL_IS_WRONG}`
      : ', and from here it is the same: the cause is at the receiver, or right in front of it.'
  return '.'
}

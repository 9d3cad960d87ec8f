/** Of several views of one way, which to believe and why. The agent's own word is about its own way; others are about theirs. */
import type {ErrorClass} from '../../facts/log/error-classes.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import {formatNumberOf} from '../../units.ts'
import type {ProbeVerdict, ProbeView} from './probe-report.ts'

/** What is the same from wherever it is asked, once the way there is open. */
const EVERYWHERE: readonly (ProbeLayer | null)[] = ['receiver', 'accept']

const LAYER_WORDS: Record<ProbeLayer, string> = {
  dns: 'the name',
  tcp: 'the connection',
  proxy: 'the proxy',
  tls: 'TLS',
  http: 'HTTP',
  authentication: 'authentication',
  receiver: 'the receiver',
  accept: 'acceptance',
}

export function judgeViews(views: readonly ProbeView[]): ProbeVerdict {
  const agents = views.filter(({from}) => from === 'agent')
  const works = agents.filter(({outcome}) => outcome === 'works')
  const fails = agents.filter(({outcome}) => outcome === 'fails')
  const here = views.find(({from, outcome}) => from === 'here' && outcome !== 'not-tried') ?? null
  const pods = views.filter(({from, outcome}) => from === 'pod' && outcome !== 'not-tried')
  const [failing] = fails
  if (failing) return agentFails(failing, {works, fails, here, pods})
  if (works.length > 0) return agentWorks(works, here, pods)
  return agentUnknown(here, pods, agents)
}

interface Others {
  works: readonly ProbeView[]
  fails: readonly ProbeView[]
  here: ProbeView | null
  pods: readonly ProbeView[]
}

function agentWorks(works: readonly ProbeView[], here: ProbeView | null, pods: readonly ProbeView[]): ProbeVerdict {
  const who = works.length === 1 ? 'the agent delivers' : `${formatNumberOf(works.length, 'agent')} deliver`
  const verdict = {outcome: 'works', layer: null, class: null, believe: 'agent'} as const
  const pod = pods.find(({outcome}) => outcome === 'fails')
  if (pod) {
    return {
      ...verdict,
      title: `${who}, yet from ${pod.place} a new connection fails at ${at(pod)}`,
      why: 'Believe the agent for now: it sends over connections that are open already. What is tried anew from its pod fails, so delivery is likely to stop when those end.',
      next: [
        'find out what changed between the pod and the receiver before the connections end; do not restart the agent',
      ],
    }
  }
  if (here?.outcome === 'fails') {
    const isOther = EVERYWHERE.includes(here.layer)
    return {
      ...verdict,
      title: `${who}; only from here it fails at ${at(here)}`,
      why: isOther
        ? 'Believe the agent: its samples are taken. From here another receiver seems to answer under the same address, or one that treats us differently.'
        : 'Believe the agent: this machine is not on its way. DNS, firewall or VPN between here and the receiver are another matter.',
      next: [],
    }
  }
  const confirmed = [...pods, ...(here ? [here] : [])].filter(({outcome}) => outcome === 'works')
  return {
    ...verdict,
    title: `${who}${confirmed.length > 0 ? `, and the empty write is taken from ${confirmed.map(({place}) => place).join(', ')}` : ''}`,
    why: here?.outcome === 'unknown' ? `From here it is not known beyond ${at(here)}: ${here.says}.` : '',
    next: [],
  }
}

function agentFails(agent: ProbeView, {works, fails, here, pods}: Others): ProbeVerdict {
  const layer = agent.layer
  const broken = {outcome: 'broken', layer, class: agent.class, believe: 'agent'} as const
  const who = fails.length === 1 ? agent.place : formatNumberOf(fails.length, 'agent')
  const title =
    layer === null ? `${who}: nothing arrives, at which layer is not visible` : `${who}: ${LAYER_WORDS[layer]} fails`
  if (works.length > 0) {
    return {
      ...broken,
      title: `${title}, while ${formatNumberOf(works.length, 'other agent')} ${works.length === 1 ? 'delivers' : 'deliver'} to the same address`,
      why: 'Believe both: the receiver is up. What differs is between those agents and it: their network, their name server, their credentials.',
      next: whereToLook(layer, agent.class, true),
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
      title: `${pod.place}: ${pod.layer === null ? 'the way' : LAYER_WORDS[pod.layer]} fails`,
      why: isSame
        ? `The agent and its pod agree${hereAdds(here, pod.layer)}`
        : `Believe what was tried in the pod: it is of this moment, while the log of an agent repeats an error for up to a minute${hereAdds(here, pod.layer)}`,
      next: whereToLook(pod.layer, pod.class, here?.outcome === 'works'),
    }
  }
  if (pod?.outcome === 'works') {
    const isNetwork = layer === 'dns' || layer === 'tcp' || layer === 'http' || layer === null
    return {
      ...broken,
      title: `${title}, while its pod reaches the receiver`,
      why: isNetwork
        ? 'Believe the agent about the last minute and the pod about this moment: it may be about to recover.'
        : 'Believe the agent: the empty write from its pod was sent without what the agent shows (credentials, certificates, samples), and that is what is refused.',
      next: isNetwork ? ['look again in a minute: promfleet probe'] : whereToLook(layer, agent.class, true),
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
          : 'Believe the agent: this machine takes another way. The receiver is up, so what fails lies between the agent and it.',
      next: whereToLook(layer, agent.class, true),
    }
  }
  if (here?.outcome === 'fails' && here.layer === layer) {
    return {
      ...broken,
      title: `${title}, and so it does from here`,
      why:
        layer === 'dns'
          ? 'Both see the same, over different ways: the name itself does not resolve.'
          : 'Both see the same, over different ways: the cause is at the receiver, or right in front of it.',
      next: whereToLook(layer, agent.class, false),
    }
  }
  const differs =
    here === null || here.outcome === 'unknown'
      ? ''
      : ` From here it fails at ${at(here)} instead, which is not on the agent's way.`
  return {
    ...broken,
    title,
    why: `Believe the agent: it is its own way.${differs}`,
    next: whereToLook(layer, agent.class, false),
  }
}

function hereAdds(here: ProbeView | null, layer: ProbeLayer | null): string {
  if (here?.outcome === 'works') return '; from here it works, so the receiver is up and the cause lies between.'
  if (here?.outcome === 'fails' && here.layer === layer && layer !== 'dns')
    return ', and from here it is the same: the cause is at the receiver, or right in front of it.'
  return '.'
}

function agentUnknown(here: ProbeView | null, pods: readonly ProbeView[], agents: readonly ProbeView[]): ProbeVerdict {
  const nothing = {layer: null, class: null}
  const unknownWhy = agents[0] ? `Of the agent's own view nothing is known: ${agents[0].says}.` : ''
  const pod = pods.find(({outcome}) => outcome === 'fails')
  if (pod) {
    return {
      outcome: 'broken',
      layer: pod.layer,
      class: pod.class,
      believe: 'pod',
      title: `${pod.place}: ${pod.layer === null ? 'the way' : LAYER_WORDS[pod.layer]} fails`,
      why: `${unknownWhy} What was tried in its pod is its way${hereAdds(here, pod.layer)}`,
      next: whereToLook(pod.layer, pod.class, here?.outcome === 'works'),
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
        : `from here ${here.outcome === 'fails' ? 'it fails' : 'it is not known beyond'} at ${at(here)}`
  return {
    ...nothing,
    outcome: 'unknown',
    believe: null,
    title: `whether the agent gets there is not known; ${seen}`,
    why: here === null ? unknownWhy : `${unknownWhy} What is seen from here is not what the agent sees.`,
    next: ['try it from the pod: promfleet probe --from-pod (runs nc there)'],
  }
}

/** "TLS (its certificate ...)" is for the lines below; here the layer will do. */
function at({layer}: ProbeView): string {
  return layer === null ? 'a layer that is not visible' : LAYER_WORDS[layer]
}

const NETWORK_NEXT = 'look at network policies, egress firewalls and routes between the cluster and the receiver'

function whereToLook(layer: ProbeLayer | null, errorClass: ErrorClass | null, receiverIsUp: boolean): string[] {
  if (errorClass === 'scheme-mismatch')
    return [
      'correct the scheme of the URL in remote_write (http:// or https://): the edit rebuilds the queue, and discards what waits',
    ]
  switch (layer) {
    case 'dns':
      return ["resolve the name with the cluster's own DNS; names of services of another cluster do not resolve"]
    case 'tcp':
      return receiverIsUp ? [NETWORK_NEXT] : ['see whether the receiver runs and listens at that port', NETWORK_NEXT]
    case 'proxy':
      return ['look at the proxy that the agent is told to use (proxy_url, HTTPS_PROXY, NO_PROXY)']
    case 'tls':
      return [
        'compare the certificate below with what the agent trusts (ca_file, server_name); do not switch verification off',
      ]
    case 'authentication':
      return ['compare what the agent shows (basic_auth, authorization, headers) with what the receiver expects']
    case 'receiver':
      return [
        'look at the URL (scheme, port, path) and at whether the receiver takes remote write: "promfleet doctor" names the cause',
      ]
    default:
      return ['"promfleet doctor" names the cause and what to do']
  }
}

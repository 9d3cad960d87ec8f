/** One endpoint on one line (-q): its address, the agents that are meant, and the layer that fails with the place that has seen it. */
import type {EndpointProbe, ProbeVerdict} from '../../diagnose/probe/endpoint-probe.ts'
import type {Style} from '../style.ts'
import {clean} from '../text.ts'
import {canaryWords} from './canary-words.ts'

const STATES = {works: 'delivering', broken: 'losing', unknown: 'unknown'} as const
const SEEN_BY = {
  agent: 'by its own figures',
  pod: 'tried from its pod',
  here: 'tried from here',
  central: 'by the central',
} as const
const mostAgents = 3

/** Not wrapped: one line is one endpoint to whatever reads it. */
export function endpointInBrief(endpoint: EndpointProbe, style: Style): string {
  const {verdict, address, canaries = []} = endpoint
  const isProven = canaries.every(({problem}) => problem === null)
  const state = verdict.outcome === 'works' && !isProven ? 'unknown' : STATES[verdict.outcome]
  const who = agentsOf(endpoint)
  const canary = canaryWords(canaries)
    .map(words => `, ${words}`)
    .join('')
  const words = `${address}: ${who === '' ? '' : `${who}: `}${outcomeWords(verdict, endpoint)}${canary}`
  return `${style.paintState(state, style.stateGlyph(state))} ${clean(words)}`
}

/** Those that fail where some do, else all that write there. */
function agentsOf({agents, views, verdict, stored = []}: EndpointProbe): string {
  const failing = [
    ...views.filter(({from, outcome}) => from !== 'here' && outcome === 'fails'),
    ...stored.filter(({contradicts}) => contradicts),
  ].map(({place}) => place)
  const names = [...new Set(verdict.outcome === 'broken' && failing.length > 0 ? failing : agents)]
  const rest = names.length - mostAgents
  return `${names.slice(0, mostAgents).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function outcomeWords(
  {outcome, layer, layers = [layer], believe}: ProbeVerdict,
  {views, stored = []}: EndpointProbe,
): string {
  const seen = believe === null ? '' : `, ${SEEN_BY[believe]}`
  if (outcome === 'works') return `works${seen}`
  if (outcome === 'broken' && believe === 'central') return `is taken and not stored${seen}`
  if (outcome === 'broken') return `${failsWords(layers)}${seen}`
  if (stored.some(({contradicts}) => contradicts)) return 'not known, the central has nothing fresh of it'
  if (layer === 'accept') return 'not known, samples were refused before'
  const here = views.find(({from}) => from === 'here')
  if (here === undefined || here.outcome === 'not-tried') return 'not known, not tried from here'
  if (here.outcome === 'works') return 'not known, from here it works'
  return `not known, from here ${here.layer ?? 'it'} ${here.outcome === 'fails' ? 'fails' : 'is not known'}`
}

function failsWords(layers: readonly ProbeVerdict['layer'][]): string {
  const [only = null] = layers
  if (layers.length > 1)
    return `fails at different layers: ${layers.map(layer => layer ?? 'one that is not visible').join(', ')}`
  return only === null ? 'fails at a layer that is not visible' : `${only} fails`
}

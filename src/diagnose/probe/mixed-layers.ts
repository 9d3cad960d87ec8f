/** Agents that fail at different layers of the way to one address: what is said is then true of each of them. Pure. */
import {PROBE_LAYERS} from '../../facts/probe/layers.ts'
import {formatNumberOf} from '../../units.ts'
import {atLayer, whatDiffers, whereToLook} from './layer-words.ts'
import type {ProbeVerdict, ProbeView} from './probe-report.ts'

/** Named at each layer; of more their number is said. */
const MOST_NAMED = 2

/** Null where all that fail do so at one layer. `works`: agents that deliver to the same address. */
export function judgeMixed(
  views: readonly ProbeView[],
  works: readonly ProbeView[],
  here: ProbeView | null,
  scope: string,
): ProbeVerdict | null {
  const failures = failuresOf(views)
  const layers = [...new Set(failures.map(({layer}) => layer))]
  const [first] = failures
  if (first === undefined || layers.length < 2) return null
  const isUp = works.length > 0 || here?.outcome === 'works'
  const isAllOfNow = failures.every(({from}) => from === 'pod')
  const others =
    works.length === 0
      ? ''
      : `, while ${formatNumberOf(works.length, 'other agent')} ${works.length === 1 ? 'delivers' : 'deliver'} to the same address`
  return {
    outcome: 'broken',
    layer: first.layer,
    layers,
    class: first.class,
    believe: isAllOfNow ? 'pod' : 'agent',
    title: `${titleOf(failures)}${others}`,
    why: [
      'They fail at different layers: believe each about its own way.',
      isAllOfNow
        ? 'Look for a cause at each.'
        : 'It may be one cause, seen at different moments (the log of an agent repeats an error for up to a minute), or one for each.',
      ...(works.length > 0
        ? [
            `The receiver is up. What can differ between those agents: ${distinct(failures.map(({layer, class: own}) => whatDiffers(layer, own))).join('; ')}.`,
          ]
        : []),
      ...(here?.outcome === 'works' && works.length === 0 ? ['From here it works, so the receiver is up.'] : []),
      ...(here?.outcome === 'fails' ? [`From here it fails at ${atLayer(here)}.`] : []),
    ].join(' '),
    next: distinct(failures.flatMap(failure => whereToLook(failure, isUp, scope))),
  }
}

/** By layer. What was tried in a pod is of this moment, and stands for what its agent says. */
function failuresOf(views: readonly ProbeView[]): ProbeView[] {
  const fails = views.filter(({from, outcome}) => from !== 'here' && outcome === 'fails')
  const tried = new Set(fails.filter(({from}) => from === 'pod').map(({place}) => place))
  const place = ({layer}: ProbeView) => (layer === null ? PROBE_LAYERS.length : PROBE_LAYERS.indexOf(layer))
  return fails.filter(view => view.from === 'pod' || !tried.has(view.place)).sort((a, b) => place(a) - place(b))
}

function titleOf(failures: readonly ProbeView[]): string {
  const places = distinct(failures.map(({place}) => place))
  const layers = distinct(failures.map(atLayer))
  const [only] = places
  if (places.length === 1 && only !== undefined)
    return `${only}: its queues fail at different layers: ${layers.join(', ')}`
  const parts = layers.map((layer, index) => {
    const own = distinct(failures.filter(failure => atLayer(failure) === layer).map(({place}) => place))
    const who = own.length > MOST_NAMED ? `${own.length} of them` : own.join(' and ')
    return `${layer}${index === 0 ? ' fails' : ''} for ${who}`
  })
  return `${formatNumberOf(places.length, 'agent')}: ${parts.join(', ')}`
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

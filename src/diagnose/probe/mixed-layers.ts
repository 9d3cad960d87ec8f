/** Agents that fail at different layers of the way to one address: what is said is then true of each of them. Pure. */
import {PROBE_LAYERS} from '../../facts/probe/layers.ts'
import {formatNumberOf} from '../../units.ts'
import type {ProbeVerdict, ProbeView} from './endpoint-probe.ts'
import {atLayer, whatDiffers, whereToLook} from './layer-words.ts'
import {placesOf, whatCanDiffer, whileOthersDeliver} from './who.ts'

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
  return {
    outcome: 'broken',
    layer: first.layer,
    layers,
    class: first.class,
    believe: isAllOfNow ? 'pod' : 'agent',
    title: `${titleOf(failures)}${whileOthersDeliver(works, failures)}`,
    why: [
      'They fail at different layers: believe each about its own way.',
      isAllOfNow
        ? 'Look for a cause at each.'
        : 'It may be one cause, seen at different moments (the log of an agent repeats an error for up to a minute), or one for each.',
      ...(works.length > 0
        ? [
            `The receiver is up. ${whatCanDiffer(works, failures, distinct(failures.map(({layer, class: own}) => whatDiffers(layer, own))).join('; '))}`,
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
  const tried = fails.filter(({from}) => from === 'pod').map(({place}) => place)
  const isTried = (own: string) => tried.some(place => own === place || own.startsWith(`${place}/`))
  const place = ({layer}: ProbeView) => (layer === null ? PROBE_LAYERS.length : PROBE_LAYERS.indexOf(layer))
  return fails.filter(view => view.from === 'pod' || !isTried(view.place)).sort((a, b) => place(a) - place(b))
}

function titleOf(failures: readonly ProbeView[]): string {
  const places = placesOf(failures)
  const layers = distinct(failures.map(atLayer))
  const [only] = places
  if (places.length === 1 && only !== undefined)
    return `${only}: its queues fail at different layers: ${layers.join(', ')}`
  const parts = layers.map((layer, index) => {
    const own = placesOf(failures.filter(failure => atLayer(failure) === layer))
    const who = own.length > MOST_NAMED ? `${own.length} of them` : own.join(' and ')
    return `${layer}${index === 0 ? ' fails' : ''} for ${who}`
  })
  return `${formatNumberOf(places.length, 'agent')}: ${parts.join(', ')}`
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

/** The centrals of contexts that are looked at again and again: they are read after all contexts were, by the pods that those looks saw. */
import type {FleetEvidence} from '../../evidence/fleet.ts'
import type {ContextEvidence} from '../../evidence/types.ts'
import type {ApiServerConnection} from '../api-server/api-server.ts'
import type {CentralLook, CentralLookOptions} from './look.ts'
import {SeenPods} from './seen-pods.ts'

export type SeenCentrals = Pick<FleetEvidence, 'centrals' | 'centralSearch'>

/** One look at the centrals, while it goes on. */
export interface CentralsLook {
  peek(): SeenCentrals
  /** Of a central that does not answer, what is missing is a failure. Rejects with UserError where it cannot be meant. */
  done: Promise<SeenCentrals>
}

export interface RepeatedCentralLook {
  /** For one look at a context: sees its pods, which count from `isDone` on. */
  onlookerOf(context: string): {onlooker: CentralLook; isDone(): void}
  begin(looked: readonly ContextEvidence[], signal: AbortSignal): CentralsLook
}

export function lookAgain(
  apis: readonly ApiServerConnection[],
  options: Pick<CentralLookOptions, 'access' | 'kubeconfig' | 'impersonate' | 'transport'>,
): RepeatedCentralLook {
  /** By context, as the newest whole look found them: which pods a central may be, and which addresses are taken. */
  const seenPods = new Map<string, SeenPods>()
  return {
    onlookerOf(context) {
      const pods = new SeenPods(context)
      return {
        onlooker: onlookerAt(pods),
        isDone() {
          if (pods.isWhole || !seenPods.has(context)) seenPods.set(context, pods)
        },
      }
    },
    begin(looked, signal) {
      let look: CentralLook | null = null
      const peek = () => look?.found() ?? {}
      const ofLook = ofOneLook(signal)
      const done = (async () => {
        try {
          const {lookForCentrals} = await import('./look.ts')
          const seen = apis.map(({contextName}) => seenPods.get(contextName) ?? new SeenPods(contextName))
          const again = {seen, unread: 'the central has not answered yet', daysAsked: 'unseen'} as const
          look = lookForCentrals(looked, apis, {...options, signal: ofLook.signal, again})
          await look.end()
          return peek()
        } finally {
          ofLook.clear()
        }
      })()
      return {peek, done}
    },
  }
}

/** What AbortSignal.any makes of a signal, which lookForCentrals needs, stays with it: of that of all looks it would be ever more. */
function ofOneLook(ofAll: AbortSignal): {signal: AbortSignal; clear(): void} {
  const controller = new AbortController()
  const stop = () => controller.abort(ofAll.reason)
  if (ofAll.aborted) stop()
  else ofAll.addEventListener('abort', stop, {once: true})
  return {signal: controller.signal, clear: () => ofAll.removeEventListener('abort', stop)}
}

function onlookerAt(pods: SeenPods): CentralLook {
  return {
    named: null,
    of: () => ({
      sawPod: pod => pods.sawPod(pod),
      podsListed: (listed, isWhole) => pods.podsListed(listed, isWhole),
      isConfigured: () => undefined,
    }),
    end: async () => undefined,
    found: () => ({}),
  }
}

import type {Kubeconfig, KubeconfigContext} from '../kubeconfig/kubeconfig.ts'
import {selectContexts} from '../kubeconfig/select-contexts.ts'

/** The context of a central that is a pod, by its name or a glob. Throws UserError when there is none. */
export function selectCentralContext(kubeconfig: Kubeconfig, name: string): KubeconfigContext {
  const [context] = selectContexts(kubeconfig, {
    contexts: [name],
    allContexts: false,
    contextsFrom: '--central-context (or central.context of the fleet file)',
  })
  if (context === undefined) throw new Error(`no context ${name}`)
  return context
}

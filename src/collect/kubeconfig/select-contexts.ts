/** Which contexts of the kubeconfig are looked at. */
import {UserError} from '../../errors.ts'
import {globToRegExp, isGlob} from '../../glob.ts'
import {nearestNames} from '../../nearest.ts'
import {cleanText} from '../redact.ts'
import {type ContextChoice, type Kubeconfig, type KubeconfigContext, kubeconfigOption} from './kubeconfig.ts'

/**
 * The contexts to look at, in the order of the files, each once: all, those that match a name, comma list or glob, or the
 * current one. Throws UserError, with near names, when a name matches nothing.
 */
export function selectContexts(
  kubeconfig: Kubeconfig,
  scope: Pick<ContextChoice, 'contexts' | 'allContexts' | 'contextsFrom'>,
): KubeconfigContext[] {
  if (scope.allContexts) return kubeconfig.contexts
  const byName = new Map(kubeconfig.contexts.map(context => [context.name, context]))
  const wanted = scope.contexts.length > 0 ? scope.contexts : [currentContextOf(kubeconfig)]
  const chosen = new Set<KubeconfigContext>()
  for (const name of wanted.flatMap(given => (byName.has(given) ? [given] : splitCommas(given)))) {
    for (const context of matchingContexts(name, byName, scope.contextsFrom)) chosen.add(context)
  }
  return kubeconfig.contexts.filter(context => chosen.has(context))
}

function currentContextOf(kubeconfig: Kubeconfig): string {
  if (kubeconfig.currentContext !== null) return kubeconfig.currentContext
  throw new UserError(
    `no current context in ${kubeconfig.files.join(', ')}`,
    `choose with --context or --all-contexts; there are ${someOf(kubeconfig.contexts.map(({name}) => name))}`,
  )
}

const splitCommas = (given: string): string[] =>
  given
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')

function matchingContexts(
  name: string,
  byName: Map<string, KubeconfigContext>,
  from: string | undefined,
): KubeconfigContext[] {
  const exact = byName.get(name)
  if (exact !== undefined) return [exact]
  if (isGlob(name)) {
    const pattern = globToRegExp(name)
    const matching = [...byName.values()].filter(context => pattern.test(context.name))
    if (matching.length > 0) return matching
  }
  throw new UserError(
    `no context "${cleanText(name, 200)}" in the kubeconfig${from === undefined ? '' : `, which ${cleanText(from, 400)} names`}`,
    hintForUnknown(name, [...byName.values()]),
  )
}

const SHOWN_NAMES = 10

function hintForUnknown(given: string, contexts: KubeconfigContext[]): string {
  const known = contexts.map(({name}) => name)
  const near = nearestNames(given, known).map(text => cleanText(text, 100))
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`
  const path = contexts[0]?.kubeconfigPath ?? null
  return `there are ${someOf(known)} (kubectl config get-contexts${path === null ? '' : kubeconfigOption(path)})`
}

function someOf(names: string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map(text => cleanText(text, 100))
  return `${shown.join(', ')}${names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ''}`
}

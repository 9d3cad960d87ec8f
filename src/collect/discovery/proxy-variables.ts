/** What a container's spec says of the proxy that its program goes through: variables that Go's httpproxy reads. */
import type {ContainerEvidence} from '../../evidence/types.ts'
import {keepText} from '../redact.ts'
import type {ContainerObject} from './kubernetes-objects.ts'

const NAMES = /^(?:HTTPS?_PROXY|NO_PROXY)$/i
const MOST = 20

/** {} where it says nothing. Variables that the image sets are not in the spec. */
export function proxyVariablesOf({
  env,
  envFrom,
}: ContainerObject): Pick<ContainerEvidence, 'proxyVariables' | 'environmentFrom'> {
  const variables = listOf(env)
    .filter(({name}) => NAMES.test(String(name)) && /^(?:[A-Z_]+|[a-z_]+)$/.test(String(name)))
    .slice(0, MOST)
    .map(({name, value, valueFrom}) => {
      const from = sourceOf(value, valueFrom)
      return {name: String(name), value: from === null ? withoutCredentials(String(value ?? '')) : null, from}
    })
  const sources = listOf(envFrom)
    .filter(({prefix}) => prefix === undefined || prefix === '')
    .flatMap(({configMapRef, secretRef}) => [
      ...(configMapRef === undefined ? [] : [named('ConfigMap', configMapRef.name)]),
      ...(secretRef === undefined ? [] : [named('Secret', secretRef.name)]),
    ])
    .slice(0, MOST)
  return {
    ...(variables.length > 0 && {proxyVariables: variables}),
    ...(sources.length > 0 && {environmentFrom: sources}),
  }
}

const listOf = <T>(list: T[] | undefined): T[] => (Array.isArray(list) ? list : [])

const named = (kind: string, name: string | undefined): string => keepText(`${kind} ${name ?? ''}`.trim(), 260)

type Variable = NonNullable<ContainerObject['env']>[number]

/** Null: its value stands in the spec. */
function sourceOf(value: string | undefined, from: Variable['valueFrom']): string | null {
  if (from?.secretKeyRef) return named('Secret', from.secretKeyRef.name)
  if (from?.configMapKeyRef) return named('ConfigMap', from.configMapKeyRef.name)
  if (from) return 'a field of the pod'
  return /\$\([^)]*\)/.test(String(value ?? '')) ? 'other variables' : null
}

/** The usual redaction knows a password by the scheme before it, which a proxy may lack, and by where it ends, which it may hold. */
function withoutCredentials(value: string): string {
  return keepText(value.replace(/^(?:([a-z][a-z0-9+.-]*:\/\/)([^\s:@/]+:)?)?.*@/is, '$1$2xxxxx@'), 2000)
}

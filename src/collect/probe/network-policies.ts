/** The NetworkPolicies of a namespace, as far as telling whom they select: what they allow is not worked out. */
import type {NetworkPolicy} from '../../evidence/probe.ts'
import type {Collected} from '../../evidence/types.ts'
import type {ApiServer} from '../connections.ts'
import {listAll} from '../discovery/pods.ts'
import {isRecord} from '../is-record.ts'
import {keepText} from '../redact.ts'

interface PolicyObject {
  metadata?: {name?: string}
  spec?: {policyTypes?: unknown; podSelector?: {matchLabels?: unknown; matchExpressions?: unknown}}
}

export async function readNetworkPolicies(
  api: ApiServer,
  namespace: string,
  signal: AbortSignal,
): Promise<Collected<NetworkPolicy[]>> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/networkpolicies`
  const listed = await listAll<PolicyObject>(api, path, '', signal, () => true)
  return listed.ok ? {...listed, value: listed.value.kept.map(readPolicy)} : listed
}

function readPolicy({metadata, spec}: PolicyObject): NetworkPolicy {
  const {matchLabels, matchExpressions} = spec?.podSelector ?? {}
  return {
    name: keepText(metadata?.name ?? '', 253),
    types: texts(spec?.policyTypes),
    podSelector: {
      matchLabels: Object.fromEntries(
        Object.entries(isRecord(matchLabels) ? matchLabels : {}).map(([key, value]) => [
          keepText(key, 300),
          keepText(String(value), 100),
        ]),
      ),
      matchExpressions: (Array.isArray(matchExpressions) ? matchExpressions : [])
        .filter(isRecord)
        .map(({key, operator, values}) => ({
          key: keepText(String(key), 300),
          operator: keepText(String(operator), 30),
          values: texts(values),
        })),
    },
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.slice(0, 100).map(item => keepText(String(item), 100)) : []
}

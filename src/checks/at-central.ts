/** What the checks of the central share: its scope, its name in sentences, and how what it holds was found. */
import type {CentralFacts, QueueAtCentral} from '../facts/central/types.ts'
import type {EvidenceLine, Scope} from './check.ts'

/** By an address that agents write to where one is proven: findings about it then stand with those of its agents. */
export function centralScope({name, evidence}: CentralFacts): Scope {
  return {central: evidence.endpoints[0]?.address ?? name}
}

export function isNamed({foundBy}: CentralFacts): boolean {
  return foundBy !== 'endpoint'
}

/** `{cluster="cluster2", environment="test"}`, as PromQL has it. */
export function identityWords(identity: Record<string, string>): string {
  return `{${Object.entries(identity)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`
}

/** Which store was asked, and how it is known to be the one behind the queue's address. */
export function storeLine({central, proof}: QueueAtCentral): EvidenceLine {
  const how = proof === null ? 'named by the user; not proven to be behind this address' : proof.detail
  return {what: 'central', value: `${central.name}: ${how}`, source: 'URL, pods and services'}
}

/** Where agents send, and under which labels, by their running configuration; as much of it as it takes to find and ask a central. */
import type {AgentEvidence} from '../../evidence/types.ts'
import {identityKey, identityOf} from '../../facts/central/identity.ts'
import {parseConfig} from '../../facts/config/parse-config.ts'
import type {Endpoint} from '../../facts/config/remote-write-url.ts'
import {parseVersion} from '../../facts/process/versions.ts'

export interface Sender {
  context: string
  namespace: string
  endpoint: Endpoint
  /** Of each of these the central may be asked; [] where they cannot be told. */
  identities: Record<string, string>[]
}

/** One per remote_write entry with a URL that can be read; [] where the configuration could not be read. */
export function sendersOf(context: string, {namespace, config, buildInfo}: AgentEvidence): Sender[] {
  if (!config.ok) return []
  const version = buildInfo.ok ? parseVersion(buildInfo.value.version ?? '') : null
  const parsed = parseConfig(sectionsOf(config.value, ['global', 'remote_write']), version)
  if (!parsed.ok) return []
  const {externalLabels, remoteWrites} = parsed.config
  return remoteWrites.flatMap(remoteWrite => {
    if (remoteWrite.endpoint === null) return []
    // Which of the two holds is known when all agents are: a shard is told from its siblings by its replica label.
    const both = [true, false].map(isShard =>
      identityOf({config: {externalLabels, scrapeConfigs: []}, remoteWrite, version, isShard}),
    )
    const distinct = new Map<string, Record<string, string>>()
    for (const {labels} of both) if (labels !== null) distinct.set(identityKey(labels), labels)
    return [{context, namespace, endpoint: remoteWrite.endpoint, identities: [...distinct.values()]}]
  })
}

/** Top-level sections as they stand: what an operator writes of scrape jobs is most of a configuration, and is not needed here. */
function sectionsOf(yaml: string, names: readonly string[]): string {
  const sections = yaml.split(/^(?=[a-z_]+:)/m)
  return sections.filter(section => names.includes(section.slice(0, section.indexOf(':')))).join('')
}

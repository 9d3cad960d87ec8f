/** Evidence as a replay of it reads it: through JSON, and without what could do harm on a terminal. Live takes go the same way. */
import type {FleetEvidence} from '../../evidence/fleet.ts'
import {cleanLines, cleanText} from '../redact.ts'

export function asReplayed(evidence: FleetEvidence): FleetEvidence {
  const text = JSON.stringify(evidence)
  const replayed = JSON.parse(text) as FleetEvidence
  return UNCLEAN_INSIDE.test(text) ? cleanEvidence(replayed) : replayed
}

/** In JSON, where control characters and lone surrogates are escaped: of a large fleet seen from its central there are none at all. */
const UNCLEAN_INSIDE = /\\[bfnrtu]|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/**
 * Takes escape sequences and control characters out of every text and key, in place. Collecting has done so already, but a bundle
 * may have been made by anybody. Clean text stays as it is, so that a replay says what the live run said.
 */
export function cleanEvidence(evidence: FleetEvidence): FleetEvidence {
  const textsOfLines = new Map<object, string>()
  const servers = [...evidence.contexts.flatMap(({agents}) => agents), ...(evidence.centrals ?? [])]
  for (const {config, scrapes} of servers) {
    if (config.ok) {
      config.value = cleanLines(config.value)
      textsOfLines.set(config, 'value')
    }
    for (const scrape of scrapes) {
      if (!scrape.ok) continue
      scrape.value.text = cleanLines(scrape.value.text)
      textsOfLines.set(scrape.value, 'text')
    }
  }
  cleanInside(evidence, textsOfLines)
  return evidence
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const UNCLEAN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u

function cleanInside(value: object, textsOfLines: Map<object, string>): void {
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record)) {
    const inner = record[key]
    if (typeof inner === 'object' && inner !== null) cleanInside(inner, textsOfLines)
    else if (typeof inner === 'string' && UNCLEAN.test(inner) && textsOfLines.get(value) !== key) {
      record[key] = cleanText(inner, inner.length)
    }
    if (UNCLEAN.test(key)) {
      const descriptor = {value: record[key], enumerable: true, writable: true, configurable: true}
      delete record[key]
      Object.defineProperty(record, cleanText(key, key.length), descriptor) // a plain assignment would obey __proto__
    }
  }
}

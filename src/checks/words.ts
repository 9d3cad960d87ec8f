/** How findings name things: as the user wrote them, on one line. */
import type {QueueFacts} from '../facts/types.ts'

/** Without credentials and query where the address could be parsed. */
export function addressOf(queue: QueueFacts): string {
  return queue.endpoint?.address ?? queue.url
}

/** `host:port`, what a firewall or a name server is asked about. */
export function hostAndPort(queue: QueueFacts): string {
  return queue.endpoint ? `${queue.endpoint.host}:${queue.endpoint.port}` : queue.url
}

export {agentWords, listInWords} from '../facts/words.ts'

/** One line of at most `limit` characters: what programs answered can be long and have line breaks. */
export function excerpt(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`
}

/** The same, cut in the middle: an error of Go says last what is wrong, after the names of all who passed it on. */
export function excerptWithEnd(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= limit) return line
  const start = Math.floor(limit / 3)
  return `${line.slice(0, start).trimEnd()} … ${line.slice(-(limit - start - 3)).trimStart()}`
}

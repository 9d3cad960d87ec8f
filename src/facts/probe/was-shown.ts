/** Whether what the user gave for a probe (--remote-*) was sent to whoever answered; pure. */
import type {ProbeEvidence} from '../../evidence/probe.ts'
import {parseEndpoint} from '../config/remote-write-url.ts'

/** What was given is for the origin that the agents name, and is not shown where that one redirects to: see collect/probe/way.ts. */
export function wasShown({address, redirects}: ProbeEvidence): boolean {
  const last = redirects.at(-1)
  if (last === undefined) return true
  const [own, final] = [parseEndpoint(address), parseEndpoint(last.location)]
  return (
    own !== null && final !== null && own.scheme === final.scheme && own.host === final.host && own.port === final.port
  )
}

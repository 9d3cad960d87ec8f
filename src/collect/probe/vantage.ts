/** A place from which endpoints are tried: how names resolve and connections come about there. All above is the same everywhere. */
import type {Duplex} from 'node:stream'
import type {ProbePlace, ProbeStep} from '../../evidence/probe.ts'
import type {Tried} from './step.ts'

export interface Vantage {
  place: ProbePlace
  /** Addresses may be empty where the place resolves while it dials. */
  resolve(host: string, signal: AbortSignal): Promise<ProbeStep<{addresses: string[]}>>
  /**
   * A stream to the port. Where the place cannot say whether a connection came about before something is read, the step is ok
   * without seconds, and the stream ends with a ProbeError that names the layer.
   */
  dial(
    host: string,
    addresses: readonly string[],
    port: number,
    signal: AbortSignal,
  ): Promise<Tried<{address: string | null; port: number}, Duplex>>
  /** Asked after a connection that was waited for in vain, where the place resolves while it dials. */
  isNameServerSilent(host: string, signal: AbortSignal): Promise<boolean>
  /** Ends what still runs there. */
  close(): Promise<void>
}

/** The machine that promfleet runs on, as a place to try endpoints from. */
import {resolveHere} from './dns.ts'
import {dialHere} from './tcp.ts'
import type {Vantage} from './vantage.ts'

export const HERE: Vantage = {
  place: {kind: 'here'},
  resolve: resolveHere,
  dial: dialHere,
  isNameServerSilent: async () => false,
  close: async () => {},
}

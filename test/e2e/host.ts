/** This machine as pods see it, for servers of a test that run beside it. */
import {execa} from 'execa'
import {freePort} from '../lab/addresses.ts'

/** PROMFLEET_E2E_HOST, or the address of a node that is this machine; null where pods are not known to reach it. */
export async function hostAddressFor(context: string): Promise<string | null> {
  if (process.env.PROMFLEET_E2E_HOST) return process.env.PROMFLEET_E2E_HOST
  const query = 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'
  const {stdout} = await execa('kubectl', ['--context', context, 'get', 'nodes', '-o', query], {timeout: 20_000})
  for (const address of stdout.split(' ')) if (await isOwn(address)) return address
  return null
}

function isOwn(address: string): Promise<boolean> {
  return freePort(address).then(
    () => true,
    () => false,
  )
}

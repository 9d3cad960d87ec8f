/**
 * Scrapes agents as `lag` does, and neither finds nor judges them, as a shell that loops over curl: `read-fleet KUBECONFIG NAMESPACE
 * FILE`, where FILE has a line `CONTEXT POD` for each. Prints how many gave metrics.
 */
import {readFileSync} from 'node:fs'
import pLimit from 'p-limit'
import {scrape} from '../../src/collect/agent/scrape.ts'
import {connectApiServer} from '../../src/collect/api-server/api-server.ts'
import {loadKubeconfig} from '../../src/collect/kubeconfig/kubeconfig.ts'
import {selectContexts} from '../../src/collect/kubeconfig/select-contexts.ts'
import {shareRequests} from '../../src/collect/request-share.ts'
import {SCRAPES_AT_ONCE} from '../../src/collect/session.ts'
import {connectAgent} from '../../src/collect/transport/transport.ts'

const [kubeconfig = '', namespace = '', file = ''] = process.argv.slice(2)
const choice = {kubeconfig, contexts: [], allContexts: true}
const agents = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split(' '))
const signal = new AbortController().signal
const limit = pLimit(SCRAPES_AT_ONCE)
const share = shareRequests()
let answered = 0

async function scrapeContext(context: ReturnType<typeof selectContexts>[number]): Promise<void> {
  const api = connectApiServer(context, {impersonate: {user: null, groups: []}, transport: 'proxy'})
  const pods = agents.flatMap(([name, pod = '']) => (name === context.name ? [pod] : []))
  const scrapePod = async (pod: string) => {
    const address = {namespace, pod, port: 9090, scheme: 'http', credentials: null} as const
    const scraped = await scrape(connectAgent(api, address, 'proxy'), '', signal, 'queues')
    if (scraped.ok) answered += 1
  }
  await share(api, () => Promise.all(pods.map(pod => limit(() => scrapePod(pod)))))
  api.close()
}

await Promise.all(selectContexts(await loadKubeconfig(choice), choice).map(scrapeContext))
console.log(answered)
if (answered !== agents.length) process.exitCode = 1

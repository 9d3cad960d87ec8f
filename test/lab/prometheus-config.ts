/** Configuration files of the lab's Prometheus processes, from scenarios. */
import type {AgentSpec, RemoteWriteSpec} from '../scenarios/scenario.ts'
import type {Address} from './addresses.ts'

export interface ConfigOptions {
  /** 1 s scrapes and quick batches instead of Prometheus' defaults. */
  fastClocks: boolean
  address: Address
  /** The agent's context as the kubeconfig names it. */
  context: string
  urlOf(remoteWrite: RemoteWriteSpec): string
}

/** A central's: it scrapes nothing, what it has comes by remote write. */
export function centralConfig(): unknown {
  return {global: {external_labels: {cluster: 'central'}}}
}

export function agentConfig(agent: AgentSpec, options: ConfigOptions): unknown {
  return {
    global: {
      ...(options.fastClocks ? {scrape_interval: '1s'} : {}),
      external_labels: agent.externalLabels ?? {cluster: options.context},
    },
    scrape_configs: scrapeConfigs(agent.targets ?? 'itself', options.address),
    remote_write: agent.remoteWrite.map(remoteWrite => ({
      url: options.urlOf(remoteWrite),
      ...(remoteWrite.name ? {name: remoteWrite.name} : {}),
      ...(remoteWrite.basicAuth ? {basic_auth: remoteWrite.basicAuth} : {}),
      ...(remoteWrite.timeoutSeconds ? {remote_timeout: `${remoteWrite.timeoutSeconds}s`} : {}),
      ...(options.fastClocks ? {queue_config: {batch_send_deadline: '1s'}} : {}),
    })),
  }
}

/** Loads in no release since 2.11, and people still write it. */
export function brokenConfig(agent: AgentSpec, options: ConfigOptions): unknown {
  const config = agentConfig(agent, options) as {remote_write: object[]}
  return {...config, remote_write: config.remote_write.map(entry => ({...entry, queue_config: {max_retries: 3}}))}
}

function scrapeConfigs(targets: NonNullable<AgentSpec['targets']>, {host, port}: Address): unknown[] {
  if (targets === 'itself') return [{job_name: 'prometheus', static_configs: [{targets: [`${host}:${port}`]}]}]
  if (targets === 'none') return [{job_name: 'apps', static_configs: [{targets: []}]}]
  return [{job_name: 'apps', static_configs: [{targets: [1, 2, 3].map(last => `${host}:${last}`)}]}] // tcpmux and its neighbours: nothing listens
}

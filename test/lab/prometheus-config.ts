/** Configuration files of the lab's Prometheus processes, from scenarios. */
import path from 'node:path'
import type {AgentSpec, RemoteWriteSpec} from '../scenarios/scenario.ts'
import type {Address} from './addresses.ts'

export interface ConfigOptions {
  /** 1 s scrapes and quick batches instead of Prometheus' defaults. */
  fastClocks: boolean
  address: Address
  /** The agent's context as the kubeconfig names it. */
  context: string
  urlOf(remoteWrite: RemoteWriteSpec): string
  /** Where the agent finds files of the lab's authority: ca.pem, client.pem, client.key. */
  tlsDirectory?: string
  /** Where a target of the agent's own listens. */
  target?: Address
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
    scrape_configs: [...scrapeConfigs(agent, options), ...(agent.otherJobs ?? [])],
    remote_write: agent.remoteWrite.map(remoteWrite => ({
      url: options.urlOf(remoteWrite),
      ...(remoteWrite.name ? {name: remoteWrite.name} : {}),
      ...(remoteWrite.basicAuth ? {basic_auth: remoteWrite.basicAuth} : {}),
      ...(remoteWrite.timeoutSeconds ? {remote_timeout: `${remoteWrite.timeoutSeconds}s`} : {}),
      ...(remoteWrite.tls ? {tls_config: tlsConfig(remoteWrite.tls, options.tlsDirectory ?? '')} : {}),
      ...(remoteWrite.proxy ? {proxy_url: new URL(options.urlOf({to: remoteWrite.proxy})).origin} : {}),
      ...(options.fastClocks || remoteWrite.queue
        ? {queue_config: {...(options.fastClocks ? {batch_send_deadline: '1s'} : {}), ...remoteWrite.queue}}
        : {}),
      ...remoteWrite.more,
    })),
  }
}

function tlsConfig(kind: NonNullable<RemoteWriteSpec['tls']>, directory: string): Record<string, string> {
  const authority = {ca_file: path.join(directory, 'ca.pem')}
  if (kind === 'authority') return authority
  return {...authority, cert_file: path.join(directory, 'client.pem'), key_file: path.join(directory, 'client.key')}
}

/** Loads in no release since 2.11, and people still write it. */
export function brokenConfig(agent: AgentSpec, options: ConfigOptions): unknown {
  const config = agentConfig(agent, options) as {remote_write: object[]}
  return {...config, remote_write: config.remote_write.map(entry => ({...entry, queue_config: {max_retries: 3}}))}
}

function scrapeConfigs({targets = 'itself', scrape}: AgentSpec, {address, target}: ConfigOptions): unknown[] {
  const {host, port} = address
  const job = (name: string, addresses: string[]) => ({
    job_name: name,
    static_configs: [{targets: addresses}],
    ...scrape,
  })
  if (targets === 'itself') return [job('prometheus', [`${host}:${port}`])]
  if (targets === 'none') return [job('apps', [])]
  if (typeof targets === 'object') return [job('apps', target ? [`${target.host}:${target.port}`] : [])]
  return [
    job(
      'apps',
      [1, 2, 3].map(last => `${host}:${last}`),
    ),
  ] // tcpmux and its neighbours: nothing listens
}

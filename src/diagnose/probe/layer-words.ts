/** A layer in sentences: its name, what may differ there between two places, and where to look when it fails. */
import type {ErrorClass} from '../../facts/log/signatures/signature.ts'
import type {ProbeLayer} from '../../facts/probe/layers.ts'
import type {ProbeView} from './endpoint-probe.ts'

export const LAYER_WORDS: Record<ProbeLayer, string> = {
  dns: 'the name',
  tcp: 'the connection',
  proxy: 'the proxy',
  tls: 'TLS',
  http: 'HTTP',
  authentication: 'authentication',
  receiver: 'the receiver',
  accept: 'acceptance',
}

/** "TLS (its certificate ...)" is for the lines below; here the layer will do. */
export function atLayer({layer}: {layer: ProbeLayer | null}): string {
  return layer === null ? 'a layer that is not visible' : LAYER_WORDS[layer]
}

/**
 * Where one agent fails and another gets through to the same address: all that can make the difference. What was passed on the way (the
 * name, once a connection came about) cannot.
 */
export function whatDiffers(layer: ProbeLayer | null, errorClass: ErrorClass | null): string {
  switch (layer) {
    case 'dns':
      return 'their name servers and search domains'
    case 'tcp':
      return 'their networks: policies, egress firewalls and routes, or the address that the name has there'
    case 'proxy':
      return 'the proxy that each is told to use, and what it allows'
    case 'tls':
      if (errorClass === 'tls-client-certificate') return 'their client certificates (cert_file, key_file)'
      return errorClass === 'scheme-mismatch'
        ? 'what answers under that address in their networks'
        : 'what they trust (ca_file, server_name), or what stands between and presents a certificate of its own'
    case 'http':
      return errorClass === 'timed-out' || errorClass === 'connection-reset'
        ? 'their networks, and how much they send in one request'
        : 'their settings (follow_redirects), or what stands between and answers'
    case 'authentication':
      return 'what they show: credentials, tenant and other headers'
    case 'receiver':
      return 'the protocol they speak (protobuf_message), or which of several receivers behind the address answers'
    case 'accept':
      return 'what they send: samples, labels and how much of it, and the limits of their tenants'
    default:
      return 'their networks, name servers, proxies and credentials, or what they send'
  }
}

const NETWORK_NEXT = 'look at network policies, egress firewalls and routes between the cluster and the receiver'

/** What an agent's own configuration says wrongly, whoever follows it. */
export function isAboutUrl(errorClass: ErrorClass | null): boolean {
  return errorClass === 'wrong-path' || errorClass === 'method-not-allowed' || errorClass === 'scheme-mismatch'
}

export const URL_IS_WRONG =
  "the URL in the agent's configuration does not lead to a receiver. If it did before, look at what stands in front of it (ingress, route prefix)."

/** `receiverIsUp`: others get through to the same address. `scope`: flags that name the agents in question, with a blank before. */
export function whereToLook(
  {layer, class: errorClass, says}: Pick<ProbeView, 'layer' | 'class' | 'says'>,
  receiverIsUp: boolean,
  scope: string,
): string[] {
  const doctor = `promfleet doctor${scope}`
  if (errorClass === 'scheme-mismatch')
    return [
      'correct the scheme of the URL in remote_write (http:// or https://): the edit rebuilds the queue, and discards what waits',
    ]
  // Where the same URL takes others to a receiver, it is not what is wrong.
  if (!receiverIsUp && isAboutUrl(errorClass)) {
    const status = /\b4\d\d\b/.exec(says)?.[0] ?? 'no receiver'
    const redirect = errorClass === 'method-not-allowed' ? '; a redirect from http:// to https:// ends so, too' : ''
    return [
      `${status} at this path: correct the URL of remote_write (receiver/wrong-path)${redirect}`,
      `it shows the URL, and which paths receivers have: ${doctor}`,
    ]
  }
  if (errorClass === 'receiver-disabled')
    return [
      `enable the receiver on the Prometheus that answers there: the flag --web.enable-remote-write-receiver, or enableRemoteWriteReceiver: true in its Prometheus resource (receiver/disabled)${receiverIsUp ? '; others get through, so look for a second replica behind this address that lacks it' : ''}`,
      `it says how, and what is lost meanwhile: ${doctor}`,
    ]
  switch (layer) {
    case 'dns':
      return ["resolve the name with the cluster's own DNS; names of services of another cluster do not resolve"]
    case 'tcp':
      return receiverIsUp ? [NETWORK_NEXT] : ['see whether the receiver runs and listens at that port', NETWORK_NEXT]
    case 'proxy':
      return ['look at the proxy that the agent is told to use (proxy_url, HTTPS_PROXY, NO_PROXY)']
    case 'tls':
      return [
        'compare the certificate below with what the agent trusts (ca_file, server_name); do not switch verification off',
      ]
    case 'authentication':
      return ['compare what the agent shows (basic_auth, authorization, headers) with what the receiver expects']
    case 'receiver':
      return [
        'look at the URL (scheme, port, path) and at whether the receiver takes remote write',
        `it names the cause: ${doctor}`,
      ]
    default:
      return [`it names the cause and what to do: ${doctor}`]
  }
}

/** Connections that fail over certificates or the scheme; the receivers are real Prometheus, whose words Go's TLS decides. */
import {central, oldEnough, refusing, retrying} from '../../scenarios/parts.ts'
import type {RemoteWriteSpec, ServerTls} from '../../scenarios/scenario.ts'
import {agent, type FaultCase} from '../fault-case.ts'

function tlsCase(
  {name, title, topCause}: {name: string; title: string; topCause: string},
  tls: ServerTls,
  remoteWrite: Partial<RemoteWriteSpec>,
): FaultCase {
  return {
    name,
    title,
    kind: 'fault',
    trouble: version => ({
      receivers: [{...central, tls}],
      agents: [agent(version, remoteWrite)],
      until: [oldEnough, retrying],
    }),
    expect: {topCause, state: 'behind', exitCode: 1},
  }
}

export const tlsCases: FaultCase[] = [
  tlsCase(
    {
      name: 'tls-unknown-authority',
      title: 'a certificate of an authority that the agent does not know is untrusted',
      topCause: 'receiver/tls-untrusted',
    },
    'valid',
    {},
  ),
  tlsCase(
    {
      name: 'tls-name-mismatch',
      title: 'a certificate for another name is a name mismatch',
      topCause: 'receiver/tls-name-mismatch',
    },
    'other-name',
    {tls: 'authority'},
  ),
  tlsCase(
    {name: 'tls-expired', title: 'a certificate that ended yesterday is expired', topCause: 'receiver/tls-expired'},
    'expired',
    {tls: 'authority'},
  ),
  tlsCase(
    {
      name: 'tls-client-certificate',
      title: 'a receiver that wants a client certificate says so, and it is not its own certificate that is wrong',
      topCause: 'receiver/tls-client-certificate',
    },
    'wants-client-certificate',
    {tls: 'authority'},
  ),
  {
    name: 'https-to-http',
    title: 'https to a plain port is a wrong scheme',
    kind: 'fault',
    trouble: version => ({
      receivers: [central],
      agents: [agent(version, {scheme: 'https'})],
      until: [oldEnough, retrying],
    }),
    expect: {topCause: 'receiver/scheme-mismatch', state: 'behind', exitCode: 1},
  },
  {
    name: 'http-to-https',
    title: 'plain http to a TLS port is a wrong scheme, and loses every sample',
    kind: 'fault',
    trouble: version => ({
      receivers: [{...central, tls: 'valid'}],
      agents: [agent(version, {scheme: 'http'})],
      until: [refusing],
    }),
    expect: {topCause: 'receiver/scheme-mismatch', state: 'losing', exitCode: 1},
  },
]

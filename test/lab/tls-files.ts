/** Files of the lab's authority: what its receivers show and what its agents trust. */
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {ServerTls} from '../scenarios/scenario.ts'
import type {Authority, Certificate} from './kubernetes/certificates.ts'

const dayMs = 24 * 3600 * 1000

/** Writes ca.pem, client.pem and client.key, for agents. */
export async function writeTlsFiles(authority: Authority, directory: string): Promise<void> {
  const client = await authority.issue({commonName: 'agent'})
  await mkdir(directory, {recursive: true})
  await writeFile(path.join(directory, 'ca.pem'), authority.certificatePem)
  await writeFile(path.join(directory, 'client.pem'), client.certificatePem)
  await writeFile(path.join(directory, 'client.key'), client.keyPem, {mode: 0o600})
}

/** The certificate of a receiver at `host`, with what is wrong with it. */
export function issueServer(authority: Authority, host: string, tls: ServerTls): Promise<Certificate> {
  if (tls === 'other-name') return authority.issue({commonName: 'old-central', names: ['old-central.example.com']})
  if (tls !== 'expired') return authority.issue({commonName: 'central', names: [host]})
  return authority.issue({
    commonName: 'central',
    names: [host],
    notBefore: new Date(Date.now() - 90 * dayMs),
    notAfter: new Date(Date.now() - dayMs),
  })
}

/** tls_server_config of a Prometheus that shows it. */
export async function webTlsConfig(
  authority: Authority,
  directory: string,
  host: string,
  tls: ServerTls,
): Promise<Record<string, string>> {
  const {certificatePem, keyPem} = await issueServer(authority, host, tls)
  const file = (name: string) => path.join(directory, name)
  await mkdir(directory, {recursive: true})
  await writeFile(file('server.pem'), certificatePem)
  await writeFile(file('server.key'), keyPem, {mode: 0o600})
  await writeFile(file('client-ca.pem'), authority.certificatePem)
  return {
    cert_file: file('server.pem'),
    key_file: file('server.key'),
    ...(tls === 'wants-client-certificate'
      ? {client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: file('client-ca.pem')}
      : {}),
  }
}

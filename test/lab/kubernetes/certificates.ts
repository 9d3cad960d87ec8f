/** Certificates made at run time: one authority per lab, and whatever it is asked to sign. */
import 'reflect-metadata' // tsyringe, below x509, insists on it
import {webcrypto} from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)
const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}
const dayMs = 24 * 3600 * 1000

export interface Certificate {
  certificatePem: string
  keyPem: string
}

interface LeafOptions {
  /** commonName; with `organization` it is user and group in a client certificate. */
  commonName: string
  organization?: string
  /** DNS names and IP addresses that it is valid for. */
  names?: string[]
  /** Defaults: from yesterday, for 30 days. */
  notBefore?: Date
  notAfter?: Date
}

export interface Authority {
  certificatePem: string
  issue(options: LeafOptions): Promise<Certificate>
}

/** A new self-signed authority; nothing else trusts it. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 365 * dayMs),
    signingAlgorithm: algorithm,
    keys: keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  let serial = 1
  return {
    certificatePem: certificate.toString('pem'),
    async issue(options) {
      serial += 1
      return issue(options, serial, certificate.subject, keys.privateKey)
    },
  }
}

async function issue(
  options: LeafOptions,
  serial: number,
  issuer: string,
  signingKey: webcrypto.CryptoKey,
): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names = (options.names ?? []).map(value => ({type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value}) as const)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16).padStart(4, '0'),
    subject: `CN=${options.commonName}${options.organization ? `, O=${options.organization}` : ''}`,
    issuer,
    notBefore: options.notBefore ?? new Date(Date.now() - dayMs),
    notAfter: options.notAfter ?? new Date(Date.now() + 30 * dayMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: signingKey,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {certificatePem: certificate.toString('pem'), keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY')}
}

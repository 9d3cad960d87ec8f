/** What the user gave to be shown to receivers, beside what the agents' configuration tells. Holds secrets: none of it is evidence. */

export interface RemoteCredentials {
  /** Value of the Authorization header; null: none was given. */
  authorization: {kind: 'basic' | 'bearer'; header: string; user?: string} | null
  /** Further headers, a tenant id for example. */
  headers: Record<string, string>
  /** PEM: certificate authorities instead of those of Node.js. */
  authority: string | null
  /** PEM: a client certificate and its key. */
  clientCertificate: {certificate: string; key: string} | null
}

export const NO_CREDENTIALS: RemoteCredentials = {
  authorization: null,
  headers: {},
  authority: null,
  clientCertificate: null,
}

/** What must be in no output. */
export function secretsOf({authorization, headers, clientCertificate}: RemoteCredentials): string[] {
  const shown = authorization?.header.replace(/^\S+ /, '') ?? ''
  const password =
    authorization?.kind === 'basic'
      ? Buffer.from(shown, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : ''
  return [shown, password, ...Object.values(headers), clientCertificate?.key ?? ''].filter(secret => secret !== '')
}

/** Whether there is anything that only its owner may see. */
export function isSecretGiven({authorization, headers, clientCertificate}: RemoteCredentials): boolean {
  return authorization !== null || clientCertificate !== null || Object.keys(headers).length > 0
}

/**
 * The run's own tokens and passwords, taken out of what was collected: an authentication webhook, a proxy or a debug handler may
 * answer with the request that it got, in words that no pattern knows. Pure.
 */
const MASK = '<secret>'

/** A password like "prometheus" would be found in every metric's name. */
export function isUnmistakable(credential: string): boolean {
  return credential.length >= 16 || (credential.length >= 8 && /[^a-z_-]/i.test(credential))
}

export function hideInText(text: string, credentials: readonly string[]): string {
  return credentials
    .filter(isUnmistakable)
    .reduce((hidden, credential) => (hidden.includes(credential) ? hidden.replaceAll(credential, MASK) : hidden), text)
}

/** In place, values and keys of everything inside. */
export function hideInside(value: object, credentials: readonly string[]): void {
  const record = value as Record<string, unknown>
  for (const [key, inner] of Object.entries(record)) {
    if (typeof inner === 'object' && inner !== null) hideInside(inner, credentials)
    else if (typeof inner === 'string') {
      const hidden = hideInText(inner, credentials)
      if (hidden !== inner) record[key] = hidden
    }
    const name = Array.isArray(value) ? key : hideInText(key, credentials)
    if (name !== key) {
      record[name] = record[key]
      delete record[key]
    }
  }
}

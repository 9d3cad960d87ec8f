/** From a take to a bundle, and from a bundle's text to evidence that may be judged. */
import {UserError} from '../../errors.ts'
import {BundleError, decodeBundle, encodeBundle, pathText} from '../../evidence/codec.ts'
import type {Bundle, FleetEvidence} from '../../evidence/fleet.ts'
import {cleanText, redact} from '../redact.ts'
import {cleanEvidence} from './clean-evidence.ts'
import {listMasked, listTaken} from './manifest.ts'
import {findSecret} from './secrets.ts'

export function makeBundle(evidence: FleetEvidence): Bundle {
  const {schemaVersion, tool, takenAt, options} = evidence
  return {
    manifest: {schemaVersion, tool, takenAt, options, taken: listTaken(evidence), masked: listMasked(evidence)},
    evidence,
  }
}

/**
 * The document to write. Collecting has redacted everything already; this looks once more, and throws UserError where something
 * still looks like a secret, or is one of `credentials`. Says the place, never the text.
 */
export function encodeWithoutSecrets(bundle: Bundle, credentials: readonly string[]): string {
  const found = findSecret(bundle, credentials)
  if (found !== null) {
    throw new UserError(
      `no bundle was written: ${found.what} seems to stand at ${shownPath(pathText(found.path))}`,
      'redacting has missed it: please report this, without the secret',
    )
  }
  const text = encodeBundle(bundle)
  try {
    decodeBundle(text)
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    // Not the user's to mend: something that a cluster or an agent answered was taken for what it is not.
    throw new Error(`a bundle with this could not be read again: ${shownPath(error.path)} ${error.message}`)
  }
  return text
}

/** `name` is what the user calls it. Throws UserError that names it and the first wrong value. */
export function readBundleText(text: string, name: string): FleetEvidence {
  try {
    return cleanEvidence(decodeBundle(text).evidence)
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    const place = error.path === '' ? 'it' : shownPath(error.path)
    throw new UserError(`${name} cannot be replayed: ${place} ${error.message}`, 'promfleet capture writes bundles')
  }
}

function shownPath(path: string): string {
  return redact(cleanText(path, 500))
}

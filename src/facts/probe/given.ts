/** Failures that are about what the user gave (--remote-*), and so tell nothing of what the agents themselves show; pure. */
import type {ProbeEvidence, ProbeSettings} from '../../evidence/probe.ts'
import type {LayerFacts} from './layers.ts'
import {wasShown} from './was-shown.ts'

export interface RefusedGiven {
  /** Those to check. */
  flags: string[]
  /** `user "agent" with its password is refused`. */
  says: string
}

/** Null: the failure is not about what was given. */
export function refusedGiven(probe: ProbeEvidence, failing: LayerFacts | null): RefusedGiven | null {
  const {given} = probe.settings
  if (failing?.layer === 'tls') {
    if (failing.class === 'tls-client-certificate' && given.clientCertificate && wasShown(probe)) return CERTIFICATE
    return failing.class === 'tls-untrusted' && given.authority ? AUTHORITY : null
  }
  if (failing?.layer !== 'authentication' || !wasShown(probe)) return null
  const [first, ...more] = [
    ...credentialsOf(given),
    ...(areHeadersMeant(given, failing) ? [headersOf(given)] : []),
    ...(given.clientCertificate ? [CERTIFICATE] : []),
  ]
  return first === undefined ? null : {flags: [first, ...more].flatMap(({flags}) => flags), says: first.says}
}

const CERTIFICATE: RefusedGiven = {
  flags: ['--remote-cert-file', '--remote-key-file'],
  says: 'the client certificate that was given is refused',
}
const AUTHORITY: RefusedGiven = {
  flags: ['--remote-ca-file'],
  says: 'the authorities that were given do not vouch for its certificate',
}

function credentialsOf({credentials, user}: ProbeSettings['given']): RefusedGiven[] {
  switch (credentials) {
    case 'basic':
      return [
        {
          flags: ['--remote-user', '--remote-password-file (or $PROMFLEET_REMOTE_PASSWORD)'],
          says: `user ${user === undefined ? '' : `"${user}" `}with the password that was given is refused`,
        },
      ]
    case 'bearer':
      return [
        {
          flags: ['--remote-token-file (or $PROMFLEET_REMOTE_TOKEN)'],
          says: 'the bearer token that was given is refused',
        },
      ]
    default:
      return []
  }
}

/** A tenant id is no credential: a 401 is not about it. */
function areHeadersMeant({headerNames}: ProbeSettings['given'], failing: LayerFacts): boolean {
  if (headerNames.length === 0) return false
  return failing.class !== 'unauthorized' || headerNames.some(name => /auth|key|token|cookie/i.test(name))
}

function headersOf({headerNames}: ProbeSettings['given']): RefusedGiven {
  return {flags: ['--remote-header'], says: `what was given as ${headerNames.join(', ')} is refused`}
}

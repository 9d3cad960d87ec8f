/**
 * Whether a server asks for a client certificate, told by the records of the handshake: Node says it only when the handshake fails
 * for want of one. Up to TLS 1.2 the server's CertificateRequest is in the clear (RFC 5246 7.4.4); in TLS 1.3 it is encrypted, but a
 * client that was asked sends one encrypted record more, its (empty) Certificate, before its Finished (RFC 8446 4.4). Pure.
 */
import type {Tap} from './tapped-stream.ts'

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const CERTIFICATE_REQUEST = 13
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4
/** No handshake is that long. */
const MOST_BYTES = 256 * 1024

export interface HandshakeWatch extends Tap {
  /** Once the handshake is done, and before anything is sent. */
  clientCertificate(protocol: string | null): 'not-asked' | 'asked' | 'unknown'
}

export function watchHandshake(): HandshakeWatch {
  const messages = new Set<number>()
  let isEncrypted = false
  let handshake: Buffer = Buffer.alloc(0)
  let encryptedSent = 0
  const incoming = recordReader((type, body) => {
    if (type === CHANGE_CIPHER_SPEC) isEncrypted = true
    if (type !== HANDSHAKE || isEncrypted) return
    handshake = Buffer.concat([handshake, body])
    while (handshake.length >= MESSAGE_HEADER) {
      const end = MESSAGE_HEADER + handshake.readUIntBE(1, 3)
      messages.add(handshake[0] ?? 0)
      if (handshake.length < end) return
      handshake = handshake.subarray(end)
    }
  })
  const outgoing = recordReader(type => {
    if (type === APPLICATION_DATA) encryptedSent += 1
  })
  return {
    received: incoming.push,
    sent: outgoing.push,
    clientCertificate(protocol) {
      if (incoming.isLost() || outgoing.isLost()) return 'unknown'
      if (protocol !== 'TLSv1.3') return messages.has(CERTIFICATE_REQUEST) ? 'asked' : 'not-asked'
      if (encryptedSent === 0) return 'unknown'
      return encryptedSent > 1 ? 'asked' : 'not-asked'
    },
  }
}

function recordReader(record: (type: number, body: Buffer) => void): {push(chunk: Buffer): void; isLost(): boolean} {
  let rest: Buffer = Buffer.alloc(0)
  let bytes = 0
  return {
    push(chunk) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) return
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= RECORD_HEADER) {
        const end = RECORD_HEADER + rest.readUInt16BE(3)
        if (rest.length < end) return
        record(rest[0] ?? 0, rest.subarray(RECORD_HEADER, end))
        rest = rest.subarray(end)
      }
    },
    isLost: () => bytes > MOST_BYTES,
  }
}

/**
 * Access reviews as kubectl posts them: application/vnd.kubernetes.protobuf, that is `k8s\0`, then a runtime.Unknown whose field 2
 * holds the object (k8s.io/apimachinery runtime/generated.proto, k8s.io/api authorization/v1 generated.proto). Reads only these.
 */

type Message = Map<number, Buffer>

/** The review with the fields of its spec that are set, as JSON would have it. */
export function decodeReview(body: Buffer, resource: string): unknown {
  const review = readMessage(readMessage(body.subarray(4)).get(2))
  const spec = readMessage(review.get(2))
  if (resource === 'selfsubjectrulesreviews') return {spec: {namespace: spec.get(1)?.toString() ?? ''}}
  const names = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']
  return {
    spec: {
      ...(spec.has(1) ? {resourceAttributes: strings(readMessage(spec.get(1)), names)} : {}),
      ...(spec.has(2) ? {nonResourceAttributes: strings(readMessage(spec.get(2)), ['path', 'verb'])} : {}),
    },
  }
}

export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/vnd.kubernetes.protobuf') ?? false
}

/** Length-delimited fields by number, the last of each; other kinds of field are skipped. */
function readMessage(bytes: Buffer | undefined): Message {
  const fields: Message = new Map()
  let at = 0
  const readNumber = () => {
    let value = 0
    for (let shift = 0; bytes && at < bytes.length; shift += 7) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (bytes && at < bytes.length) {
    const tag = readNumber()
    if ((tag & 7) === 0) readNumber()
    else if ((tag & 7) === 2) {
      const length = readNumber()
      fields.set(tag >> 3, bytes.subarray(at, at + length))
      at += length
    } else throw new Error(`protobuf wire type ${tag & 7} in an access review`)
  }
  return fields
}

function strings(message: Message, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, message.get(index + 1)?.toString() ?? '']))
}

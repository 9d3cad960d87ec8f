/** Encodes a remote-write request (version 1): a snappy block of the protobuf of prompb/remote.proto and prompb/types.proto. Pure. */
import protobuf from 'protobufjs/minimal.js'
import {compress} from 'snappyjs'

export interface WriteSeries {
  /** With `__name__`. */
  labels: Record<string, string>
  samples: {value: number; atMilliseconds: number}[]
}

/** Of the request that carries the body (docs: "Prometheus Remote-Write 1.0 specification"). */
export const WRITE_HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
} as const

// Field numbers and wire types: 2 is length-delimited, 1 a 64-bit float, 0 a varint.
const TIME_SERIES = (1 << 3) | 2
const LABEL = (1 << 3) | 2
const SAMPLE = (2 << 3) | 2
const LABEL_NAME = (1 << 3) | 2
const LABEL_VALUE = (2 << 3) | 2
const SAMPLE_VALUE = (1 << 3) | 1
const SAMPLE_TIMESTAMP = (2 << 3) | 0

/** No series at all is the empty write: every receiver checks it and stores nothing. */
export function encodeWriteRequest(series: readonly WriteSeries[]): Buffer {
  const writer = protobuf.Writer.create()
  for (const {labels, samples} of series) {
    writer.uint32(TIME_SERIES).fork()
    for (const [name, value] of Object.entries(labels).sort(byName)) {
      writer.uint32(LABEL).fork().uint32(LABEL_NAME).string(name).uint32(LABEL_VALUE).string(value).ldelim()
    }
    for (const {value, atMilliseconds} of samples) {
      writer.uint32(SAMPLE).fork().uint32(SAMPLE_VALUE).double(value)
      writer.uint32(SAMPLE_TIMESTAMP).int64(atMilliseconds).ldelim()
    }
    writer.ldelim()
  }
  return Buffer.from(compress(writer.finish()))
}

/** Receivers refuse labels that are not sorted. */
function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}

/** Bodies are cut into lines as latin1, which splits no character; what is kept of them leaves that here. */

/** A string cut out of a chunk keeps the whole chunk in memory; its copy does not. */
export function copy(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('latin1')
}

/** What the bytes say; always a copy, too. */
export function decodeUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

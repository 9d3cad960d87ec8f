/** What of the library is used: https://github.com/zhipeng-jia/snappyjs */
declare module 'snappyjs' {
  export function compress(uncompressed: Uint8Array): Uint8Array
  export function uncompress(compressed: Uint8Array): Uint8Array
}

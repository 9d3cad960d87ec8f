/** Lists in sentences. */

/** `a, b and c`. */
export function listInWords(items: readonly string[], join: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${join} ${items.at(-1)}`
}

/** What a central is called, in a sentence: names that say so themselves stay as they are. */
export function centralInWords(name: string): string {
  return name.startsWith('the central') ? name : `the central ${name}`
}

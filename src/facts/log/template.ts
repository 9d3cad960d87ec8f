/** What lines of a log have in common when they say the same thing. */

/**
 * A message or error with what varies from line to line taken out: times, addresses, ids, label sets, numbers. The status of
 * an HTTP answer stays, since 401 and 503 are not the same trouble.
 */
export function logTemplate(text: string): string {
  return text
    .slice(0, 600)
    .replace(/\{[^{}]{0,400}\}?/g, '{}')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]*/g, '<time>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g, '<address>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{13,27}\b|\b(?=[a-f]*\d)[0-9a-f]{12,}\b/gi, '<id>')
    .replace(/HTTP status (\d{3})|\d+(?:\.\d+)?/g, (_, status?: string) => (status ? `HTTP status ${status}` : '#'))
}

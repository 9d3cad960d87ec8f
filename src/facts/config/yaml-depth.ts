/** YAML that no configuration is like. */

const DEEPEST_INDENT = 200
const DEEPEST_LIST = 50
const DEEPEST_BRACKET = 200
const DEEP_LINE = new RegExp(`^(?: {${DEEPEST_INDENT}}|(?: *[-?:](?=[ \\t])[ \\t]*){${DEEPEST_LIST}})`, 'm')

/**
 * The YAML library goes down into a value by recursion, and V8 ends the whole process when a regular expression is compiled at the
 * end of the stack. Configurations of Prometheus nest about ten deep. Brackets inside of texts count too: there they are closed again.
 */
export function isNestedTooDeep(yaml: string): boolean {
  if (DEEP_LINE.test(yaml)) return true
  let depth = 0
  for (const [bracket] of yaml.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > DEEPEST_BRACKET) return true
  }
  return false
}

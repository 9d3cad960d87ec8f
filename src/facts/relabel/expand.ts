/** `$1`, `${1}` and `${name}` in a replacement, filled in as Go does: regexp.Regexp.Expand. */
import type {Pattern} from './pattern.ts'

const VARIABLE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?/gu

export function hasVariable(template: string): boolean {
  return template.includes('$')
}

/** A group that does not exist or took no part is empty; `$$` is a dollar sign, and so is one that names nothing. */
export function expand(template: string, pattern: Pattern, groups: readonly (string | null)[]): string {
  if (!hasVariable(template)) return template
  return template.replace(VARIABLE, (whole, dollar?: string, braced?: string, bare?: string) => {
    const name = braced ?? bare
    if (dollar !== undefined || name === undefined) return dollar ?? whole
    const number = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : pattern.groupOf(name)
    return (number === undefined ? null : groups[number]) ?? ''
  })
}

/** Globs over names, as --context takes them. Pure. */

export function isGlob(name: string): boolean {
  return /[*?]/.test(name)
}

/** `*` any text, `?` one character; context names hold slashes and colons (ARNs), so nothing stops at a slash. */
export function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${source}$`, 's')
}

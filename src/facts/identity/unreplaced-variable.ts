/**
 * `${CLUSTER}` and `$(CLUSTER)` as they stand in the file: 2.x replaces them only with --enable-feature=expand-external-labels, and every
 * agent that has the same file carries the same. Pure.
 */
export function isUnreplacedVariable(value: string | undefined): boolean {
  return /\$\{[^}]*\}|\$\([^)]*\)/.test(value ?? '')
}

/** False of a label that is not there, is empty, or holds such a variable: none of these tells anybody apart. */
export function isRealValue(value: string | undefined): value is string {
  return value !== undefined && value !== '' && !isUnreplacedVariable(value)
}

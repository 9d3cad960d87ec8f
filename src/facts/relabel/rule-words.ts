/** A rule on one line, as people speak of it. */
import type {RelabelConfig} from '../config/config.ts'

/** `drop [cluster] matching ^$`, `labeldrop cluster.*`, `replace [a, b] matching (.*) sets c to "$1"`. */
export function ruleInWords({action, sourceLabels, regex, modulus, targetLabel, replacement}: RelabelConfig): string {
  const source = sourceLabels.length === 0 ? '' : ` [${sourceLabels.join(', ')}]`
  const matching = regex === '(.*)' ? '' : ` matching ${regex === '' ? '""' : regex}`
  switch (action) {
    case 'keep':
    case 'drop':
      return `${action}${source}${matching}`
    case 'keepequal':
    case 'dropequal':
      return `${action}${source} and ${targetLabel}`
    case 'labeldrop':
    case 'labelkeep':
      return `${action} ${regex}`
    case 'labelmap':
      return `labelmap ${regex} to ${replacement}`
    case 'hashmod':
      return `hashmod${source} modulo ${modulus} sets ${targetLabel}`
    case 'lowercase':
    case 'uppercase':
      return `${action}${source} sets ${targetLabel}`
    default:
      return `${action}${source}${matching} sets ${targetLabel} to ${JSON.stringify(replacement)}`
  }
}

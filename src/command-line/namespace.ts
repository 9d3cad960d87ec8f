/** Names of namespaces as people type them. */
import {UserError} from '../errors.ts'
import {clean} from '../report/text.ts'

/** What an API server takes for one (RFC 1123 label): of any other name it can only say that it is not there. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

/** The same name. Throws UserError for what cannot be one. */
export async function namespaceName(text: string): Promise<string> {
  if (NAMESPACE.test(text)) return text
  throw new UserError(
    `"${clean(text)}" cannot be the name of a namespace`,
    'it has at most 63 lower-case letters, digits and dashes, and neither begins nor ends with a dash',
  )
}

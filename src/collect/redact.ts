/**
 * Takes secrets and terminal escapes out of everything before it is kept. Prometheus redacts URL passwords and `password`
 * fields in /api/v1/status/config and in metrics, but prints URLs with their password in its log, and shows `headers` values
 * and URL query strings on the configuration API. Pure; errs on the side of removing too much.
 */

const SECRET = '<secret>'
const SECRET_NAME =
  '(?:[a-z0-9_.-]{0,40}(?:passwd|password|passphrase|secret|secret[_-]?key|private[_-]?key|api[_-]?key|access[_-]?key|auth[_-]?key|account[_-]?key|signature|credentials|_token|-token|authtoken))'

type Rule = [RegExp, string | ((...groups: string[]) => string)]

/** What is a secret by its own shape, wherever it stands. */
const KNOWN_SHAPES: Rule[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, SECRET],
  // JSON web tokens, which is what service account tokens are.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, SECRET],
  // Tokens that say by their start whose they are: AWS, EKS, GitHub, GitLab, Grafana, Slack, Google, Vault.
  [
    /(?:(?:AKIA|ASIA)[0-9A-Z]{16}|k8s-aws-v1\.[A-Za-z0-9_-]{16,}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|gl(?:c|sa)_[\w=+/-]{20,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35}|hv[bs]\.[\w-]{80,})/g,
    SECRET,
  ],
  // A password with an unescaped slash makes Go print the whole URL in `parse "http://user:pa/ss@host": invalid port`.
  [/(:\/\/[^\s/:@"'\\]{0,128}):(?!\d+(?:[/?#"'\\\s]|$))[^\s"'\\]{0,256}@/g, '$1:xxxxx@'],
  [
    /(:\/\/)([^\s/?#"'\\<>]*)@/g,
    (_, start, user) => (user?.includes(':') ? `${start}${user.slice(0, user.indexOf(':'))}:xxxxx@` : `${start}xxxxx@`),
  ],
  [
    /([?&][a-z0-9_.~%-]{0,48}(?:token|secret|passw|key|sig|auth|cred|session|pwd)[a-z0-9_.~%-]{0,48}=)[^&\s"'\\#<>]+/gi,
    '$1xxxxx',
  ],
]

/** `basic auth password: unable to read file /x/password: open /x/password: no such file or directory`: what a file of them says. */
const GO_ERROR = 'unable to read |open /|no such file or directory|permission denied|is a directory'

/** What is a secret by the word before it, in log lines, errors and arguments. */
const NAMED: Rule[] = [
  [
    /((?:proxy-)?authorization(?:\\*["'])?\s*[:=]\s*\[?(?:\\*["'])?)(?!<secret>)(?:(?:basic|bearer|digest|negotiate|aws4-hmac-sha256|token)\s+)?[^\s"'\\,}\]]+[^"'\\\n\]}]*/gi,
    `$1${SECRET}`,
  ],
  [/\b(bearer\s+)(?=[^\s"'\\,]*[0-9._~+/=-]|[^\s"'\\,]{16})(?!<secret>)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${SECRET}`],
  [
    /\b(basic\s+)([A-Za-z0-9+/]{4,}={0,2})/gi,
    (whole, start, encoded) => (isUserAndPassword(encoded) ? `${start}${SECRET}` : (whole ?? '')),
  ],
  [
    /\b((?:x-[a-z-]{0,40}?(?:key|token|secret|auth)[a-z-]{0,40}|cookie|set-cookie)(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?)(?!<secret>)[^\s"'\\,}\]]+/gi,
    `$1${SECRET}`,
  ],
  // name: "value", name=value, "name":"value", \"name\":\"value\"; `..._file` names a path and stays.
  [
    new RegExp(`\\b(${SECRET_NAME}\\\\*["']?\\s*[:=]\\s*\\\\*)(["'])(?!<secret>)(?:(?!\\2)[^\\n])+`, 'gi'),
    `$1$2${SECRET}`,
  ],
  [
    new RegExp(`\\b(${SECRET_NAME}\\\\*["']?\\s*[:=]\\s*)(?!<secret>|xxxxx|${GO_ERROR})[^\\s"'\\\\,&;}\\]]+`, 'gi'),
    `$1${SECRET}`,
  ],
  // "token" by itself is also a word of parsers: after a colon without quotes its value must look like one.
  [/\b([a-z0-9_.-]{0,40}token\\*["']?\s*=\s*(?:\\*["'])?)(?!<secret>|xxxxx)[^\s"'\\,&;}\]]+/gi, `$1${SECRET}`],
  [/(["']token\\*["']\s*:\s*\\*["'])(?!<secret>)[^"'\\\n]+/gi, `$1${SECRET}`],
  [/\b(token:\s+)(?=[^\s"'\\,]*\d|[^\s"'\\,]{16})(?!<secret>)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${SECRET}`],
  // curl: -u name:password, as a side car or a shell command may say it; 1000:1000 is a user and a group.
  [/((?:^|[\s"'])(?:-u|--user|--proxy-user)[ =]["']?[^\s:"'@]{1,128}:)(?!\d+(?:[\s"']|$)|xxxxx)[^\s"']+/g, '$1xxxxx'],
  // Prometheus flags and kubectl: --token abc.
  [new RegExp(`(--(?:${SECRET_NAME}|token)[ =])(?!<secret>)[^\\s"']+`, 'gi'), `$1${SECRET}`],
]

const MAX_PASSES = 5

/** `user:password` in base64, and not the word after "basic" in a sentence. */
function isUserAndPassword(encoded: string | undefined): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(encoded ?? '', 'base64').toString('latin1'))
}

/** The text without passwords in URLs, tokens in query strings, authorization headers, private keys and `password: ...` values. */
export function redact(text: string): string {
  let redacted = text
  // What one rule puts in may be what another looks for; at the end nothing is left that any of them would take out.
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const before = redacted
    redacted = applyRules(NAMED, redactKnownShapes(before))
    if (redacted === before) break
  }
  return redacted
}

/** Only what is a secret by its own shape: passwords in URLs, tokens in query strings, private keys. For text that is read on. */
export function redactKnownShapes(text: string): string {
  return applyRules(KNOWN_SHAPES, text)
}

function applyRules(rules: Rule[], text: string): string {
  return rules.reduce(
    (redacted, [pattern, by]) =>
      typeof by === 'string' ? redacted.replace(pattern, by) : redacted.replace(pattern, by),
    text,
  )
}

// CSI, OSC and the other string sequences (also cut off before their end), two-character escapes, then what is left of
// C0, DEL and C1, and the invisible characters that reorder or hide text.
const ESCAPE_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const CONTROL_CHARACTERS = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const CONTROL_CHARACTERS_IN_LINES = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

const LONE_SURROGATES = /\p{Surrogate}/gu

/** One line without escape sequences and control characters (line breaks and tabs become spaces), at most maxLength characters. */
export function cleanText(text: string, maxLength: number): string {
  const spaced = text.slice(0, maxLength * 4 + 64).replace(/[\r\n\t]+/g, ' ')
  return cut(
    spaced.replace(ESCAPE_SEQUENCES, '').replace(CONTROL_CHARACTERS, '').replace(LONE_SURROGATES, '\ufffd').trim(),
    maxLength,
  )
}

/** The same for text of several lines: line breaks and tabs stay. */
export function cleanLines(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(ESCAPE_SEQUENCES, '')
    .replace(CONTROL_CHARACTERS_IN_LINES, '')
    .replace(LONE_SURROGATES, '\ufffd')
}

/** What is kept of any text from outside: cleaned, then redacted, and only then cut, so that no half of a secret survives. */
export function keepText(text: string, maxLength: number): string {
  const redacted = redact(cleanText(text, maxLength + 4096))
  // A cut may go through a `<secret>`, which would then look like one.
  return redacted.length <= maxLength ? redacted : redact(cut(redacted, maxLength))
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength
    ? text
    : `${text.slice(0, Math.max(0, maxLength - 1)).replace(LONE_SURROGATES, '\ufffd')}…`
}

const SECRET_KEYS =
  /^(?:.*[._-])?(?:password|passwd|passphrase|secret|secrets|secret_?key|token|credentials|api_?key|access_?key|client_secret|private_key|account_key|application_credential_secret|key|service_key|routing_key|api_secret|auth_token|bearer_token)$/i

/** A value by its key, as flags have it: hidden whole when the key says secret. */
export function keepValue(key: string, value: string, maxLength: number): string {
  return value !== '' && isSecretName(key) ? SECRET : keepText(value, maxLength)
}

/** Of a field or label: its value is hidden whatever it is. */
export function isSecretName(name: string): boolean {
  return SECRET_KEYS.test(name)
}

/**
 * A Prometheus configuration as YAML with the values of secret fields and of every `headers`, `http_headers` and `endpoint_params`
 * entry replaced by `<secret>`, and URLs redacted. Works line by line, so it needs no valid YAML and keeps unknown fields.
 */
export function redactConfig(yaml: string): string {
  const kept: string[] = []
  let hiddenBelow = Number.POSITIVE_INFINITY // lines indented deeper than this continue a secret value
  let headersBelow = Number.POSITIVE_INFINITY // entries indented deeper than this are headers
  for (const line of cleanLines(yaml).split('\n')) {
    const indent = line.search(/\S/)
    if (indent < 0) continue
    const isItem = /^\s*- /.test(line)
    if (indent > hiddenBelow || (indent === hiddenBelow && isItem)) continue
    hiddenBelow = Number.POSITIVE_INFINITY
    if (indent < headersBelow || (indent === headersBelow && !isItem)) headersBelow = Number.POSITIVE_INFINITY
    const entry = /^(\s*(?:- )*)("[^"]*"|'[^']*'|[^\s:#'"][^:]*):(?:\s+(.*))?$/.exec(line)
    if (entry === null) {
      if (headersBelow >= indent) kept.push(redactKnownShapes(line))
      else kept.push(isItem ? line.replace(/- .*/, `- ${SECRET}`) : `${' '.repeat(indent)}${SECRET}`)
      continue
    }
    const [, lead = '', key = '', value = ''] = entry
    const name = key.replace(/^["']|["']$/g, '')
    const depth = lead.length
    // oauth2's endpoint_params hold passwords and assertions under names of the identity provider's own.
    const opensHeaders = /^(?:(?:http_|proxy_connect_)?headers?|endpoint_params)$/.test(name)
    if (opensHeaders && value === '') headersBelow = depth
    const isHeaderValue = value !== '' && (headersBelow < depth || opensHeaders)
    // Below a header that has a section of its own all is hidden anyway; that it has `values` or `secrets` is worth keeping.
    const opensSection = value === '' && headersBelow < depth
    if (isHeaderValue || (SECRET_KEYS.test(name) && !opensSection)) {
      kept.push(`${lead}${key}: ${SECRET}`)
      hiddenBelow = depth
    } else kept.push(redactKnownShapes(line))
  }
  return `${kept.join('\n')}\n`
}

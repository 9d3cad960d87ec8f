import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {type CentralFlags, centralAccess} from '../../src/command-line/central.ts'
import {UserError} from '../../src/errors.ts'
import {withTemporaryDirectory} from '../collect/stand-in.ts'

const url = 'https://central.example.com/prometheus'

function withFiles<T>(
  files: Record<string, string>,
  work: (path: (name: string) => string) => T | Promise<T>,
): Promise<T> {
  return withTemporaryDirectory(async directory => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    return work(name => join(directory, name))
  })
}

function refusal(flags: CentralFlags, env: NodeJS.ProcessEnv = {}): string {
  try {
    centralAccess(flags, env)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    return `${(error as UserError).message} ${(error as UserError).hint}`
  }
  throw new Error('was not refused')
}

describe('the central that flags name', () => {
  it('is none without a flag', () => {
    expect(centralAccess({}, {PROMFLEET_CENTRAL_TOKEN: 'x'})).toBeNull()
  })

  it('is a URL, with its path and without its password', () => {
    const access = centralAccess({'central-url': 'https://me:pa%20ss@central.example.com/prometheus/'}, {})
    expect(access).toMatchObject({kind: 'url', credentials: {basic: {username: 'me', password: 'pa ss'}}})
    expect(access?.kind === 'url' && access.url.href).toBe(url)
  })

  it('is a pod in a context', () => {
    expect(centralAccess({'central-context': 'c', 'central-namespace': 'n', 'central-pod': 'p'}, {})).toMatchObject({
      kind: 'pod',
      context: 'c',
      namespace: 'n',
      pod: 'p',
    })
  })

  it.each(['central.example.com', 'ftp://central', 'https://central?tenant=a', 'https://central#a'])(
    'is not %s',
    given => {
      expect(refusal({'central-url': given})).toMatch(/--central-url/)
    },
  )

  it('a URL that is refused does not show its password', () => {
    expect(refusal({'central-url': 'https://me:pa55word!@central/?a=b'})).not.toContain('pa55word!')
  })
})

describe('what proves who asks', () => {
  it('comes from files, trimmed', () =>
    withFiles({password: 's3cret\n', token: ' t0ken \n', ca: 'PEM'}, path => {
      expect(
        centralAccess({'central-url': url, 'central-user': 'me', 'central-password-file': path('password')}, {}),
      ).toMatchObject({credentials: {basic: {username: 'me', password: 's3cret'}, token: null}})
      expect(
        centralAccess({'central-url': url, 'central-token-file': path('token'), 'central-ca-file': path('ca')}, {}),
      ).toMatchObject({credentials: {basic: null, token: 't0ken'}, tls: {authority: 'PEM', skipVerify: false}})
    }))

  it('comes from the environment, where no file is named', () =>
    withFiles({token: 'of the file'}, path => {
      const env = {PROMFLEET_CENTRAL_TOKEN: 'of-the-environment', PROMFLEET_CENTRAL_PASSWORD: 'pw'}
      expect(centralAccess({'central-url': url}, env)).toMatchObject({
        credentials: {token: 'of-the-environment', basic: null},
      })
      expect(centralAccess({'central-url': url, 'central-user': 'me'}, env)).toMatchObject({
        credentials: {token: null, basic: {username: 'me', password: 'pw'}},
      })
      expect(centralAccess({'central-url': url, 'central-token-file': path('token')}, env)).toMatchObject({
        credentials: {token: 'of the file'},
      })
    }))

  it('headers come from flags, files and the environment; the tenant is one of them', () =>
    withFiles({headers: 'X-Api-Key: 0123456789abcdef\n\nX-Other: a: b\n'}, path => {
      const flags = {
        'central-url': url,
        'central-header': ['X-Scope-OrgID: other', 'x-other: flag'],
        'central-header-file': [path('headers')],
        'central-tenant': 'team-a',
      }
      expect(centralAccess(flags, {PROMFLEET_CENTRAL_HEADERS: 'X-Env: e'})?.credentials.headers).toEqual({
        'x-env': 'e',
        'x-api-key': '0123456789abcdef',
        'x-other': 'flag',
        'x-scope-orgid': 'team-a',
      })
    }))

  it('what cannot be read or sent is refused, and never shown', () =>
    withFiles({empty: '\n', token: 'two\nlines-of-secret', headers: 'secret-without-a-name'}, path => {
      expect(refusal({'central-url': url, 'central-user': 'me'})).toMatch(/no password.*PROMFLEET_CENTRAL_PASSWORD/)
      expect(refusal({'central-url': url, 'central-token-file': path('none')})).toMatch(/cannot be read/)
      expect(refusal({'central-url': url, 'central-token-file': path('empty')})).toMatch(/is empty/)
      const token = refusal({'central-url': url, 'central-token-file': path('token')})
      expect(token).toMatch(/line break/)
      expect(token).not.toContain('secret')
      const header = refusal({'central-url': url, 'central-header-file': [path('headers')]})
      expect(header).toMatch(/not "Name: value"/)
      expect(header).not.toContain('secret-without')
      expect(refusal({'central-url': url, 'central-header': ['x: a\u0000b']})).toMatch(/characters/)
    }))
})

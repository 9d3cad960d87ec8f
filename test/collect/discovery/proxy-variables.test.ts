import {describe, expect, it} from 'vitest'
import {proxyVariablesOf} from '../../../src/collect/discovery/proxy-variables.ts'

describe('variables that name a proxy', () => {
  it.each([
    'user:Zq7@Secret@proxy:3128',
    'user:Zq7/Secret@proxy:3128',
    'user,Zq7:Secret@proxy:3128',
    'http://user:Zq7 Secret@proxy:3128',
    `http://user:${'Zq7Secret'.repeat(300)}@proxy:3128`,
  ])('keep no password, whatever it is made of: %s', value => {
    const [kept] = proxyVariablesOf({env: [{name: 'HTTPS_PROXY', value}]}).proxyVariables ?? []
    expect(kept?.value).toMatch(/^(?:http:\/\/user:)?xxxxx@proxy:3128$/)
  })
})

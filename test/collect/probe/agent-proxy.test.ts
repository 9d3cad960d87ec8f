/** Which proxy an agent takes: its own settings, then the environment of its container. */
import {describe, expect, it} from 'vitest'
import {proxyVariablesOf} from '../../../src/collect/discovery/proxy-variables.ts'
import {proxyOf} from '../../../src/collect/probe/agent-proxy.ts'

type Env = NonNullable<Parameters<typeof proxyVariablesOf>[0]['env']>

const FROM_ENVIRONMENT = {proxyUrl: null, noProxy: null, proxyFromEnvironment: true}
const HTTPS = {scheme: 'https', host: 'central.example', port: 443}
const HTTP = {scheme: 'http', host: 'central.example', port: 80}

const found = (env: Env, endpoint = HTTPS, envFrom: Parameters<typeof proxyVariablesOf>[0]['envFrom'] = []) =>
  proxyOf(FROM_ENVIRONMENT, proxyVariablesOf({env, envFrom}), endpoint)

describe("the proxy of an agent's environment", () => {
  it('is by the scheme of the endpoint, and none where only the other is set', () => {
    const env = [{name: 'HTTPS_PROXY', value: 'http://secure:3128'}]
    expect(found(env)).toEqual({url: 'http://secure:3128', by: "HTTPS_PROXY of the agent's environment", unknown: null})
    expect(found(env, HTTP)).toMatchObject({url: null, by: expect.stringContaining('sets no HTTP_PROXY')})
  })
  it('is that of the upper case where both are set, unless that is empty', () => {
    const both = (upper: string) => [
      {name: 'https_proxy', value: 'http://lower:1'},
      {name: 'HTTPS_PROXY', value: upper},
    ]
    expect(found(both('http://upper:1')).url).toBe('http://upper:1')
    expect(found(both('')).url).toBe('http://lower:1')
  })
  it('is the last of several of one name, as the kubelet has it', () => {
    const env = ['http://one:1', 'http://two:1'].map(value => ({name: 'HTTPS_PROXY', value}))
    expect(found(env).url).toBe('http://two:1')
  })
  it('may lack its scheme', () => {
    expect(found([{name: 'HTTPS_PROXY', value: 'proxy.corp:3128'}]).url).toBe('http://proxy.corp:3128')
  })
  it.each(['NO_PROXY', 'no_proxy'])('is passed by where %s leaves the address out', name => {
    const env = [
      {name: 'HTTPS_PROXY', value: 'http://proxy:3128'},
      {name, value: '.svc,central.example'},
    ]
    expect(found(env)).toEqual({
      url: null,
      by: `${name} of the agent's environment leaves this address out`,
      unknown: null,
    })
  })
  it('is none for addresses of the pod itself', () => {
    const env = [{name: 'HTTPS_PROXY', value: 'http://proxy:3128'}]
    expect(found(env, {...HTTPS, host: '127.0.0.1'})).toMatchObject({url: null, unknown: null})
  })
  it.each<[string, NonNullable<Env[number]['valueFrom']>, string]>([
    ['a Secret', {secretKeyRef: {name: 'proxy'}}, 'HTTPS_PROXY comes from Secret proxy'],
    ['a ConfigMap', {configMapKeyRef: {name: 'proxy'}}, 'HTTPS_PROXY comes from ConfigMap proxy'],
    ['a field of the pod', {fieldRef: {}}, 'HTTPS_PROXY comes from a field of the pod'],
  ])('is not known where it comes from %s', (_, valueFrom, unknown) => {
    expect(found([{name: 'HTTPS_PROXY', valueFrom}])).toMatchObject({
      url: null,
      unknown: expect.stringContaining(unknown),
    })
  })
  it('is not known where it is made of other variables, or may come from envFrom', () => {
    expect(found([{name: 'HTTPS_PROXY', value: 'http://$(HOST):1'}]).unknown).toContain('comes from other variables')
    const envFrom = [{secretRef: {name: 'corp'}}]
    expect(found([], HTTPS, envFrom).unknown).toBe('Secret corp may set HTTPS_PROXY (envFrom)')
    // What env says wins, and then envFrom can only leave addresses out.
    const env = [{name: 'HTTPS_PROXY', value: 'http://proxy:1'}]
    expect(found(env, HTTPS, envFrom).unknown).toBe('Secret corp may set NO_PROXY (envFrom)')
    const all = [...env, {name: 'NO_PROXY', value: '.svc'}]
    expect(found(all, HTTPS, envFrom).url).toBe('http://proxy:1')
  })
  it('is not known where the pod was not read', () => {
    expect(proxyOf(FROM_ENVIRONMENT, null, HTTPS).unknown).toContain('pod could not be read')
  })
  it('plays no part where the configuration names one, or none', () => {
    const container = proxyVariablesOf({env: [{name: 'HTTPS_PROXY', value: 'http://proxy:3128'}]})
    const own = {proxyUrl: 'http://own:1', noProxy: null, proxyFromEnvironment: false}
    expect(proxyOf(own, container, HTTPS)).toMatchObject({url: 'http://own:1', by: 'proxy_url'})
    expect(proxyOf({...own, noProxy: 'central.example'}, container, HTTPS)).toMatchObject({url: null, unknown: null})
    expect(proxyOf({...own, proxyUrl: null}, container, HTTPS)).toEqual({url: null, by: '', unknown: null})
  })
})

describe('what is kept of a container', () => {
  it('is without credentials, with and without a scheme', () => {
    const values = [
      'http://user:Zq7Secret@proxy:3128',
      'user:Zq7Secret@proxy:3128',
      'Zq7Secret@proxy',
      'socks5://Zq7Secret@p:1',
    ]
    const kept = proxyVariablesOf({env: values.map(value => ({name: 'HTTP_PROXY', value}))})
    expect(JSON.stringify(kept)).not.toContain('Zq7Secret')
    expect(kept.proxyVariables?.map(({value}) => value)).toEqual([
      'http://user:xxxxx@proxy:3128',
      'xxxxx@proxy:3128',
      'xxxxx@proxy',
      'socks5://xxxxx@p:1',
    ])
  })
  it('is nothing of other variables, and nothing where there is none', () => {
    expect(
      proxyVariablesOf({
        env: [
          {name: 'PASSWORD', value: 'x'},
          {name: 'Http_Proxy', value: 'x'},
        ],
      }),
    ).toEqual({})
    expect(proxyVariablesOf({})).toEqual({})
  })
  it('is nothing of an envFrom that adds a prefix: no such name comes of it', () => {
    expect(proxyVariablesOf({envFrom: [{prefix: 'APP_', secretRef: {name: 'x'}}]})).toEqual({})
  })
})

import {describe, expect, it} from 'vitest'
import {parseEndpoint, urlCredentials, withoutUserInfo} from '../../../src/facts/config/remote-write-url.ts'

describe('the address of an endpoint', () => {
  it('is without credentials, query and the port that goes without saying', () => {
    expect(parseEndpoint('https://u:p@mimir.example:443/api/v1/push?a=b')).toEqual({
      address: 'https://mimir.example/api/v1/push',
      scheme: 'https',
      host: 'mimir.example',
      port: 443,
      path: '/api/v1/push',
    })
    expect(parseEndpoint('http://[fd00::1]:9090')).toMatchObject({
      address: 'http://[fd00::1]:9090/',
      host: 'fd00::1',
      port: 9090,
      path: '/',
    })
  })

  it.each(['', 'central/w', 'ftp://h/w', 'http://', 'http://h:99999/'])('cannot be read from "%s"', url => {
    expect(parseEndpoint(url)).toBeNull()
  })

  it('never shows a password', () => {
    expect(withoutUserInfo('http://u:p@ss@h/w@x')).toBe('http://h/w@x')
    expect(urlCredentials('http://u:p@h')).toBe('password')
    expect(urlCredentials('http://u@h')).toBe('user')
    expect(urlCredentials('http://h/a@b')).toBe('none')
  })
})

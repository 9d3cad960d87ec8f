/** The cases are those of golang.org/x/net/http/httpproxy/proxy_test.go, and what lies at their edges. */
import {describe, expect, it} from 'vitest'
import {goesThroughProxy} from '../../../src/collect/probe/no-proxy.ts'

const HTTP = 80
const goes = (noProxy: string, host: string, port = HTTP) => goesThroughProxy(noProxy, {host, port})

describe('NO_PROXY, as Go reads it', () => {
  it.each(['localhost', '127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1'])(
    'never sends %s through a proxy, whatever it says',
    host => expect(goes('', host)).toBe(false),
  )
  it.each(['foo.example', '10.0.0.1', '2001:db8::7', 'localhost.example', '128.0.0.1'])(
    'sends %s through where it is empty',
    host => expect(goes('', host)).toBe(true),
  )
  it.each<[string, string, boolean]>([
    ['foobar.com', 'foobar.com', false],
    ['foobar.com', 'www.foobar.com', false],
    ['foobar.com', 'foofoobar.com', true],
    ['foobar.com', 'foobar.com.evil', true],
    ['.foobar.com', 'www.foobar.com', false],
    ['.foobar.com', 'foobar.com', true],
    ['*.foobar.com', 'www.foobar.com', false],
    ['*.foobar.com', 'foobar.com', true],
    ['FooBar.com', 'WWW.FOOBAR.COM', false],
    ['*', 'anything.example', false],
    ['other, *', '10.0.0.1', false],
    ['barbaz.net, foobar.com ', 'foobar.com', false],
    // A blank does not part entries, as it does for curl.
    ['barbaz.net foobar.com', 'foobar.com', true],
    ['192.168.1.1', '192.168.1.1', false],
    ['192.168.1.1', '192.168.1.10', true],
    ['192.168.0.0/16', '192.168.255.1', false],
    ['192.168.0.0/16', '192.169.0.1', true],
    ['192.168.0.0/33', '192.168.0.1', true],
    ['10.0.0.0/8', 'host.10.0.0.0', true],
    ['2001:db8::/32', '2001:db8:1::7', false],
    ['2001:db8::7', '2001:db8:0:0:0:0:0:7', false],
    ['[2001:db8::7]', '2001:db8::7', true], // without a port brackets are no address: net.SplitHostPort
    ['cluster.local,.svc', 'central.monitoring.svc', false],
    ['.svc', 'central.monitoring.svc.cluster.local', true],
    ['', 'x.example', true],
    [',,', 'x.example', true],
    [':80', 'x.example', true],
    ['.1', '10.0.0.1', true], // until golang.org/x/net 0.36 an address was matched as a text, too (Prometheus 2.53)
  ])('"%s" and %s', (noProxy, host, expected) => expect(goes(noProxy, host)).toBe(expected))
  it.each<[string, string, number, boolean]>([
    ['foobar.com:443', 'foobar.com', 443, false],
    ['foobar.com:443', 'foobar.com', 80, true],
    ['.foobar.com:443', 'www.foobar.com', 443, false],
    ['192.168.1.1:9090', '192.168.1.1', 9090, false],
    ['192.168.1.1:9090', '192.168.1.1', 80, true],
    ['[2001:db8::7]:80', '2001:db8::7', 80, false],
    ['[2001:db8::7]:80', '2001:db8::7', 81, true],
    ['foobar.com:', 'foobar.com', 81, false],
  ])('"%s" and %s:%d', (noProxy, host, port, expected) => expect(goes(noProxy, host, port)).toBe(expected))
})

import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {cleanText, keepText, keepValue, redact, redactConfig} from '../../src/collect/redact.ts'

describe('redact', () => {
  const secret = 'hunter2Zq'
  it.each([
    `url=http://user:${secret}@central:9090/api/v1/write`,
    `url="https://user:p@${secret}@central/write" msg="Failed to send batch"`,
    `{"url":"http://user:${secret}@h/w","level":"error"}`,
    `err="parse \\"http://user:pa/${secret}@central:9090\\": invalid port \\":pa\\" after host"`,
    `Post "https://central/api/v1/push?tenant=a&api_key=${secret}": EOF`,
    `https://central/write?X-Amz-Signature=${secret}&x=1`,
    `Authorization: Bearer ${secret}`,
    `"authorization":"Basic ${Buffer.from(`a:${secret}`).toString('base64')}"`,
    `sent Basic ${Buffer.from(`prometheus:${secret}`).toString('base64')} and got 401`,
    `password: ${secret}`,
    `password="two words ${secret}"`,
    `{"password":"${secret}"}`,
    `msg="{\\"password\\":\\"${secret}\\"}"`,
    `--web.password=${secret}`,
    `--token ${secret}`,
    `X-Api-Key: ${secret}`,
    `client_secret=${secret}&grant_type=x`,
    `token eyJhbGciOiJSUzI1NiIs.${secret}.${secret}`,
    `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
    `https://${secret}@github.com/x`,
    `curl -u agent:${secret} http://x`,
    `curl --user=agent:${secret} http://x`,
    `curl --proxy-user "agent:${secret}" http://x`,
    `pushed with ghp_${secret}${secret}${secret}`,
    `level=info msg="Creating checkpoint" token=${secret}`,
    `{"token":"${secret}"}`,
    `msg="{\\"token\\":\\"${secret}\\"}"`,
    `the token: ${secret}7 is not known`,
    `glsa_${secret}_${secret}_${secret} is not known here`,
  ])('removes the secret from: %s', text => {
    const redacted = redact(text)
    expect(redacted).not.toContain(secret)
    expect(redacted).not.toContain(Buffer.from(`prometheus:${secret}`).toString('base64'))
    expect(redacted).not.toContain(Buffer.from(`a:${secret}`).toString('base64'))
  })

  it.each([
    'ts=2026-11-23T02:00:00Z caller=dedupe.go:112 level=error component=remote remote_name=abc url=http://central:9090/api/v1/write msg="non-recoverable error"',
    'basic authentication is required',
    'password_file: /etc/secrets/password',
    'unable to read basic auth password: unable to read file /etc/secrets/password: open /etc/secrets/password: no such file or directory',
    'open /etc/secrets/client-secret: permission denied',
    'server returned HTTP status 401 Unauthorized: Unauthorized',
    '--storage.agent.path=/prometheus',
    'unexpected token',
    'yaml: unexpected token: name',
    'continue token: expired',
    'docker run -u 1000:1000 busybox',
    'password: <secret>',
    'http://[::1]:9090/metrics?match[]=up',
  ])('leaves alone: %s', text => expect(redact(text)).toBe(text))

  it('keeps the user and host of a URL, as Prometheus does', () => {
    expect(redact('http://user:pw@host:9090/x')).toBe('http://user:xxxxx@host:9090/x')
    expect(redact(redact('http://user:pw@host:9090/x?token=a'))).toBe('http://user:xxxxx@host:9090/x?token=xxxxx')
  })

  it('leaves nothing that it would take out the next time, however text was cut: the scan of bundles rests on it', () => {
    const pieces = ['://', 'user', ':', '@', 'password', '=', '"', '\\', 'token', ' ', '?', '&', 'Bearer ', 'basic ']
    const more = [
      'Authorization: ',
      '<secret>',
      'xxxxx',
      'YTpiYw==',
      'eyJhbGciOi.abc',
      '--token ',
      'x-api-key: ',
      '-u ',
    ]
    const text = fc
      .array(fc.oneof(fc.constantFrom(...pieces, ...more), fc.string({maxLength: 4})), {maxLength: 14})
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(text, fc.constantFrom(8, 15, 30, 300), (hostile, length) => {
        const kept = keepText(hostile, length)
        expect(redact(kept)).toBe(kept)
        expect(redactConfig(redactConfig(hostile))).toBe(redactConfig(hostile))
      }),
      {numRuns: 2000},
    )
  })

  it('is done in linear time on hostile input', () => {
    const started = performance.now()
    for (const piece of [
      '://a:',
      'password=',
      '?token=&',
      '--',
      'eyJaaaaaaaaaa.',
      'authorization: ',
      'a-_',
      'x-',
      'x-key',
      'token',
      'token: ',
      '"\\',
      '-u a:',
      'ghp_',
    ]) {
      redact(piece.repeat(Math.ceil(64_000 / piece.length)))
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('cleanText', () => {
  it('never lets an escape sequence or a control character pass', () => {
    fc.assert(
      fc.property(
        fc.string({unit: 'binary', maxLength: 200}),
        fc.constantFrom('\x1b[31m', '\x1b]0;title\x07', '\x9b2J', '\x1bP1$q', '\x1b'),
        (text, sequence) => {
          const clean = cleanText(`${text}${sequence}${text}`, 300)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not pass
          expect(clean).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
          expect(clean.length).toBeLessThanOrEqual(300)
        },
      ),
    )
  })
  it('removes the sequence and keeps the words around it', () => {
    expect(cleanText('con\x1b[2Jnection \x1b]8;;http://evil\x07refused\x1b[0m\r\n', 100)).toBe('connection refused')
  })
  it('cuts after redacting, so that no half of a password survives', () => {
    const text = `${'x'.repeat(80)} http://user:hunter2@host/`
    for (let length = 80; length < text.length; length += 1) expect(keepText(text, length)).not.toMatch(/hunt/)
  })
})

describe('keepValue', () => {
  it('hides a value by its key alone', () => {
    expect(keepValue('web.token', 'hunter2', 100)).toBe('<secret>')
    expect(keepValue('password', '', 100)).toBe('')
    expect(keepValue('web.listen-address', '0.0.0.0:9090', 100)).toBe('0.0.0.0:9090')
  })
})

describe('redactConfig', () => {
  const config = `global:
  scrape_interval: 30s
  external_labels:
    cluster: cluster2
    key_account: blue
remote_write:
- url: https://user:hunter2@central/api/v1/write?token=hunter2
  headers:
    X-Scope-OrgID: hunter2
    X-Long: >-
      hunter2
      hunter2
  basic_auth:
    username: agent
    password: hunter2 with words
  some_new_field: kept
  authorization:
    type: Bearer
    credentials: |
      hunter2
      hunter2
  http_headers:
    X-Token:
      values:
      - hunter2
      secrets: [hunter2]
      files:
      - /etc/token
  oauth2:
    endpoint_params:
      client_assertion: hunter2
    scopes: [metrics]
  queue_config:
    capacity: 10000
scrape_configs:
- job_name: a
  relabel_configs:
  - source_labels: [__meta_kubernetes_pod_label_app]
    regex: a:b
  consul_sd_configs:
  - token: hunter2
    server: consul:8500
  password_file: /etc/pw
`
  it('replaces every secret and leaves the rest as it was', () => {
    const redacted = redactConfig(config)
    expect(redacted).not.toContain('hunter2')
    for (const kept of [
      'cluster: cluster2',
      'username: agent',
      'some_new_field: kept',
      'capacity: 10000',
      'type: Bearer',
      'scopes: [metrics]',
      'regex: a:b',
      'server: consul:8500',
      'X-Scope-OrgID: <secret>',
      'password_file: /etc/pw',
    ]) {
      expect(redacted).toContain(kept)
    }
  })
  it('stays valid YAML', async () => {
    const {parse} = await import('yaml')
    expect(parse(redactConfig(config)).remote_write[0].queue_config).toEqual({capacity: 10000})
    expect(parse(redactConfig(config)).scrape_configs[0].relabel_configs[0].regex).toBe('a:b')
  })
})

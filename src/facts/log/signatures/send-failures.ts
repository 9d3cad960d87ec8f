/**
 * Failures of remote write to get any answer, and what they mean. Rows are tried from the top. Texts are those of Go's net,
 * crypto/tls and net/http, and of storage/remote/client.go 2.32 to 3.14.
 */
import type {SendErrorSignature} from './signature.ts'

const KEEPS = 'do not restart the agent, it keeps and sends what waits'

/** Whether the row is of a failure without an answer; the batch is sent again unless said otherwise. */
const failure = {status: null, recoverable: true, versions: null, severity: 'error'} as const

/** The first row that fits wins. */
export const SEND_FAILURES: readonly SendErrorSignature[] = [
  {
    ...failure,
    name: 'nothing-written',
    class: 'unsupported-protocol',
    recoverable: false,
    pattern: /statistics indicate/i,
    cause: 'receiver/unsupported-protocol',
    versions: '2.54 and later',
    title: '2xx, and nothing was written',
    meaning: 'The receiver answered 2xx without having written anything: it does not know remote write 2.0.',
    remedy: 'set protobuf_message back to prometheus.WriteRequest in remote_write, and do not trust the 2xx',
  },
  // First, because a token is fetched before anything is sent: what fails then, fails between the agent and the identity provider.
  {
    ...failure,
    name: 'no-token',
    class: 'no-token',
    cause: 'receiver/unauthorized',
    pattern:
      /^(?:Post|Get) "|oauth2: |cannot fetch token|failed to (?:get|retrieve|acquire) (?:a )?(?:credentials|token)|NoCredentialProviders|(?:could not|unable to) get SigV4 credentials|(?:ManagedIdentity|WorkloadIdentity|DefaultAzure)Credential/i,
    title: 'the agent gets no token to send with',
    meaning: 'The agent gets no token or credentials for the receiver from its identity provider.',
    remedy: `look at the identity provider (token_url of oauth2, or the cloud role of the pod) and the way to it; ${KEEPS}`,
  },
  {
    ...failure,
    name: 'proxy-unreachable',
    class: 'proxy',
    cause: 'receiver/proxy',
    pattern:
      /proxyconnect|socks connect|^(?:Proxy Authentication Required|Forbidden|Bad Gateway|Service Unavailable|Gateway Time-?out|Method Not Allowed|Not Found|Internal Server Error)$/i,
    title: 'the proxy on the way does not let it through',
    meaning: 'The proxy on the way cannot be reached, or refuses to connect to the receiver.',
    remedy: 'correct proxy_url (or HTTPS_PROXY) of the agent, or except the receiver from the proxy (no_proxy)',
  },
  {
    ...failure,
    name: 'name-not-resolved',
    class: 'name-not-resolved',
    cause: 'receiver/name-not-resolved',
    pattern: /\blookup \S+|no such host|server misbehaving|temporary failure in name resolution/i,
    title: 'the name of the receiver does not resolve',
    meaning: 'The name of the receiver does not resolve in the cluster of the agent.',
    remedy: 'write a name that resolves there (names of services of another cluster do not), or mend the cluster DNS',
  },
  {
    ...failure,
    name: 'tls-name-mismatch',
    class: 'tls-name-mismatch',
    cause: 'receiver/tls-name-mismatch',
    pattern:
      /certificate is valid for|not valid for any names|doesn't contain any IP SANs|relies on legacy Common Name|tls: unrecognized name/i,
    title: 'the certificate is for another name',
    meaning: 'The certificate of the receiver is for other names than the one in the URL.',
    remedy: 'write a name that the certificate has, or set server_name in tls_config; do not switch verification off',
  },
  {
    ...failure,
    name: 'tls-expired',
    class: 'tls-expired',
    cause: 'receiver/tls-expired',
    pattern: /certificate has expired or is not yet valid/i,
    title: 'the certificate has expired',
    meaning: 'The certificate of the receiver has expired or is not yet valid, or the clock of the agent is wrong.',
    remedy: 'renew the certificate of the receiver; do not switch verification off',
  },
  {
    ...failure,
    name: 'credentials-unreadable',
    class: 'credentials-unreadable',
    cause: 'receiver/unauthorized',
    pattern:
      /unable to (?:read|load|use) (?:the )?(?:specified|authorization|basic auth|bearer|inline|CA|client|oauth|headers?)|(?:^|: )open \S+: (?:no such file|permission denied)/i,
    title: 'a file with credentials cannot be read',
    meaning: 'A file with credentials or certificates that the configuration names cannot be read by the agent.',
    remedy: 'mount the Secret at the path that remote_write names, readable by the user of the agent',
  },
  {
    ...failure,
    name: 'tls-untrusted',
    class: 'tls-untrusted',
    cause: 'receiver/tls-untrusted',
    pattern: /certificate signed by unknown authority|certificate is not trusted|self[- ]signed certificate|x509: /i,
    title: 'the certificate is not trusted',
    meaning: 'The certificate of the receiver is signed by an authority that the agent does not know.',
    remedy: 'name the authority in ca_file of tls_config; do not switch verification off',
  },
  {
    ...failure,
    name: 'tls-client-certificate',
    class: 'tls-client-certificate',
    pattern:
      /remote error: tls: (?:certificate required|bad certificate|handshake failure|unknown certificate|unknown ca|certificate unknown|expired certificate|revoked certificate|unsupported certificate)/i,
    cause: 'receiver/tls-client-certificate',
    title: 'a client certificate is missing or refused',
    meaning: 'The receiver wants a client certificate that it trusts, and got none.',
    remedy: 'give the agent a certificate of the authority that the receiver trusts, in tls_config of remote_write',
  },
  {
    ...failure,
    name: 'tls-to-http-port',
    class: 'scheme-mismatch',
    cause: 'receiver/scheme-mismatch',
    pattern:
      /server gave HTTP response to HTTPS client|does not look like a TLS handshake|malformed HTTP response "\\+x15/i,
    title: 'scheme and port do not fit',
    meaning: 'The scheme of the URL and the port do not fit: one speaks TLS and the other does not.',
    remedy: 'correct scheme or port of the URL in remote_write',
  },
  {
    ...failure,
    name: 'tls-failed',
    class: 'tls-failed',
    cause: 'receiver/tls-untrusted',
    apart: true,
    pattern: /\btls: /i,
    title: 'no TLS connection comes about',
    meaning: 'The two sides cannot agree on a TLS connection.',
    remedy: 'compare the TLS versions and ciphers of both sides',
  },
  {
    ...failure,
    name: 'refused',
    class: 'refused',
    cause: 'receiver/refused',
    pattern: /connection refused/i,
    title: 'connection refused',
    meaning: 'Nothing listens at that address and port.',
    remedy: `start the receiver or correct the port in remote_write; ${KEEPS}`,
  },
  {
    ...failure,
    name: 'no-route',
    class: 'no-route',
    cause: 'receiver/unreachable',
    pattern:
      /no route to host|network is unreachable|host is (?:down|unreachable)|connect: (?:permission denied|operation not permitted)/i,
    title: 'no route to the receiver',
    meaning: 'There is no way to that address from the node of the agent, or a policy forbids it.',
    remedy: `look at routes and network policies between the two; ${KEEPS}`,
  },
  {
    ...failure,
    name: 'unreachable',
    class: 'unreachable',
    cause: 'receiver/unreachable',
    pattern:
      /dial (?:tcp|udp)\S* .{0,300}(?:i\/o timeout|connection timed out|operation timed out|context deadline exceeded)|cannot assign requested address/i,
    title: 'no connection comes about',
    meaning: 'Connecting takes too long: a firewall, a route or a dead address in between swallows the packets.',
    remedy: `look at firewalls, node ports and network policies between the two; ${KEEPS}`,
  },
  {
    ...failure,
    name: 'timed-out',
    class: 'timed-out',
    cause: 'receiver/slow',
    pattern:
      /context deadline exceeded|Client\.Timeout|i\/o timeout|timeout awaiting response|TLS handshake timeout|connection timed out/i,
    title: 'no answer within remote_timeout',
    meaning:
      'No answer within remote_timeout: the receiver is slow, or packets are lost on the way; the error alone cannot tell.',
    remedy: `a slow receiver and a network that drops packets look alike here: "promfleet doctor" tells them apart; raise remote_timeout or max_shards only when it says so; ${KEEPS}`,
  },
  {
    ...failure,
    name: 'redirect-loop',
    class: 'redirected',
    cause: 'receiver/redirected',
    pattern: /stopped after \d+ redirects/i,
    title: 'redirects that lead nowhere',
    meaning: 'The address answers with redirects that lead nowhere.',
    remedy: 'write the final address in remote_write',
  },
  {
    ...failure,
    name: 'connection-reset',
    class: 'connection-reset',
    cause: 'receiver/failing',
    // A load balancer that closes idle connections does it every few minutes, and nothing is lost.
    severity: 'warning',
    pattern:
      /\bEOF\b|connection reset by peer|broken pipe|GOAWAY|http2: |use of closed network connection|server closed idle connection|transport connection broken/i,
    title: 'the connection was cut',
    meaning: 'The connection was cut while in use: the receiver or a load balancer restarted or closed it.',
    remedy:
      'now and then it is harmless, the batch is sent again; when it goes on, look at the receiver and what is in front of it',
  },
  {
    ...failure,
    name: 'invalid-url',
    class: 'invalid-url',
    cause: 'receiver/scheme-mismatch',
    pattern: /unsupported protocol scheme|no Host in request URL|invalid URL|first path segment in URL/i,
    title: 'the URL cannot be used',
    meaning: 'The URL in the configuration cannot be used.',
    remedy: 'write a whole URL, with http:// or https://, in remote_write',
  },
  {
    ...failure,
    name: 'send-cancelled',
    class: 'cancelled',
    cause: null,
    severity: 'ordinary',
    pattern: /context canceled|operation was canceled/i,
    title: 'given up because the queue was stopping',
    meaning: 'The agent itself gave up the request because the queue was stopping: a reload or an exit.',
    remedy: null,
  },
]

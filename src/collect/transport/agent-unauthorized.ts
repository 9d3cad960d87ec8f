/** Apart from the transports, so that the one that needs no WebSocket does not load them. */
import {ExchangeError} from '../api-server/exchange-error.ts'

export function agentUnauthorized(pod: string, hadCredentials: boolean): ExchangeError {
  const said = hadCredentials ? 'refused the user name and password' : 'asks for a user name and password'
  return new ExchangeError('agent-unauthorized', `the web server of ${pod} ${said} (401)`)
}

/** Programs in a container behind an API server that starts them as it likes. */
import {once} from 'node:events'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type WebSocket, WebSocketServer} from 'ws'
import {type ApiServerConnection, connectApiServer} from '../../../src/collect/api-server/api-server.ts'
import {openPodVantage} from '../../../src/collect/probe/pod.ts'
import {openPrograms} from '../../../src/collect/probe/pod-programs.ts'
import {tryByPromtool} from '../../../src/collect/probe/promtool.ts'
import {asMyself, contextOf, type StandIn, startStandIn} from '../stand-in.ts'
import {aPlan} from './a-plan.ts'

const STDOUT = 1
const STDERR = 2
const STATUS = 3
const SUCCESS = '{"metadata":{},"status":"Success"}'
const container = {namespace: 'monitoring', pod: 'agent-0', container: 'prometheus'}
const {signal} = new AbortController()

let standIn: StandIn
let api: ApiServerConnection
/** What a program does; one that is asked for its help, and `kill`, just end. */
let run: (socket: WebSocket) => void
const sockets = new WebSocketServer({noServer: true, handleProtocols: offered => [...offered][0] ?? false})

beforeEach(async () => {
  standIn = await startStandIn()
  standIn.upgrade = (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, webSocket => {
      const command = new URL(request.url ?? '', 'http://x').searchParams.getAll('command')
      if (command.at(-1) === '--help' || command.at(-1)?.startsWith('kill ')) end(webSocket)
      else run(webSocket)
    })
  api = connectApiServer(await contextOf(standIn), asMyself)
})
afterEach(async () => {
  vi.useRealTimers()
  api.close()
  await standIn.close()
})

function send(socket: WebSocket, channel: number, data: Buffer | string): void {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]))
}

function end(socket: WebSocket): void {
  send(socket, STATUS, SUCCESS)
  socket.close()
}

describe('nc in a pod', () => {
  const openVantage = () => openPodVantage(api, container, 'exec', signal)

  it('that says nothing itself carries what is written and what comes back', async () => {
    run = socket => {
      send(socket, STDERR, '42\n')
      socket.on('message', (frame: Buffer) => send(socket, STDOUT, `got ${frame.subarray(1)}`))
    }
    const vantage = await openVantage()
    const {step, result} = await vantage.dial('central.example', [], 9090, signal)
    expect(step).toMatchObject({ok: true})
    result?.write('hello')
    const [answer] = await once(result ?? expect.fail('no stream'), 'data')
    expect(String(answer)).toBe('got hello')
    await vantage.close()
  })

  it('of a shell that never speaks has tried nothing: no fault of the way is told', async () => {
    const isOpen = new Promise(resolve => {
      run = socket => socket.once('pong', resolve).ping()
    })
    const vantage = await openVantage()
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
    const dialled = vantage.dial('central.example', [], 9090, signal)
    await isOpen
    await nextTurn()
    vi.advanceTimersByTime(5000)
    const {step, result} = await dialled
    vi.useRealTimers()
    expect(step).toMatchObject({
      ok: false,
      code: 'UNUSABLE',
      detail: expect.stringContaining('could not be started in pod monitoring/agent-0'),
    })
    expect(result).toBeNull()
    await vantage.close()
  })
})

describe('promtool in a pod', () => {
  const plan = aPlan('http://central.example:9090/api/v1/write')

  it('that does not end in its own time is left at the end of ours', async () => {
    let isLeft: Promise<unknown> | null = null
    const isOpen = new Promise(resolve => {
      run = socket => {
        isLeft = once(socket, 'close')
        send(socket, STDERR, 'Parsing standard input\n')
        socket.once('pong', resolve).ping()
      }
    })
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']})
    const trying = tryByPromtool(api, container, plan, signal)
    await isOpen
    await nextTurn()
    vi.advanceTimersByTime(5000)
    const {http} = await trying
    vi.useRealTimers()
    expect(http).toMatchObject({ok: false})
    await isLeft
  })
  it('is left when the run is stopped', async () => {
    const stop = new AbortController()
    let isLeft: Promise<unknown> | null = null
    const isOpen = new Promise(resolve => {
      run = socket => {
        isLeft = once(socket, 'close')
        socket.once('pong', resolve).ping()
      }
    })
    const trying = tryByPromtool(api, container, plan, stop.signal)
    await isOpen
    await nextTurn()
    stop.abort()
    await trying.catch(() => null)
    await isLeft
  })
})

describe('the output of a program in a pod', () => {
  async function outputOf(...chunks: Buffer[]) {
    run = socket => {
      send(socket, STDERR, '42\n')
      for (const chunk of chunks) send(socket, STDOUT, chunk)
      end(socket)
    }
    const programs = await openPrograms(api, container, 'nc', signal)
    const ended = await programs.run('nslookup', ['central.example'], signal)
    await programs.close()
    return ended
  }

  it('is whole however small its pieces are', async () => {
    const {output, exitCode} = await outputOf(...Array.from({length: 300}, () => Buffer.from('0123456789')))
    expect(output).toBe('0123456789'.repeat(300))
    expect(exitCode).toBe(0)
  })
  it.each([64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1])('of %i bytes is kept up to 64 KiB', async bytes => {
    const {output, exitCode} = await outputOf(Buffer.alloc(40_000, 'a'), Buffer.alloc(bytes - 40_000, 'b'))
    expect(output.length).toBe(Math.min(bytes, 64 * 1024))
    expect(exitCode).toBe(0)
  })
  it('in a frame of up to 4 MiB is read, and a longer one ends the connection', async () => {
    const most = 4 * 2 ** 20 - 1 // and the byte for the channel
    expect(await outputOf(Buffer.alloc(most, 'a'))).toMatchObject({exitCode: 0, hasOutput: true})
    expect(await outputOf(Buffer.alloc(most + 1, 'a'))).toMatchObject({exitCode: null, hasOutput: false, output: ''})
  })
})

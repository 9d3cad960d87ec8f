import {EventEmitter} from 'node:events'
import {describe, expect, it, vi} from 'vitest'
import {watchKeys} from '../../../src/command-line/watch/keys.ts'

class FakeKeyboard extends EventEmitter {
  isTTY = true
  isRaw = false
  isReading = false
  setRawMode(raw: boolean) {
    this.isRaw = raw
    return this
  }
  resume() {
    this.isReading = true
    return this
  }
  pause() {
    this.isReading = false
    return this
  }
}

function press(...keys: string[]) {
  const keyboard = new FakeKeyboard()
  const asked: ('quit' | 'stop' | 'go')[] = []
  const {release} = watchKeys(keyboard as unknown as NodeJS.ReadStream, {
    quit: () => asked.push('quit'),
    stop: () => asked.push('stop'),
    go: () => asked.push('go'),
  })
  for (const key of keys) keyboard.emit('data', Buffer.from(key))
  return {quits: asked.filter(what => what === 'quit').length, asked, keyboard, release}
}

describe('the keyboard of a live view', () => {
  it('ends it with q, Q or the end of input, and with nothing else', () => {
    expect(['q', 'Q', '\u0004', 'x', '\r', '\u001b[A', 'é'].map(key => press(key).quits)).toEqual([1, 1, 1, 0, 0, 0, 0])
    expect(press('abc', 'xq').quits).toBe(1)
  })
  it('is raw meanwhile, and afterwards as it was', () => {
    const {keyboard, release} = press()
    expect([keyboard.isRaw, keyboard.isReading]).toEqual([true, true])
    release()
    expect([keyboard.isRaw, keyboard.isReading, keyboard.listenerCount('data')]).toEqual([false, false, 0])
  })
  it('hands Ctrl-C and Ctrl-Z on as the signals that they are elsewhere, Ctrl-Z out of raw mode', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const {asked, keyboard, release} = press('\u0003', '\u001a')
    expect(kill.mock.calls).toEqual([
      [process.pid, 'SIGINT'],
      [process.pid, 'SIGTSTP'],
    ])
    expect(asked).toEqual(['stop'])
    expect(keyboard.isRaw).toBe(false)
    process.emit('SIGCONT')
    expect(asked).toEqual(['stop', 'go'])
    expect(keyboard.isRaw).toBe(true)
    release()
    kill.mockRestore()
  })
  it('is left alone where stdin is no terminal', () => {
    const keyboard = new FakeKeyboard()
    keyboard.isTTY = false
    watchKeys(keyboard as unknown as NodeJS.ReadStream, {quit() {}, stop() {}, go() {}}).release()
    expect([keyboard.isRaw, keyboard.isReading]).toEqual([false, false])
  })
})

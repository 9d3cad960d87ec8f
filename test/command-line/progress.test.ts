import {describe, expect, it} from 'vitest'
import {progressText, waitingForCentral} from '../../src/command-line/progress.ts'

const done = {contextsTotal: 2, contextsDone: 2, waiting: [], secondScrapeInSeconds: null, central: null}

describe('the progress line', () => {
  it('names what the slowest context waits for', () => {
    const waiting = [
      {context: 'a', what: 'connecting', seconds: 1},
      {context: 'b', what: 'connecting', seconds: 3.2},
    ]
    const text = progressText({...done, contextsDone: 0, waiting})
    expect(text).toBe('0 of 2 contexts looked at; b: connecting (3 s)')
  })
  it('names the central that everything waits for, and for how long already', () => {
    const at = (seconds: number) => progressText({...done, central: {name: 'https://mimir.example.com', seconds}})
    expect(at(0.4)).toBe('waiting for the central https://mimir.example.com')
    expect(at(7.9)).toBe('waiting for the central https://mimir.example.com (7 s)')
    expect(waitingForCentral('the central in context hub')).toBe('waiting for the central in context hub')
  })
})

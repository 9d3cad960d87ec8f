/** Scrapes of one agent with lines that the ordinary figures do not have: the first and the last of a window of 10 s. */
import type {Scrape} from '../../src/evidence/types.ts'
import {aScrape, NOW, type QueueFigures} from '../builders/evidence.ts'

const RATE = 180
const UPTIME = 86_400

/** An agent that delivers, whose scrapes show `first` and then `last` as well. */
export function scrapesWith(first: string[], last: string[], version = '3.5.0', uptime = UPTIME): Scrape[] {
  return [
    {extra: first, age: 10},
    {extra: last, age: 0},
  ].map(({extra, age}) => {
    const total = RATE * (uptime - age)
    const queue: QueueFigures = {
      ...{total, bytes: total * 25, pending: RATE, highestSent: NOW - age - 2, recordsRead: uptime - age},
    }
    return aScrape({
      ...{at: NOW - age, uptime: uptime - age, samplesIn: total, highestTimestamp: NOW - age - 1, version},
      ...{queues: [queue], extra: extra.join('\n')},
    })
  })
}

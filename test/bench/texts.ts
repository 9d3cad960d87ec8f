/** Large logs and expositions, made up but shaped like the real thing; always the same for the same size. */
import {closeSync, openSync, writeSync} from 'node:fs'

const FLUSH_AT = 2 ** 20
const FIRST_MS = Date.parse('2026-11-23T00:00:00Z')

/** Ordinary lines of 2.x and 3.x at level debug, where logs of this size come from, and every 77th line a failed batch. */
export function writeLog(file: string, bytes: number): void {
  write(file, bytes, number => {
    const time = new Date(FIRST_MS + number * 3).toISOString()
    return (
      number % 77 === 0 ? failure(number) : (ordinary[(number * 7 + (number >> 3)) % ordinary.length] ?? '')
    ).replace('TIME', time)
  })
}

const url = 'http://central.example/api/v1/push'
const ordinary = [
  'ts=TIME caller=db.go:632 level=debug component=tsdb msg="Segment is not full yet" duration=1.52ms mint=1763866800000\n',
  'ts=TIME caller=scrape.go:1383 level=debug component="scrape manager" scrape_pool=pods target=http://10.42.3.17:8080/metrics msg="Append finished" samples=4312\n',
  'time=TIME level=INFO source=manager.go:178 msg="Discovery manager updated" component="discovery manager notify" config=pods provider=kubernetes/0\n',
  `time=TIME level=DEBUG source=queue_manager.go:1207 msg="Not downsharding due to being too far behind" component=remote remote_name=c2a4be url=${url} lowerBound=0.7\n`,
  `ts=TIME caller=queue_manager.go:1087 level=info component=remote remote_name=c2a4be url=${url} msg="Done with a batch of this shard" shard=3\n`,
]
const failure = (number: number) =>
  `ts=TIME caller=dedupe.go:112 component=remote level=warn remote_name=c2a4be url=${url} msg="Failed to send batch, retrying" err="Post \\"${url}\\": read tcp 10.42.3.17:${30_000 + (number % 9999)}->10.96.0.1:80: i/o timeout"\n`

/** An outage at its loudest: an error on every line, each with its own numbers. */
export function writeErrorLog(file: string, bytes: number): void {
  write(file, bytes, number => failure(number).replace('TIME', new Date(FIRST_MS + number * 3).toISOString()))
}

/** An agent with very many scrape pools: families of a hundred series, of which promfleet keeps few. */
export function writeExposition(file: string, bytes: number): void {
  write(file, bytes, number => {
    const family = Math.floor(number / 100)
    const name =
      family % 50 === 0 ? `prometheus_remote_storage_kept_${family}_total` : `app_connections_${family}_total`
    const head = number % 100 === 0 ? `# HELP ${name} Total number of connections.\n# TYPE ${name} counter\n` : ''
    const labels = `dialer_name="kubernetes-pods-${number}",scrape_job="serviceMonitor/monitoring/app-${number}/0",reason="refused"`
    return `${head}${name}{${labels}} ${number * 17}\n`
  })
}

function write(file: string, bytes: number, lineOf: (number: number) => string): void {
  const output = openSync(file, 'w')
  let lines: string[] = []
  for (let number = 0, waiting = 0, written = 0; written < bytes; number += 1) {
    const line = lineOf(number)
    lines.push(line)
    waiting += line.length
    if (waiting < FLUSH_AT && written + waiting < bytes) continue
    writeSync(output, lines.join(''))
    written += waiting
    waiting = 0
    lines = []
  }
  closeSync(output)
}

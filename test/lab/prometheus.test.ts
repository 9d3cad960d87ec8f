/** Where the lab's Prometheus comes from. */
import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {debianMirror} from './debian.ts'
import {findPrometheus} from './prometheus.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'promfleet-find-'))
  vi.stubEnv('XDG_CACHE_HOME', directory)
  vi.stubEnv('REALCLUSTER_HOME', path.join(directory, 'none'))
  for (const version of ['2_42', '2_53', '3_5']) vi.stubEnv(`PROMETHEUS_${version}`, '')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(directory, {recursive: true})
})

async function program(file: string): Promise<string> {
  await mkdir(path.dirname(file), {recursive: true})
  await writeFile(file, '#!/bin/sh\n')
  await chmod(file, 0o755)
  return file
}

it('takes a binary that the environment names, and one from the cache, without asking anyone', async () => {
  const told = await program(path.join(directory, 'mine'))
  vi.stubEnv('PROMETHEUS_2_42', told)
  for (const version of ['2.53', '3.5']) await program(path.join(directory, 'promfleet', `prometheus-${version}`))
  const lines: string[] = []
  const found = await findPrometheus(line => lines.push(line))
  expect(found.paths['2.42']).toBe(told)
  expect(found.paths['3.5']).toBe(path.join(directory, 'promfleet/prometheus-3.5'))
  expect([found.missing, lines]).toEqual([{}, []])
})

it('says in one line which version cannot be had and why', async () => {
  vi.stubEnv('PROMETHEUS_2_42', path.join(directory, 'no-such-file'))
  for (const version of ['2.53', '3.5']) await program(path.join(directory, 'promfleet', `prometheus-${version}`))
  const lines: string[] = []
  const found = await findPrometheus(line => lines.push(line))
  expect(found.paths['2.42']).toBeNull()
  expect(lines).toEqual([
    `Prometheus 2.42 cannot be had: PROMETHEUS_2_42=${directory}/no-such-file is not an executable file; set PROMETHEUS_2_42 to a binary to use it`,
  ])
})

it.each([
  ['deb822', 'sources.list.d/debian.sources', 'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n'],
  [
    'one line',
    'sources.list',
    '# deb http://old.example/debian x\ndeb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\n',
  ],
])("reads the mirror from the machine's own apt sources: %s", async (_form, file, text) => {
  await mkdir(path.join(directory, 'sources.list.d'), {recursive: true})
  await writeFile(path.join(directory, 'sources.list.d/another.list'), 'deb https://packages.example/cloud x main\n')
  await writeFile(path.join(directory, file), text)
  expect(await debianMirror(directory)).toBe('http://mirror.example/debian')
})

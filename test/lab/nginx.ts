/** A real nginx in front of a receiver, as most of them have one: TLS, client certificates, passwords, redirects, limits. */
import {constants} from 'node:fs'
import {access, mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {execa} from 'execa'
import {waitUntil} from './conditions.ts'
import {fetchFromDebian, hasApt} from './debian.ts'
import {ContainerLog} from './kubernetes/pod-log.ts'
import {type LabProcess, startProcess} from './processes.ts'
import {cacheDirectory} from './prometheus.ts'

/** Path of the program: NGINX, PATH, own cache, or this machine's own Debian release, which fills the cache; null where it cannot be had. */
export async function findNginx(): Promise<string | null> {
  const cached = path.join(cacheDirectory(), 'nginx')
  for (const file of [process.env.NGINX, '/usr/sbin/nginx', cached]) if (file && (await runs(file))) return file
  if (!(await hasApt())) return null
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1]
  if (suite === undefined) return null
  await mkdir(cacheDirectory(), {recursive: true})
  return fetchFromDebian('nginx', suite, 'usr/sbin/nginx', cached).then(
    async () => ((await runs(cached)) ? cached : null),
    () => null,
  )
}

/** It is linked against the libraries of its release, which may be missing here. */
async function runs(file: string): Promise<boolean> {
  const isThere = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  return isThere && (await execa(file, ['-v'], {reject: false})).exitCode === 0
}

/** `servers` are server blocks; ready when `port` of `host` answers. */
export async function startNginx(
  binary: string,
  directory: string,
  port: number,
  servers: string,
  host = '127.0.0.1',
): Promise<LabProcess> {
  await mkdir(directory, {recursive: true})
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${directory}/${kind};`,
  )
  const config = path.join(directory, 'nginx.conf')
  await writeFile(
    config,
    `daemon off; master_process off; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events {}
http { access_log off; ${temporary.join(' ')}
${servers}
}\n`,
  )
  const process = startProcess(
    binary,
    ['-p', directory, '-c', config],
    new ContainerLog(path.join(directory, 'output.log')),
  )
  await waitUntil('nginx to answer', 30, async () => {
    const answer = await fetch(`http://${host}:${port}/`, {redirect: 'manual'}).catch(() => null)
    if (answer) return null
    return process.isRunning()
      ? 'no answer'
      : `its process has ended: ${await readFile(`${directory}/error.log`, 'utf8').catch(() => '')}`
  })
  return process
}

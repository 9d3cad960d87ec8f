/** Fetches one program out of a Debian package without installing it: no root, and the system's own apt lists stay as they are. */
import {constants} from 'node:fs'
import {access, copyFile, mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {execa} from 'execa'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const updateTimeoutMs = 60_000
const downloadTimeoutMs = 90_000

/** True where apt and dpkg are, and the archive's key to trust what they fetch. */
export async function hasApt(): Promise<boolean> {
  const tools = await Promise.all(['apt-get', 'dpkg'].map(tool => execa(tool, ['--version'], {reject: false})))
  return tools.every(tool => tool.exitCode === 0) && (await exists(keyring))
}

/**
 * The mirror that this machine's own apt uses for Debian: from deb822 files (`URIs:`) or one-line lists (`deb [..] URI suite`).
 * The first entry whose suites look like Debian's main archive; null when there is none.
 */
export async function debianMirror(aptDirectory = '/etc/apt'): Promise<string | null> {
  const parts = path.join(aptDirectory, 'sources.list.d')
  const names = await readdir(parts).catch(() => [])
  const files = [path.join(aptDirectory, 'sources.list'), ...names.sort().map(name => path.join(parts, name))]
  const mirrors: string[] = []
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n')) {
      const uri = /^\s*URIs:\s*(\S+)/.exec(line)?.[1] ?? /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s/.exec(line)?.[1]
      if (uri) mirrors.push(uri)
    }
  }
  return mirrors.find(uri => /\/debian\/?$/.test(uri)) ?? null
}

/**
 * Downloads `packageName` of `suite` and puts its file `member` (path inside the package) at `destination`, mode as packaged.
 * Throws with apt's own words when the suite, the package or the network is missing.
 */
export async function fetchFromDebian(
  packageName: string,
  suite: string,
  member: string,
  destination: string,
): Promise<void> {
  const mirror = await debianMirror()
  if (mirror === null) throw new Error("no Debian mirror in this machine's apt sources")
  const work = `${destination}.fetch-${process.pid}`
  try {
    await mkdir(path.join(work, 'lists/partial'), {recursive: true})
    await mkdir(path.join(work, 'cache/archives/partial'), {recursive: true})
    await mkdir(path.join(work, 'unpacked'))
    await writeFile(path.join(work, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`)
    const options = [
      `Dir::Etc::sourcelist=${work}/sources.list`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
      'Acquire::Languages=none', // no translations
      'Acquire::http::Timeout=15',
      'Acquire::Retries=1',
    ].flatMap(option => ['-o', option])
    await apt(['update', '-qq', ...options], work, updateTimeoutMs)
    await apt(['download', '-qq', ...options, `${packageName}/${suite}`], work, downloadTimeoutMs)
    const archive = (await readdir(work)).find(name => name.endsWith('.deb'))
    if (!archive) throw new Error(`apt-get downloaded no ${packageName}`)
    await execa('dpkg', ['-x', archive, 'unpacked'], {cwd: work, timeout: downloadTimeoutMs})
    await copyFile(path.join(work, 'unpacked', member), `${work}/program`)
    await rename(`${work}/program`, destination) // whole or not at all, also when two runs fetch at once
  } finally {
    await rm(work, {recursive: true, force: true})
  }
}

async function apt(args: string[], cwd: string, timeout: number): Promise<void> {
  const result = await execa('apt-get', args, {
    cwd,
    timeout,
    reject: false,
    stdin: 'ignore',
    all: true,
    env: {LC_ALL: 'C'},
  })
  if (result.exitCode === 0) return
  const words =
    result.all?.split('\n').find(line => line.startsWith('E:') || line.startsWith('Err')) ?? result.shortMessage
  throw new Error(`apt-get ${args[0]}: ${result.timedOut ? `took longer than ${timeout / 1000} s` : words}`)
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  )
}

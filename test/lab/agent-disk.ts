/** What happens to an agent's files: a small disk, a full one, a WAL with damage in it. */
import {mkdir, open, readdir, readFile, statfs, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {execa} from 'execa'

/** Mounts an empty file system of that size; needs root on Linux. `unmount` may be called at any time. */
export async function mountSmallDisk(directory: string, mebibytes: number): Promise<{unmount(): Promise<void>}> {
  await mkdir(directory, {recursive: true})
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'promfleet-lab', directory])
  return {
    async unmount() {
      await execa('umount', ['--lazy', directory], {reject: false})
    },
  }
}

/** Whether file systems may be mounted here. */
export async function canMountDisks(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  return (await execa('unshare', ['--mount', 'true'], {reject: false})).exitCode === 0
}

/** Leaves no byte free: what grows next fails with "no space left on device". */
export async function fillDisk(directory: string): Promise<void> {
  const {bavail, bsize} = await statfs(directory)
  const file = await open(path.join(directory, 'somebody-elses-file'), 'w')
  try {
    for (let left = bavail * bsize; left > 0; left -= bsize) await file.write(Buffer.alloc(Math.min(left, bsize), 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await file.close()
  }
}

/** Segment numbers of an agent's WAL, oldest first; empty when there is none yet. */
export async function segmentsOf(dataDirectory: string): Promise<number[]> {
  const names = await readdir(path.join(dataDirectory, 'wal')).catch(() => [])
  return names
    .filter(name => /^\d{8}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
}

/** Flips bytes in the middle of what is written of its oldest segment with contents: the checksum of a record fails. */
export async function corruptWal(dataDirectory: string): Promise<void> {
  for (const segment of await segmentsOf(dataDirectory)) {
    const file = path.join(dataDirectory, 'wal', String(segment).padStart(8, '0'))
    const bytes = await readFile(file)
    const end = bytes.findLastIndex(byte => byte !== 0)
    if (end < 1000) continue
    const middle = Math.floor(end / 2)
    for (let offset = middle; offset < middle + 8; offset += 1) bytes[offset] = (bytes[offset] ?? 0) ^ 0xff
    await writeFile(file, bytes)
    return
  }
  throw new Error(`the WAL in ${dataDirectory} is too short to be damaged`)
}

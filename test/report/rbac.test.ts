/** Roles as `promfleet rbac` prints them: the least, and what is allowed beside only where it was asked for. */
import {describe, expect, it} from 'vitest'
import {parse} from 'yaml'
import Rbac from '../../commands/rbac.ts'
import {runCommand} from '../commands/run-command.ts'

const roleOf = async (...flags: string[]) => {
  const {stdout, exitCode} = await runCommand(Rbac, ['-n', 'monitoring', ...flags])
  const {rules} = parse(stdout) as {rules: {resources: string[]; verbs: string[]}[]}
  return {stdout, exitCode, rights: rules.map(({resources, verbs}) => `${verbs.join()} ${resources.join()}`)}
}

describe('the role', () => {
  it('lets nobody run programs in pods, and says so', async () => {
    const {stdout, rights} = await roleOf()
    expect(stdout).toContain('No secrets, no exec, nothing is changed')
    expect(rights.join()).not.toMatch(/exec|ephemeral/)
  })
  it('allows what --from-pod and --image need where it was asked for, and says what that means', async () => {
    const least = await roleOf()
    const fromPod = await roleOf('--from-pod')
    const image = await roleOf('--from-pod', '--image')
    expect(fromPod.rights).toEqual([...least.rights, 'get,create pods/exec'])
    expect(image.rights).toEqual([...fromPod.rights, 'patch pods/ephemeralcontainers'])
    expect(fromPod.stdout).not.toContain('no exec')
    expect(image.stdout).toContain('allows pods/exec and pods/ephemeralcontainers: who has it can run programs')
  })
  it('asks for --from-pod with --image, which is of no use alone', async () => {
    expect(await runCommand(Rbac, ['--image'])).toMatchObject({exitCode: 2, stdout: ''})
  })
})

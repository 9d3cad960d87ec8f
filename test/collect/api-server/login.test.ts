import {chmod, writeFile} from 'node:fs/promises'
import type {Socket} from 'node:net'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {answerJson, answerStatus, asMyself, requestOptions, withTemporaryDirectory} from '../stand-in.ts'
import {standInOfEachTest} from './connect.ts'

const {standIn, connect} = standInOfEachTest()

describe('credentials', () => {
  const answerWho = () => {
    standIn().respond = (request, response) => {
      const peer = (request.socket as Socket & {getPeerCertificate(): {subject?: {CN?: string}}}).getPeerCertificate()
      answerJson(response, {
        authorization: request.headers.authorization ?? null,
        certificate: peer.subject?.CN ?? null,
      })
    }
  }

  it('may be a client certificate', async () => {
    answerWho()
    const {certificatePem, keyPem} = await standIn().authority.issue({commonName: 'jane'})
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const api = await connect({
      user: {'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem)},
    })
    expect(await api.getJson('/', requestOptions())).toMatchObject({value: {certificate: 'jane', authorization: null}})
  })

  it('may be a client certificate that a plug-in gives', async () => {
    answerWho()
    const {certificatePem, keyPem} = await standIn().authority.issue({commonName: 'plugged'})
    await withTemporaryDirectory(async directory => {
      const credential = {status: {clientCertificateData: certificatePem, clientKeyData: keyPem}}
      await writeFile(join(directory, 'credential.json'), JSON.stringify(credential))
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'cat',
        args: [join(directory, 'credential.json')],
      }
      expect(await (await connect({user: {exec}})).getJson('/', requestOptions())).toMatchObject({
        value: {certificate: 'plugged'},
      })
    })
  })

  it('may be a user name and password', async () => {
    answerWho()
    const api = await connect({user: {username: 'jane', password: 'p:w'}})
    expect(await api.getJson('/', requestOptions())).toMatchObject({
      value: {authorization: `Basic ${Buffer.from('jane:p:w').toString('base64')}`},
    })
  })

  it('may be none: the CA still counts', async () => {
    answerWho()
    expect(await (await connect({user: null})).getJson('/', requestOptions())).toMatchObject({
      value: {authorization: null},
    })
  })

  it('may be a token file, without its newline, read again after a 401', async () => {
    standIn().respond = (request, response) =>
      request.headers.authorization === 'Bearer second'
        ? answerJson(response, {})
        : answerStatus(response, 401, 'Unauthorized', 'no')
    await withTemporaryDirectory(async directory => {
      await writeFile(join(directory, 'token'), 'first\n')
      const api = await connect({user: {tokenFile: 'token'}, directory})
      expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: false, reason: 'unauthorized'})
      expect(standIn().lastHeaders().authorization).toBe('Bearer first')
    })
    await withTemporaryDirectory(async directory => {
      await writeFile(join(directory, 'token'), 'first\n')
      const api = await connect({user: {tokenFile: 'token'}, directory})
      await api.logins.current()
      await writeFile(join(directory, 'token'), 'second\n')
      expect(await api.getJson('/version', requestOptions())).toMatchObject({ok: true})
    })
  })

  it('of a plug-in are made again, once, after a 401', async () => {
    await withTemporaryDirectory(async directory => {
      const script = `#!/bin/sh
echo x >> "${directory}/runs"
echo "{\\"status\\":{\\"token\\":\\"t$(wc -l < "${directory}/runs" | tr -d ' ')\\"}}"
`
      await writeFile(join(directory, 'plugin'), script)
      await chmod(join(directory, 'plugin'), 0o755)
      standIn().respond = (request, response) =>
        request.headers.authorization === 'Bearer t2'
          ? answerJson(response, {})
          : answerStatus(response, 401, 'Unauthorized', 'no')
      const exec = {apiVersion: 'client.authentication.k8s.io/v1', command: './plugin'}
      const api = await connect({user: {exec}, directory})
      const answers = await Promise.all([1, 2, 3, 4].map(() => api.getJson('/version', requestOptions())))
      expect(answers.every(answer => answer.ok)).toBe(true)
      standIn().respond = (_request, response) => answerStatus(response, 401, 'Unauthorized', 'never')
      expect(await api.getJson('/version', requestOptions())).toMatchObject({reason: 'unauthorized'})
      const requests = standIn().seen.length
      expect(await api.getJson('/version', requestOptions())).toMatchObject({reason: 'unauthorized'})
      expect(standIn().seen.length).toBe(requests + 1)
    })
  })

  it('that a failing plug-in does not give are a failure of every request, with its words', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'echo "session expired" >&2; exit 1'],
    }
    const api = await connect({user: {exec}})
    expect(await api.getJson('/version', requestOptions())).toEqual({
      ok: false,
      reason: 'unauthorized',
      detail: 'credential plug-in "sh" ended with exit code 1: session expired',
      needs: [],
    })
    expect(standIn().seen).toEqual([])
  })

  it('impersonate as the kubeconfig says, and as --as and --as-group say instead', async () => {
    const user = {
      token: 't',
      as: 'file-user',
      'as-uid': '7',
      'as-groups': ['one', 'two'],
      'as-user-extra': {'acme.com/scope': ['s']},
    }
    await (await connect({user})).getJson('/version', requestOptions())
    expect(standIn().lastHeaders()).toMatchObject({
      'impersonate-user': 'file-user',
      'impersonate-uid': '7',
      'impersonate-extra-acme.com%2fscope': 's',
    })
    const groups = standIn()
      .rawHeaders()
      .filter((_header, index, all) => /^impersonate-group$/i.test(all[index - 1] ?? ''))
    expect(groups).toEqual(['one', 'two'])
    const options = {...asMyself, impersonate: {user: 'jane', groups: ['ops']}} as unknown as typeof asMyself
    await (await connect({user}, options)).getJson('/version', requestOptions())
    expect(standIn().lastHeaders()).toMatchObject({'impersonate-user': 'jane', 'impersonate-group': 'ops'})
    expect(standIn().lastHeaders()['impersonate-uid']).toBeUndefined()
  })
})

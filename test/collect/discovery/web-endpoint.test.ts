import {describe, expect, it} from 'vitest'
import type {ContainerObject} from '../../../src/collect/discovery/kubernetes-objects.ts'
import {webEndpoint} from '../../../src/collect/discovery/web-endpoint.ts'

const http9090 = {scheme: 'http', port: 9090, routePrefix: '', localOnly: false}

describe('the web endpoint', () => {
  it.each<[string, ContainerObject, object]>([
    ['9090 when nothing says otherwise', {}, {}],
    ['of --web.listen-address', {args: ['--web.listen-address=:9191']}, {port: 9191}],
    ['of the flag in two words', {args: ['--web.listen-address', '0.0.0.0:9191']}, {port: 9191}],
    ['local only', {args: ['--web.listen-address=127.0.0.1:9191']}, {port: 9191, localOnly: true}],
    ['local only, IPv6', {args: ['--web.listen-address=[::1]:9191']}, {port: 9191, localOnly: true}],
    [
      'the open one of two (3.x)',
      {args: ['--web.listen-address=127.0.0.1:1', '--web.listen-address=0.0.0.0:2']},
      {port: 2},
    ],
    [
      'of the port named web',
      {
        ports: [
          {name: 'reloader', containerPort: 8080},
          {name: 'http-web', containerPort: 9095},
        ],
      },
      {port: 9095},
    ],
    [
      'of the readiness probe',
      {readinessProbe: {httpGet: {path: '/-/ready', port: 9099, scheme: 'HTTPS'}}},
      {port: 9099, scheme: 'https'},
    ],
    [
      'under --web.route-prefix',
      {args: ['--web.route-prefix=/x/', '--web.external-url=http://h/y']},
      {routePrefix: '/x'},
    ],
    ['under the path of --web.external-url', {args: ['--web.external-url=https://h:1/y/z/']}, {routePrefix: '/y/z'}],
    ['at the root when the prefix is /', {args: ['--web.route-prefix=/', '--web.external-url=http://h/y']}, {}],
    ['never outside of the server', {args: ['--web.route-prefix=/../../api?x=']}, {}],
    ['of a listen address that is none', {args: ['--web.listen-address=:99999']}, {}],
  ])('%s', (_, container, expected) => {
    expect(webEndpoint(container)).toEqual({...http9090, ...expected})
  })
})

import { expect, it } from 'vitest'
import { networkOf } from '../../worker/limits/network.ts'

it('all addresses of one /64 are one network, however they are written', () => {
  const written = [
    '2001:db8:0:7::1',
    '2001:DB8:0:7::2',
    '2001:0db8:0000:0007:ffff:0:0:1',
    '2001:db8:0:7:1:2:3:4',
    '2001:db8:0:7::',
  ]
  expect(new Set(written.map(networkOf))).toEqual(new Set(['2001:db8:0:7::/64']))
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
})

it('another /64 is another network, and IPv4 is counted by the address', () => {
  const apart = ['2001:db8:0:7::1', '2001:db8:0:8::1', '2001:db8:1:7::1', '192.0.2.1', '192.0.2.2']
  apart.push('::ffff:192.0.2.1', '::ffff:192.0.2.2', 'unknown')
  expect(new Set(apart.map(networkOf)).size).toBe(apart.length)
})

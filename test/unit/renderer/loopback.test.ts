import { expect, it } from 'vitest';
import { isLoopback } from '../../../src-renderer/composables/loopback.ts';

it.each([
  ['127.0.0.1:17470', true],
  ['127.8.8.8:1', true],
  ['[::1]:17470', true],
  ['192.168.1.20:17470', false],
  ['12.70.0.1:17470', false],
  ['[fe80::1]:17470', false],
  ['[2001:db8::1]:17470', false],
])('%s leads no farther than this machine: %s', (hint, expected) => expect(isLoopback(hint)).toBe(expected));

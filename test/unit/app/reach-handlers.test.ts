import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Value } from 'typebox/value';
import { PUSHES } from '../../../src-main/app/contract/contract.ts';
import type { NetworkInterface } from '../../../src-main/network/interfaces.ts';
import { makeEmptyApp } from './empty-app.ts';

const CABLE: NetworkInterface = {
  name: 'eth0',
  kind: 'cable',
  addresses: [{ host: '192.168.7.5', prefixBits: 24 }],
};

/** An app on a machine with these interfaces, on which nobody answers. */
function appOn(interfaces: readonly NetworkInterface[]) {
  const open = () =>
    Object.assign(new EventEmitter(), {
      query: () => undefined,
      respond: () => undefined,
      destroy: (done?: () => void) => done?.(),
    });
  return makeEmptyApp({ discovery: { readInterfaces: () => interfaces, open } });
}

test('what is nearby is told to whoever looks, in the form of the contract, and to nobody else', async () => {
  const app = await appOn([CABLE]);
  const { clock } = app;
  const told: unknown[] = [];
  const window = app.app.attach((name, value) => {
    if (name === 'nearby') told.push(value);
  });
  clock.advance(10_000);
  expect(told).toEqual([]);
  window.subscribe('nearby');
  expect(told).toHaveLength(1);
  expect(told[0]).toEqual({ networks: [], diagnosis: null });
  // In ten seconds the reason is due.
  clock.advance(10_500);
  expect(told.length).toBeGreaterThan(1);
  expect(Value.Errors(PUSHES.nearby, told.at(-1))).toEqual([]);
  expect(told.at(-1)).toMatchObject({
    networks: [],
    diagnosis: { code: 'firewall', links: [{ hosts: ['192.168.7.5'] }] },
  });
  window.unsubscribe('nearby');
  clock.advance(5_000);
  const before = told.length;
  clock.advance(100_000);
  expect(told).toHaveLength(before);
  await app.app.close();
});

test('interfaces are listed before anything is open, loopback is none of them', async () => {
  const loopback = {
    name: 'lo',
    kind: 'loopback',
    addresses: [{ host: '127.0.0.1', prefixBits: 8 }],
  } as const;
  const { app } = await appOn([loopback, CABLE]);
  const outcome = await app.dispatch('listInterfaces', {});
  const interfaces = [{ name: 'eth0', kind: 'cable', hosts: ['192.168.7.5'] }];
  expect(outcome).toEqual({ ok: true, value: { interfaces } });
});

test('without an open network there is nothing to agree to', async () => {
  const { app } = await makeEmptyApp();
  const outcome = await app.dispatch('setReach', { interfaces: [], announce: false });
  expect(outcome).toMatchObject({ ok: false, error: { code: 'no-network' } });
});

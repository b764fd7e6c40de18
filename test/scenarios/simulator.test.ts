/** The simulator itself: what it simulates must be what it says. */
import { describe, expect, it } from 'vitest';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { rememberChecks } from '../sim/crypto.ts';
import { decodeTurn, encodeTurn, tear } from '../sim/journal.ts';
import { drawKeys } from '../sim/keys.ts';
import { drawFrom } from '../sim/random.ts';

const TURN: DurableTurn = [
  { type: 'persistNode', record: { key: 'instances', bytes: new Uint8Array(700).fill(7) } },
  { type: 'enqueue', queued: { order: 3, bytes: new Uint8Array([1, 2, 3]) } } as DurableTurn[number],
];

describe('a turn in the file of a virtual disk', () => {
  it('comes back as it was', () => {
    expect(decodeTurn(encodeTurn(TURN))).toEqual(TURN);
  });

  it('has not happened when any part of its end is missing, or any byte of it is torn', () => {
    const bytes = encodeTurn(TURN);
    for (let length = 0; length < bytes.length; length++)
      expect(decodeTurn(bytes.slice(0, length))).toBeNull();
    for (let at = 0; at < bytes.length; at++) {
      const torn = bytes.slice();
      torn[at]! ^= 0x40;
      expect(decodeTurn(torn)).toBeNull();
    }
  });

  it('is cut by the seed: sometimes whole, sometimes not at all', () => {
    const bytes = encodeTurn(TURN);
    const draw = drawFrom(1, 'tear');
    const kept = Array.from({ length: 200 }, () => tear(bytes, draw));
    const whole = kept.filter((left) => decodeTurn(left) !== null);
    expect(whole.length).toBeGreaterThan(30);
    expect(whole.length).toBeLessThan(120);
    expect(new Set(kept.map((left) => left.length)).size).toBeGreaterThan(50);
  });
});

describe('signature checks that are remembered', () => {
  const { publicKey, signer } = drawKeys(drawFrom(1, 'key'));
  const message = new Uint8Array([1, 2, 3]);
  const signature = signer.sign(message);

  it('are made once for each distinct signature, message and key, and keep their results', () => {
    let checks = 0;
    const crypto = rememberChecks({
      ...sodiumCrypto,
      verify: (...args) => {
        checks++;
        return sodiumCrypto.verify(...args);
      },
    });
    const other = new Uint8Array([1, 2, 4]);
    for (let round = 0; round < 2; round++) {
      expect(crypto.verify(signature, message, publicKey)).toBe(true);
      expect(crypto.verify(signature, other, publicKey)).toBe(false);
      expect(crypto.verify(signature.slice().fill(0, 60), message, publicKey)).toBe(false);
    }
    expect(checks).toBe(3);
  });
});

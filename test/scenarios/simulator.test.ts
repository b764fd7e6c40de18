/** The simulator itself: what it simulates must be what it says. */
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src-main/core/encoding.ts';
import { encodeMessage } from '../../src-main/core/message-encoding.ts';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import { sodiumCrypto } from '../../src-main/identity/sodium-crypto.ts';
import { rememberChecks } from '../sim/crypto.ts';
import { decodeTurn, encodeTurn, tear } from '../sim/journal.ts';
import { drawKeys } from '../sim/keys.ts';
import { drawFrom } from '../sim/random.ts';
import { Wire } from '../sim/wire.ts';

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

describe('messages that all nodes share', () => {
  const vote = {
    type: 'vote',
    height: 2,
    view: 0,
    blockHash: new Uint8Array(32),
    index: 1,
    signature: new Uint8Array(64),
  } as const;
  const payload = encodeMessage(vote);

  it('are decoded once, whoever hears them, and also when they are encoded anew', () => {
    const wire = new Wire();
    expect(wire.decode(payload)).toEqual(vote);
    expect(wire.decode(payload)).toBe(wire.decode(payload.slice()));
  });

  it('cannot be changed by who hears them, but for bytes, which is noticed', () => {
    const wire = new Wire();
    const heard = wire.decode(payload) as { view: number; blockHash: Uint8Array };
    expect(() => (heard.view = 1)).toThrow(TypeError);
    expect(wire.changed()).toEqual([]);
    heard.blockHash[0] = 1;
    expect(wire.changed()).toEqual([heard]);
  });

  it('are refused by every node where a faulty one sends what is no message', () => {
    const wire = new Wire();
    const meant = { type: 'bundle', bytes: new Uint8Array(64 * 1024) } as const;
    const sent = wire.encode(meant);
    expect(wire.meaningOf(sent)).toBe(meant);
    for (let hearer = 0; hearer < 2; hearer++) expect(() => wire.decode(sent)).toThrow(DecodeError);
  });
});

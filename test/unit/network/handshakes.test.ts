import fc from 'fast-check';
import { crypto_scalarmult_base, crypto_sign_ed25519_sk_to_curve25519 } from 'sodium-native';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  handshakeLimits,
  MAX_STRANGERS,
  MAX_STRANGERS_PER_ADDRESS,
  retryLimits,
} from '../../../src-main/network/budgets.ts';
import {
  encodeInit,
  encodeRetry,
  INIT_BYTES,
  macKeyOf,
  RESPONSE_BYTES,
  RETRY_BYTES,
} from '../../../src-main/network/handshake-wire.ts';
import {
  makeIdentity,
  InitiatorHandshake,
  prologueOf,
  receiveHandshake,
  toCurveKey,
} from '../../../src-main/network/noise.ts';
import type { Identity } from '../../../src-main/network/noise.ts';
import { CHAIN_ID, keyPairOf, MemoryNetwork, seededRandom, VirtualClock, VirtualNode } from './support.ts';

const A = '10.0.0.1:1';
const B = '10.0.0.2:1';

let clock: VirtualClock;
let network: MemoryNetwork;
let a: VirtualNode;
let b: VirtualNode;

beforeEach(async () => {
  clock = new VirtualClock();
  network = new MemoryNetwork(clock);
  a = await VirtualNode.open(network, 1, A);
  b = await VirtualNode.open(network, 2, B);
});

const isInit = (bytes: Uint8Array): boolean => bytes.length === INIT_BYTES && bytes[4] === 1;
const hasCookie = (bytes: Uint8Array): boolean => bytes.subarray(INIT_BYTES - 16).some((byte) => byte !== 0);

function identityOf(seed: number): Identity {
  return makeIdentity(keyPairOf(seed), seededRandom(seed).bytes(8));
}

describe('noise', () => {
  const prologue = prologueOf(CHAIN_ID);
  const responder = identityOf(2);

  function begin(
    initiator: Identity,
    options: { prologue?: Uint8Array; to?: Uint8Array } = {},
  ): InitiatorHandshake {
    return new InitiatorHandshake({
      identity: initiator,
      prologue: options.prologue ?? prologue,
      remoteCurveKey: options.to ?? responder.curve.publicKey,
      ephemeralSecret: seededRandom(9).bytes(32),
    });
  }

  function receive(message: Uint8Array): ReturnType<typeof receiveHandshake> {
    return receiveHandshake(
      { identity: responder, prologue, ephemeralSecret: seededRandom(10).bytes(32) },
      message,
    );
  }

  test('both sides derive the same keys and learn who the other is', () => {
    const initiator = identityOf(1);
    const handshake = begin(initiator);
    const received = receive(handshake.message);
    if (typeof received === 'string') throw new Error(received);
    expect(received.publicKey).toEqual(initiator.publicKey);
    expect(received.instance).toEqual(initiator.instance);
    const reply = received.reply();
    const finished = handshake.finish(reply.message)!;
    expect(finished.instance).toEqual(responder.instance);
    expect(finished.sendKey).toEqual(reply.receiveKey);
    expect(finished.receiveKey).toEqual(reply.sendKey);
    expect(finished.sendKey).not.toEqual(finished.receiveKey);
  });

  test('another network, another version, another responder: refused', () => {
    const other = Uint8Array.from(CHAIN_ID);
    other[31] = other[31]! ^ 1;
    const initiator = identityOf(1);
    expect(receive(begin(initiator, { prologue: prologueOf(other) }).message)).toBe('handshake-invalid');
    const nextVersion = Uint8Array.from(prologue);
    nextVersion[18] = nextVersion[18]! + 1;
    expect(receive(begin(initiator, { prologue: nextVersion }).message)).toBe('handshake-invalid');
    expect(receive(begin(initiator, { to: identityOf(3).curve.publicKey }).message)).toBe(
      'handshake-invalid',
    );
  });

  test('claiming another identity than the static key proves: refused', () => {
    const liar = { ...identityOf(1), publicKey: identityOf(5).publicKey };
    expect(receive(begin(liar).message)).toBe('handshake-identity');
    const nonsense = { ...identityOf(1), publicKey: new Uint8Array(32) };
    expect(receive(begin(nonsense).message)).toBe('handshake-identity');
  });

  test('any changed bit of either message is refused, and a forged answer does not spoil the real one', () => {
    const handshake = begin(identityOf(1));
    const received = receive(handshake.message);
    if (typeof received === 'string') throw new Error(received);
    const { message: answer, receiveKey } = received.reply();
    for (let i = 0; i < handshake.message.length; i++) {
      const changed = Uint8Array.from(handshake.message);
      changed[i] = changed[i]! ^ (1 << (i & 7));
      // The top bit of an X25519 key is ignored (RFC 7748), but it is part of the transcript.
      expect(receive(changed)).toBe('handshake-invalid');
    }
    for (let i = 0; i < answer.length; i += 5) {
      const changed = Uint8Array.from(answer);
      changed[i] = changed[i]! ^ 1;
      expect(handshake.finish(changed)).toBeNull();
    }
    expect(handshake.finish(new Uint8Array(answer.length))).toBeNull();
    expect(handshake.finish(answer)!.sendKey).toEqual(receiveKey);
  });

  test('an ephemeral key of low order is refused', () => {
    const message = begin(identityOf(1)).message;
    message.fill(0, 0, 32);
    expect(receive(message)).toBe('handshake-invalid');
  });

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof receive(bytes) === 'string'),
      { numRuns: 300 },
    );
  });

  test('the converted key pair is a key pair; a public key off the curve is none', () => {
    const { publicKey, secretKey } = keyPairOf(4);
    const secret = new Uint8Array(32);
    crypto_sign_ed25519_sk_to_curve25519(secret, secretKey);
    const expected = new Uint8Array(32);
    crypto_scalarmult_base(expected, secret);
    expect(toCurveKey(publicKey)).toEqual(expected);
    expect(toCurveKey(new Uint8Array(32).fill(2))).toBeNull();
  });
});

describe('cookies', () => {
  test('without a cookie nothing is remembered, and any answer is smaller than the question', () => {
    a.knows(b);
    const init = network.sent[0]!.bytes;
    expect(isInit(init) && !hasCookie(init)).toBe(true);
    network.filter = () => false;
    const before = network.sent.length;
    for (let i = 0; i < 50; i++) network.inject(`10.1.0.${i}:5`, B, init);
    const answers = network.sent.slice(before);
    expect(answers).toHaveLength(50);
    for (const { bytes } of answers) expect(bytes.length).toBe(RETRY_BYTES);
    expect(RETRY_BYTES).toBeLessThan(INIT_BYTES);
    expect(RESPONSE_BYTES).toBeLessThan(INIT_BYTES);
    expect(b.transport.links()).toEqual([]);
  });

  test('a cookie is good for one address and one handshake, for one to two minutes', () => {
    network.filter = ({ to }) => to !== B;
    a.knows(b);
    network.inject(A, B, network.sent[0]!.bytes);
    clock.advance(1);
    const withCookie = network.sent.findLast(({ bytes }) => isInit(bytes) && hasCookie(bytes))!.bytes;
    const answersTo = (from: string): number => {
      const before = network.sent.length;
      network.inject(from, B, withCookie);
      return network.sent.at(-1)!.bytes.length * (network.sent.length - before);
    };
    expect(answersTo('10.0.0.9:1')).toBe(RETRY_BYTES);
    expect(answersTo(A)).toBe(RESPONSE_BYTES);
    // Repeated: the same answer, no new session.
    const first = network.sent.at(-1)!.bytes;
    expect(answersTo(A)).toBe(RESPONSE_BYTES);
    expect(network.sent.at(-1)!.bytes).toEqual(first);
    clock.advance(121_000);
    expect(answersTo(A)).toBe(RETRY_BYTES);
  });
});

describe('hostile handshakes', () => {
  test('another network: not a single answer', async () => {
    const foreign = await VirtualNode.open(network, 3, '10.0.0.3:1', { chainId: new Uint8Array(32).fill(8) });
    foreign.knows(b);
    clock.advance(30_000);
    expect(network.sent.filter(({ from }) => from === B)).toEqual([]);
    expect(b.rejected('not-for-us')).toBeGreaterThan(5);
    expect(foreign.events).toEqual([]);
  });

  test('a key that is not the responder’s: not a single answer', async () => {
    const c = await VirtualNode.open(network, 3, '10.0.0.3:1');
    a.knows(c, [B]);
    clock.advance(30_000);
    expect(network.sent.filter(({ from }) => from === B)).toEqual([]);
    expect(a.isConnectedTo(c)).toBe(false);
  });

  test('a wrong identity behind a right cookie and mac is refused', () => {
    const liar: Identity = { ...identityOf(7), publicKey: a.keyPair.publicKey };
    const prologue = prologueOf(CHAIN_ID);
    const handshake = new InitiatorHandshake({
      identity: liar,
      prologue,
      remoteCurveKey: toCurveKey(b.keyPair.publicKey)!,
      ephemeralSecret: seededRandom(3).bytes(32),
    });
    const init = encodeInit(77, handshake.message, macKeyOf(b.keyPair.publicKey, prologue));
    network.inject(A, B, init);
    init.set(network.sent.at(-1)!.bytes.subarray(9), INIT_BYTES - 16);
    network.inject(A, B, init);
    expect(b.rejected('handshake-identity')).toBe(1);
    expect(b.transport.links()).toEqual([]);
  });

  test('a recorded handshake, replayed, neither ends nor replaces the session', () => {
    a.knows(b);
    b.knows(a, []);
    clock.advance(100);
    const recorded = network.sent
      .filter(({ from, bytes }) => from === A && isInit(bytes))
      .map(({ bytes }) => bytes);
    for (const bytes of recorded) network.inject(A, B, bytes);
    expect(b.rejected('handshake-replayed')).toBe(1);
    clock.advance(60_000);
    expect(b.events).toEqual([`+${a.text}`]);
    a.say(b, new Uint8Array(10));
    clock.advance(5);
    expect(b.messages).toHaveLength(1);
  });

  test('forged RETRY and RESPONSE do not stop the real ones', () => {
    network.filter = ({ to, bytes }) => {
      if (to === B && isInit(bytes)) {
        const initiatorId = Buffer.from(bytes).readUInt32LE(5);
        network.inject(B, A, encodeRetry(initiatorId, new Uint8Array(16).fill(9)));
        const response = new Uint8Array(RESPONSE_BYTES).fill(5);
        response.set([0, 0, 0, 0, 3]);
        Buffer.from(response.buffer).writeUInt32LE(initiatorId, 5);
        network.inject(B, A, response);
      }
      return true;
    };
    a.knows(b);
    clock.advance(1000);
    expect(a.isConnectedTo(b) && b.isConnectedTo(a)).toBe(true);
    expect(a.rejected('handshake-invalid')).toBeGreaterThan(0);
  });

  test('any changed, cut or extended handshake datagram is refused without an exception', () => {
    a.knows(b);
    clock.advance(100);
    const datagrams = network.sent.filter(({ bytes }) => Buffer.from(bytes).readUInt32LE(0) === 0);
    expect(datagrams.length).toBe(4);
    for (const { from, to, bytes } of datagrams) {
      for (let length = 0; length < bytes.length; length++)
        network.inject(from, to, bytes.subarray(0, length));
      network.inject(from, to, Buffer.concat([bytes, Buffer.from([0])]));
      for (let i = 4; i < bytes.length; i++) {
        const changed = Uint8Array.from(bytes);
        changed[i] = changed[i]! ^ 1;
        network.inject(from, to, changed);
      }
    }
    clock.advance(100);
    expect(a.events).toEqual([`+${b.text}`]);
    expect(b.events).toEqual([`+${a.text}`]);
  });

  test('arbitrary datagrams never throw and cost no memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), fc.nat(5), (bytes, isHandshake, type) => {
        if (isHandshake && bytes.length > 4) bytes.set([0, 0, 0, 0, type]);
        network.inject('10.6.6.6:6', B, bytes);
      }),
      { numRuns: 3000 },
    );
    expect(b.transport.links()).toEqual([]);
    expect(network.sent).toEqual([]);
  });

  test('answers without proof are limited per address and in total', () => {
    a.knows(b);
    const init = network.sent[0]!.bytes;
    network.filter = () => false;
    for (let i = 0; i < 10_000; i++) network.inject('10.3.3.3:3', B, init);
    const sent = network.sent.filter(({ from }) => from === B).length;
    expect(sent).toBe(retryLimits.perAddress.burst);
    for (let i = 0; i < 10_000; i++) network.inject(`10.4.${i >> 8}.${i & 255}:3`, B, init);
    expect(network.sent.filter(({ from }) => from === B).length).toBe(retryLimits.total.burst);
    expect(b.rejected('retry-budget')).toBe(20_000 - retryLimits.total.burst);
  });
});

describe('strangers', () => {
  test('an unknown key that handshakes appears as a stranger and is forgotten with its session', async () => {
    a.knows(b);
    clock.advance(100);
    expect(b.transport.links()).toMatchObject([
      { publicKey: a.text, peerClass: 'stranger', connected: true },
    ]);
    b.say(a, new Uint8Array(10));
    clock.advance(2);
    expect(a.messages).toHaveLength(1);
    await a.transport.close();
    clock.advance(2);
    expect(b.transport.links()).toEqual([]);
    expect(b.events).toEqual([`+${a.text}`, `-${a.text}`]);
  });

  test('becoming a member keeps the session', () => {
    a.knows(b);
    clock.advance(100);
    b.knows(a, []);
    expect(b.link(a)).toMatchObject({ peerClass: 'member', connected: true });
    expect(b.events).toEqual([`+${a.text}`]);
  });

  test('their number is bounded, in total and per address, and those who talk stay', async () => {
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < MAX_STRANGERS_PER_ADDRESS + 4; j++) {
        const stranger = await VirtualNode.open(network, 1000 + i * 100 + j, `10.5.5.${i}:${j + 1}`);
        stranger.knows(b);
      }
      clock.advance(2000);
      expect(
        b.transport.links().filter(({ address }) => address!.startsWith(`10.5.5.${i}:`)).length,
      ).toBeLessThanOrEqual(MAX_STRANGERS_PER_ADDRESS);
    }
    expect(b.transport.links()).toHaveLength(MAX_STRANGERS);
    expect(b.rejected('strangers-full')).toBeGreaterThan(0);
    a.knows(b);
    b.knows(a);
    clock.advance(100);
    expect(b.link(a)).toMatchObject({ peerClass: 'member', connected: true });
    expect(handshakeLimits.total.burst).toBeGreaterThan(MAX_STRANGERS);
  });

  test('a stranger above its budget is not heard, members are', () => {
    a.knows(b);
    clock.advance(100);
    const flood = (): number => {
      b.messages.length = 0;
      for (let i = 0; i < 1000; i++) a.say(b, new Uint8Array(10));
      clock.advance(5);
      return b.messages.length;
    };
    expect(flood()).toBeLessThanOrEqual(201);
    expect(b.rejected('packet-budget')).toBeGreaterThan(700);
    b.knows(a, []);
    expect(flood()).toBe(1000);
    expect(() => a.transport.setFaults({ lossPermille: 1001, delayMs: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  });

  test('oneself is no peer', async () => {
    expect(() => a.knows(a)).toThrow(expect.objectContaining({ code: 'invalid-key' }));
    const twin = await VirtualNode.open(network, 1, '10.0.0.8:1', { randomSeed: 3 });
    expect(() => twin.knows(a)).toThrow(expect.objectContaining({ code: 'invalid-key' }));
  });
});

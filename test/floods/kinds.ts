/** What a flood consists of; each kind makes as much as it can beforehand, so that sending is cheap. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { crypto_sign_keypair } from 'sodium-native';
import { fromText } from '../../src-main/core/bytes.ts';
import {
  encodeInit,
  INIT_BYTES,
  macKeyOf,
  RETRY_BYTES,
  withCookie,
} from '../../src-main/network/handshake-wire.ts';
import { InitiatorHandshake, makeIdentity, prologueOf, toCurveKey } from '../../src-main/network/noise.ts';
import type { FloodKind, FloodOrder, Source } from './order.ts';
import { heldBackFragments, memberMessages, recordedDatagrams } from './sessions.ts';

/** Of whom no session is needed, or a stranger's; and what each must be counted as. */
export const OUTSIDER_FLOODS: readonly { kind: FloodKind; addresses: number; counted: RegExp }[] = [
  { kind: 'random', addresses: 1, counted: /unknown-session/ },
  { kind: 'random', addresses: 1000, counted: /unknown-session/ },
  { kind: 'replayed', addresses: 1000, counted: /replay|unknown-session/ },
  { kind: 'truncated', addresses: 1, counted: /datagram-size/ },
  { kind: 'oversized', addresses: 1, counted: /datagram-size/ },
  { kind: 'handshakes', addresses: 1000, counted: /retry-budget/ },
  { kind: 'proved-handshakes', addresses: 64, counted: /handshake-budget/ },
  { kind: 'slow-fragments', addresses: 1, counted: /byte-budget|packet-budget/ },
];
export const MEMBER_FLOODS = ['member-status', 'member-pull'] as const satisfies readonly FloodKind[];

type Make = (order: FloodOrder, sockets: readonly Socket[]) => Promise<Source>;

const POOL = 512;
const MOST_RANDOM_BYTES = 1400;
/** Larger than any datagram of ours may be. */
const OVERSIZED_BYTES = 9000;
const INITS = 64;
const TYPE_OFFSET = 4;
const RETRY = 2;

export const FLOODS: Readonly<Record<FloodKind, Make>> = {
  random: (order) => fromPool(order, () => randomBytes(1 + randomInt(MOST_RANDOM_BYTES))),
  oversized: (order) => fromPool(order, () => randomBytes(OVERSIZED_BYTES)),
  replayed: async (order) => {
    const recorded = await recordedDatagrams(order);
    return fromPool(order, (index) => recorded[index % recorded.length]!);
  },
  truncated: async (order) => {
    const recorded = await recordedDatagrams(order);
    return fromPool(order, (index) => {
      const whole = recorded[index % recorded.length]!;
      return whole.subarray(0, randomInt(whole.length));
    });
  },
  handshakes: (order) => {
    const inits = makeInits(order);
    return fromPool(order, (index) => inits[index % inits.length]!);
  },
  'proved-handshakes': provedHandshakes,
  'slow-fragments': heldBackFragments,
  'member-status': (order) => memberMessages(order, 'status'),
  'member-pull': (order) => memberMessages(order, 'pull'),
};

async function fromPool(order: FloodOrder, make: (index: number) => Uint8Array): Promise<Source> {
  const pool = Array.from({ length: POOL }, (_, index) => make(index));
  return {
    send: (socket, index) => {
      const bytes = pool[index % POOL]!;
      socket.send(bytes, order.port, '127.0.0.1', () => undefined);
      return bytes.length;
    },
    close: () => Promise.resolve(),
  };
}

/** First datagrams of handshakes that the node has to take seriously: each with keys and an identity of its own. */
function makeInits({ publicKey, chainId }: FloodOrder): Uint8Array[] {
  const responder = fromText(publicKey)!;
  const prologue = prologueOf(fromText(chainId)!);
  return Array.from({ length: INITS }, () => {
    const keyPair = { publicKey: new Uint8Array(32), secretKey: new Uint8Array(64) };
    crypto_sign_keypair(keyPair.publicKey, keyPair.secretKey);
    const handshake = new InitiatorHandshake({
      identity: makeIdentity(keyPair, randomBytes(8)),
      prologue,
      remoteCurveKey: toCurveKey(responder)!,
      ephemeralSecret: randomBytes(32),
    });
    return encodeInit(1 + randomInt(2 ** 31), handshake.message, macKeyOf(responder, prologue));
  });
}

/** As before, and each address proves that it receives: it sends the cookie back that the node asked for. */
async function provedHandshakes(order: FloodOrder, sockets: readonly Socket[]): Promise<Source> {
  const inits = makeInits(order);
  const proved = new Map<Socket, Map<number, Uint8Array>>();
  for (const [number, socket] of sockets.entries()) {
    const init = inits[number % inits.length]!;
    const answers = new Map<number, Uint8Array>();
    proved.set(socket, answers);
    socket.on('message', (bytes) => {
      const isRetry = bytes.length === RETRY_BYTES && bytes[TYPE_OFFSET] === RETRY;
      if (isRetry) answers.set(number % inits.length, withCookie(init, bytes.subarray(-16)));
    });
  }
  return {
    send: (socket, index) => {
      const number = index % sockets.length;
      const bytes = proved.get(socket)!.get(number % inits.length) ?? inits[number % inits.length]!;
      socket.send(bytes, order.port, '127.0.0.1', () => undefined);
      return INIT_BYTES;
    },
    close: () => Promise.resolve(),
  };
}

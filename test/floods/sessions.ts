/** Floods that need a session with the node: recorded and repeated, held back, or sent by a member. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { crypto_sign_detached, crypto_sign_keypair } from 'sodium-native';
import { fromText, toText } from '../../src-main/core/bytes.ts';
import { encodeMessage } from '../../src-main/core/message-encoding.ts';
import type { Message } from '../../src-main/core/messages.ts';
import { instanceSigningBytes } from '../../src-main/core/signing.ts';
import type { DatagramHandler, DatagramSocket } from '../../src-main/network/datagram-socket.ts';
import { loopback } from '../../src-main/network/profiles.ts';
import { SessionTransport } from '../../src-main/network/session-transport.ts';
import { UdpSocket } from '../../src-main/network/udp/udp-socket.ts';
import { silentLogger, systemClock, systemRandom } from '../integration/network/support.ts';
import type { FloodOrder, Source } from './order.ts';

const RECORDED = 64;
/** Many fragments, of which the node is to get the first ones only. */
const LARGE_BYTES = 256 * 1024;
const PASSED_PER_MESSAGE = 2;
const PULLED_LANES = 64;
/** Messages that the flood varies over: large ones take time to encode. */
const MESSAGES = 64;

interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A UDP socket with an ear, or a hand, on what leaves it. */
class TappedSocket implements DatagramSocket {
  readonly #socket = new UdpSocket({ bind: { host: '127.0.0.1', port: 0 } }, { logger: silentLogger });
  /** False: the datagram is held back. */
  onSend: (bytes: Uint8Array) => boolean = () => true;

  get localAddress(): string {
    return this.#socket.localAddress;
  }

  open(onDatagram: DatagramHandler): Promise<void> {
    return this.#socket.open(onDatagram);
  }

  send(bytes: Uint8Array, address: string): boolean {
    return !this.onSend(bytes) || this.#socket.send(bytes, address);
  }

  placesOf(address: string): readonly string[] {
    return this.#socket.placesOf(address);
  }

  rateKey(address: string): string {
    return this.#socket.rateKey(address);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

/** A node without consensus behind its transport; resolves when the session stands. */
async function connect({ publicKey, chainId, port }: FloodOrder, keyPair: KeyPair) {
  const socket = new TappedSocket();
  const dependencies = { clock: systemClock, random: systemRandom, logger: silentLogger, socket };
  const transport = new SessionTransport(
    { chainId: fromText(chainId)!, keyPair, profile: loopback },
    dependencies,
  );
  await new Promise<void>((resolve, reject) => {
    const handlers = {
      onMessage: () => undefined,
      onConnected: () => resolve(),
      onDisconnected: () => undefined,
    };
    transport.open(handlers).catch(reject);
    transport.setPeer({ publicKey, peerClass: 'member', addressHints: [`127.0.0.1:${port}`] });
  });
  return { transport, socket };
}

/** What a stranger with a session has really sent. */
export async function recordedDatagrams(order: FloodOrder): Promise<Uint8Array[]> {
  const { transport, socket } = await connect(order, newKeyPair());
  const recorded: Uint8Array[] = [];
  socket.onSend = (bytes) => recorded.push(Uint8Array.from(bytes)) > 0;
  while (recorded.length < RECORDED) {
    transport.send(order.publicKey, randomBytes(64));
    transport.flush();
  }
  await transport.close();
  return recorded;
}

/** Large messages of a stranger, of which only the first fragments ever arrive. */
export async function heldBackFragments(order: FloodOrder): Promise<Source> {
  const { transport, socket } = await connect(order, newKeyPair());
  let passed = 0;
  let bytesPassed = 0;
  socket.onSend = (bytes) => {
    if (passed >= PASSED_PER_MESSAGE) return false;
    passed += 1;
    bytesPassed += bytes.length;
    return true;
  };
  const large = randomBytes(LARGE_BYTES);
  return {
    send: () => {
      const before = bytesPassed;
      passed = 0;
      transport.send(order.publicKey, large);
      transport.flush();
      return bytesPassed - before;
    },
    close: () => transport.close(),
  };
}

/** Messages of a member that make no sense, as many as its session lets through. */
export async function memberMessages(order: FloodOrder, type: 'status' | 'pull'): Promise<Source> {
  const secretKey = fromText(order.memberKey!)!;
  const { transport, socket } = await connect(order, { publicKey: secretKey.subarray(32), secretKey });
  let sentBytes = 0;
  socket.onSend = (bytes) => {
    sentBytes += bytes.length;
    return true;
  };
  const make = type === 'status' ? strayStatus : strayPull;
  const payloads = Array.from({ length: MESSAGES }, () => encodeMessage(make(order, secretKey)));
  return {
    send: (_socket: Socket, index) => {
      const before = sentBytes;
      transport.send(order.publicKey, payloads[index % MESSAGES]!);
      transport.flush();
      return sentBytes - before;
    },
    close: () => transport.close(),
  };
}

/** Claims to be far ahead, so that it asks for an answer each time. */
function strayStatus({ chainId }: FloodOrder, secretKey: Uint8Array): Message {
  const nonce = randomBytes(16);
  const signature = new Uint8Array(64);
  crypto_sign_detached(signature, instanceSigningBytes(fromText(chainId)!, nonce), secretKey);
  const bitmap = new Uint8Array(16);
  return {
    type: 'status',
    height: 1_000_000,
    tipHash: randomBytes(32),
    view: 3,
    votes: bitmap,
    commits: bitmap,
    skips: bitmap,
    highNotarisedView: 2,
    hasHeader: true,
    laneTips: [],
    instance: { nonce, signature },
    echoes: [],
  };
}

/** Asks for what nobody has: each bundle is looked for. */
function strayPull(): Message {
  const stray = () => ({ origin: randomBytes(32), fromSeq: 1, tipDigest: randomBytes(32) });
  return { type: 'pull', lanes: Array.from({ length: PULLED_LANES }, stray), headers: [] };
}

function newKeyPair(): KeyPair {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  crypto_sign_keypair(publicKey, secretKey);
  return { publicKey, secretKey };
}

/** The key that a flood needs of a member, from the seed in its key file. */
export function memberKeyOf(keyFileText: string): string {
  const { publicKey, secret } = JSON.parse(keyFileText) as { publicKey: string; secret: string };
  return toText(Buffer.concat([fromText(secret)!, fromText(publicKey)!]));
}

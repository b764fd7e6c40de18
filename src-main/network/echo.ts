/**
 * Says back what it is sent, for trying out a network before a class. An answer is as long as its question, so nobody
 * can use it to flood a third party with more than he spends; and it runs only while somebody started it.
 *
 *     'DIVAECHO' (8) | 1 asks, 2 answers (1) | nonce (8) | room (8, zero in questions) | zeros up to ECHO_BYTES
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { equalBytes, utf8 } from '../core/bytes.ts';
import type { Clock, Random } from '../node/ports.ts';
import type { RateLimits } from './rate-limiter.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { UdpAddress } from './udp/udp-address.ts';
import { toTransportError } from './udp/udp-socket.ts';
import { makeUdpAddress, rateKeyOf } from './udp/udp-address.ts';

/** As long as the longest datagram of a node on such a network. */
export const ECHO_BYTES = 1200;
export const ROOM_BYTES = 8;
const MAGIC = utf8('DIVAECHO');
const TYPE_OFFSET = 8;
const NONCE_OFFSET = 9;
const NONCE_BYTES = 8;
const ROOM_OFFSET = NONCE_OFFSET + NONCE_BYTES;
const LIMITS: RateLimits = {
  perAddress: { perSecond: 100, burst: 200 },
  total: { perSecond: 2_000, burst: 4_000 },
};
const PROBES = 20;
const PROBE_EVERY_MS = 20;
const LAST_ANSWER_MS = 1_500;

export interface EchoPorts {
  readonly clock: Clock;
  readonly random: Random;
}

export interface EchoResult {
  readonly sent: number;
  readonly received: number;
  /** Null when nothing came back. */
  readonly medianMs: number | null;
  /** What the other side calls its room; null when nothing came back. */
  readonly room: Uint8Array | null;
}

/** Answers until it is closed. Rejects with TransportError when the port cannot be had. */
export async function serveEcho(
  options: {
    readonly host: string;
    readonly port: number;
    readonly room: Uint8Array;
    readonly limits?: RateLimits;
  },
  { clock, random }: EchoPorts,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { host, port, room, limits = LIMITS } = options;
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  const limiter = new RateLimiter(limits, random, clock.nowMs());
  socket.on('message', (bytes, { address, port: from }) => {
    if (!isEcho(bytes, 1)) return;
    if (!limiter.take(rateKeyOf(makeUdpAddress(address, from)), clock.nowMs())) return;
    bytes[TYPE_OFFSET] = 2;
    bytes.set(room, ROOM_OFFSET);
    socket.send(bytes, from, address, () => undefined);
  });
  await bind(socket, host, port);
  return { port: socket.address().port, close: () => close(socket) };
}

/** Asks twenty times, and waits for what comes back. */
export async function probeEcho({ family, host, port }: UdpAddress, ports: EchoPorts): Promise<EchoResult> {
  const { clock, random } = ports;
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const askedAtMs = new Map<string, number>();
  const waitsMs: number[] = [];
  let room: Uint8Array | null = null;
  let done = (): void => undefined;
  socket.on('message', (bytes) => {
    if (!isEcho(bytes, 2)) return;
    const nonce = bytes.subarray(NONCE_OFFSET, ROOM_OFFSET).toString('hex');
    const atMs = askedAtMs.get(nonce);
    if (atMs === undefined) return;
    askedAtMs.delete(nonce);
    waitsMs.push(clock.nowMs() - atMs);
    room ??= Uint8Array.from(bytes.subarray(ROOM_OFFSET, ROOM_OFFSET + ROOM_BYTES));
    if (waitsMs.length === PROBES) done();
  });
  await bind(socket, family === 6 ? '::' : '0.0.0.0', 0);
  const all = new Promise<void>((resolve) => (done = resolve));
  for (let probe = 0; probe < PROBES; probe++) {
    const nonce = random.bytes(NONCE_BYTES);
    askedAtMs.set(Buffer.from(nonce).toString('hex'), clock.nowMs());
    socket.send(question(nonce), port, host, () => undefined);
    await wait(PROBE_EVERY_MS, clock);
  }
  await Promise.race([all, wait(LAST_ANSWER_MS, clock)]);
  await close(socket);
  const sorted = waitsMs.toSorted((a, b) => a - b);
  return { sent: PROBES, received: sorted.length, medianMs: sorted[sorted.length >> 1] ?? null, room };
}

function question(nonce: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(ECHO_BYTES);
  bytes.set(MAGIC);
  bytes[TYPE_OFFSET] = 1;
  bytes.set(nonce, NONCE_OFFSET);
  return bytes;
}

function isEcho(bytes: Uint8Array, type: 1 | 2): boolean {
  if (bytes.length !== ECHO_BYTES || bytes[TYPE_OFFSET] !== type) return false;
  return equalBytes(bytes.subarray(0, TYPE_OFFSET), MAGIC);
}

async function bind(socket: Socket, host: string, port: number): Promise<void> {
  socket.bind({ address: host, port, exclusive: true });
  await once(socket, 'listening').catch((error: unknown) => {
    throw toTransportError(error, port);
  });
  socket.on('error', () => undefined);
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function wait(delayMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.schedule(delayMs, resolve));
}

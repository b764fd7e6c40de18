/**
 * Sends a flood of datagrams to one node on loopback, bounded in count and paced. A process of its own
 * (flood-process.ts), so that it does not compete with what is measured for one event loop.
 */
import { createSocket, type Socket } from 'node:dgram';
import { FLOODS } from './kinds.ts';
import type { FloodOrder, FloodResult, Source } from './order.ts';

/** How often it catches up with its rate. */
const TICK_MS = 2;

/** Resolves when `count` datagrams have left or the signal ends it. */
export async function flood(order: FloodOrder, signal?: AbortSignal): Promise<FloodResult> {
  const sockets = await Promise.all(Array.from({ length: order.addresses }, (_, index) => open(index)));
  const received = { bytes: 0 };
  for (const socket of sockets) socket.on('message', (bytes) => (received.bytes += bytes.length));
  const source = await FLOODS[order.kind](order, sockets);
  const counted = await paced(order, source, sockets, signal);
  await source.close();
  for (const socket of sockets) socket.close();
  return { ...counted, receivedBytes: received.bytes };
}

async function paced(
  order: FloodOrder,
  source: Source,
  sockets: readonly Socket[],
  signal?: AbortSignal,
): Promise<Omit<FloodResult, 'receivedBytes'>> {
  const beganAtMs = performance.now();
  let sent = 0;
  let sentBytes = 0;
  while (sent < order.count && signal?.aborted !== true) {
    const due = Math.min(order.count, Math.ceil(((performance.now() - beganAtMs) * order.perSecond) / 1000));
    for (; sent < due; sent++) sentBytes += source.send(sockets[sent % sockets.length]!, sent);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  return { sent, sentBytes, seconds: (performance.now() - beganAtMs) / 1000 };
}

/** All of 127.0.0.0/8 is this machine. */
async function open(index: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  const address = `127.77.${index >> 8}.${(index & 255) === 0 ? 255 : index & 255}`;
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return socket;
}

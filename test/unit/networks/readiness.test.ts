import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ECHO_BYTES, probeEcho, serveEcho } from '../../../src-main/network/echo.ts';
import { makeTicket, measureDisk, readTicket } from '../../../src-main/networks/readiness.ts';
import type { Measured } from '../../../src-main/networks/readiness.ts';
import { systemClock, systemRandom } from '../../../src-main/networks/system.ts';
import { crypto, keyOf } from '../core/builders.ts';

const system = { clock: systemClock, random: systemRandom };
const room = new Uint8Array(8).fill(7);
const good: Measured = {
  udp: { sent: 20, received: 20, medianMs: 1.5, room },
  discovery: 'nobody',
  disk: { freeBytes: 10 ** 12, writeMs: 1 },
};

test('a ticket says what is in the way, and nobody can change it', () => {
  const text = makeTicket('Anna', good, keyOf(1).signer);
  expect(readTicket(text, crypto)).toMatchObject({
    name: 'Anna',
    publicKey: keyOf(1).text,
    reasons: [],
    udp: { received: 20, room: 'BwcHBwcHBwc' },
  });
  for (const [from, to] of [
    ['Anna', 'Hanna'],
    ['"received":20', '"received":19'],
    [keyOf(1).text, keyOf(2).text],
    ['"version":1', '"version":2'],
    ['{"ticket"', '{"more":1,"ticket"'],
  ] as const)
    expect(readTicket(text.replace(from, to), crypto), to).toBeUndefined();
  for (const wrong of ['', 'null', '[]', '{}', `${' '.repeat(5000)}${text}`])
    expect(readTicket(wrong, crypto)).toBeUndefined();
});

test.each<readonly [string, Partial<Measured>]>([
  ['udp', { udp: { sent: 20, received: 17, medianMs: 1, room } }],
  ['udp', { udp: { sent: 20, received: 0, medianMs: null, room: null } }],
  ['no-interface', { discovery: 'no-interface' }],
  ['firewall', { discovery: 'firewall' }],
  ['disk-space', { disk: { freeBytes: 1000, writeMs: 1 } }],
  ['disk-slow', { disk: { freeBytes: 10 ** 12, writeMs: 900 } }],
])('%s is a reason', (reason, changes) => {
  const text = makeTicket('Anna', { ...good, ...changes }, keyOf(1).signer);
  expect(readTicket(text, crypto)?.reasons).toEqual([reason]);
});

test('that no machine was named, and that nobody else is there yet, are none', () => {
  const text = makeTicket('Anna', { ...good, udp: null, discovery: 'isolation' }, keyOf(1).signer);
  expect(readTicket(text, crypto)?.reasons).toEqual([]);
});

test('the disk is measured, and nothing is left of that', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-ready-'));
  const disk = measureDisk(folder, systemClock.nowMs);
  expect(disk.freeBytes).toBeGreaterThan(0);
  expect(disk.writeMs).toBeGreaterThan(0);
  expect(fs.readdirSync(folder)).toEqual([]);
  fs.rmSync(folder, { recursive: true });
});

test('datagrams come back with the room, and only questions are answered', async () => {
  const echo = await serveEcho({ host: '127.0.0.1', port: 0, room }, system);
  const target = { family: 4, host: '127.0.0.1', port: echo.port } as const;
  const result = await probeEcho(target, system);
  expect(result).toMatchObject({ sent: 20, received: 20, room });
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answers: number[] = [];
  socket.on('message', (bytes) => void answers.push(bytes.length));
  const question = Buffer.alloc(ECHO_BYTES);
  question.write('DIVAECHO');
  const say = (bytes: Buffer): void => socket.send(bytes, echo.port, '127.0.0.1');
  // An answer, something short, something else: an echo of echoes would never end.
  question[8] = 2;
  say(question);
  say(question.subarray(0, 100));
  say(Buffer.alloc(ECHO_BYTES));
  const asked = Buffer.from(question);
  asked[8] = 1;
  say(asked);
  await once(socket, 'message');
  expect(answers).toEqual([ECHO_BYTES]);
  socket.close();
  await echo.close();
  expect(await probeEcho(target, system)).toMatchObject({ received: 0, medianMs: null, room: null });
});

test('one address is answered so often and no more', async () => {
  const share = { perSecond: 0, burst: 7 };
  const limits = { perAddress: share, total: { perSecond: 0, burst: 1_000 } };
  const echo = await serveEcho({ host: '127.0.0.1', port: 0, room, limits }, system);
  const target = { family: 4, host: '127.0.0.1', port: echo.port } as const;
  expect((await probeEcho(target, system)).received).toBe(7);
  await echo.close();
});

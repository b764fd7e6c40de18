import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { INIT_BYTES } from '../../../src-main/network/handshake-wire.ts';
import { lan, loopback } from '../../../src-main/network/profiles.ts';
import type { NodeOptions } from './support.ts';
import { TestNode } from './support.ts';

const closing: (() => unknown)[] = [];

async function open(options: NodeOptions = {}): Promise<TestNode> {
  const node = await TestNode.open(options);
  closing.push(() => node.transport.close());
  return node;
}

async function rawSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closing.push(() => socket.close());
  return socket;
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function connected(a: TestNode, b: TestNode): Promise<void> {
  await a.until(() => a.isConnectedTo(b));
  await b.until(() => b.isConnectedTo(a));
}

function portOf(node: TestNode): number {
  return Number(node.address.split(':').at(-1));
}

function patterned(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8)) & 255);
}

function received(node: TestNode, payload: Uint8Array): boolean {
  return node.messages.some((message) => Buffer.compare(message.payload, payload) === 0);
}

describe.each(['127.0.0.1', '::1'])('on %s', (host) => {
  test.each([loopback, lan])('two nodes connect and talk ($name)', async (profile) => {
    const a = await open({ host, profile });
    const b = await open({ host, profile });
    a.knows(b);
    b.knows(a);
    await connected(a, b);
    const messages = [patterned(1), patterned(1100), patterned(9000), patterned(320 * 1024)];
    for (const message of messages) {
      a.transport.send(b.text, message);
      b.transport.send(a.text, message);
    }
    a.transport.flush();
    b.transport.flush();
    for (const node of [a, b]) {
      await node.until(() => node.messages.length === messages.length);
      for (const message of messages) expect(received(node, message)).toBe(true);
      expect(node.events).toHaveLength(1);
    }
    expect(a.link(b)!.roundTripMs ?? b.link(a)!.roundTripMs).toBeGreaterThan(0);
  });
});

test('a node on all addresses is reached by IPv4 and by IPv6', async () => {
  const all = await open({ host: '::' });
  const four = await open({ host: '127.0.0.1' });
  const six = await open({ host: '::1' });
  four.knows(all, [`127.0.0.1:${portOf(all)}`]);
  all.knows(six);
  await connected(four, all);
  await connected(six, all);
  expect(all.link(four)!.address).toBe(four.address);
  all.say(four, patterned(50_000));
  await four.until(() => received(four, patterned(50_000)));
  // Hints of a family that the socket cannot reach, and names, are passed over.
  four.knows(six, [six.address, 'localhost:1', '127.0.0.1:0', '256.1.1.1:5', '[::1']);
  expect(four.transport.rejections()['address-hint']).toBe(5);
});

test('further addresses come and go while others stay in use', async () => {
  const several = await open({ also: [{ host: '::1', prefixBits: 128 }] });
  const four = await open();
  const six = await open({ host: '::1' });
  several.knows(four);
  six.knows(several, [`[::1]:${portOf(several)}`]);
  await connected(four, several);
  await connected(six, several);
  several.say(six, patterned(50_000));
  await six.until(() => received(six, patterned(50_000)));
  await several.transport.listenAt([]);
  expect(several.transport.others).toEqual([]);
  several.say(four, patterned(1_000));
  await four.until(() => received(four, patterned(1_000)));
  expect(four.events).toEqual([`+${several.text}`]);
  await several.transport.listenAt([{ host: '192.0.2.1', prefixBits: 24 }]);
  expect(several.transport.unbound).toEqual([{ host: '192.0.2.1', code: 'bind-failed' }]);
  await several.transport.listenAt([{ host: '::1', prefixBits: 128 }]);
  expect(several.transport.unbound).toEqual([]);
  several.say(six, patterned(2_000));
  await six.until(() => received(six, patterned(2_000)));
});

test('an address that cannot be used when the node begins is remembered as such', async () => {
  const node = await open({ also: [{ host: '192.0.2.1', prefixBits: 24 }] });
  expect(node.transport.unbound).toEqual([{ host: '192.0.2.1', code: 'bind-failed' }]);
});

test('a port that is taken at a further address is taken', async () => {
  const six = await open({ host: '::1' });
  const also = [{ host: '::1', prefixBits: 128 }];
  await expect(TestNode.open({ port: portOf(six), also })).rejects.toMatchObject({
    code: 'address-in-use',
    port: portOf(six),
  });
  // Nothing of it is left bound.
  await open({ port: portOf(six) });
});

test('a port in use is named', async () => {
  const a = await open();
  await expect(TestNode.open({ port: portOf(a) })).rejects.toMatchObject({
    code: 'address-in-use',
    port: portOf(a),
  });
  await expect(TestNode.open({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'bind-failed' });
  await expect(TestNode.open({ host: 'localhost' })).rejects.toMatchObject({ code: 'invalid-options' });
});

test('twelve nodes that start at once are all connected, each pair by one session', async () => {
  const nodes: TestNode[] = [];
  for (let i = 0; i < 12; i++) nodes.push(await open());
  for (const a of nodes) for (const b of nodes) if (a !== b) a.knows(b);
  for (const a of nodes) await a.until(() => a.transport.links().every((link) => link.connected));
  for (const a of nodes) {
    for (const b of nodes) if (a !== b) a.transport.send(b.text, patterned(10_000));
    a.transport.flush();
  }
  for (const a of nodes) {
    await a.until(() => a.messages.length === nodes.length - 1);
    expect(a.events.every((event) => event.startsWith('+'))).toBe(true);
  }
});

test('a restarted node is back at once, on the same or on another port', async () => {
  const a = await open();
  let b = await open();
  a.knows(b);
  b.knows(a);
  await connected(a, b);
  for (const port of [portOf(b), 0]) {
    const keyPair = b.keyPair;
    await b.transport.close();
    await a.until(() => !a.isConnectedTo(b));
    b = await open({ keyPair, port });
    b.knows(a);
    await connected(a, b);
    a.say(b, patterned(30_000));
    await b.until(() => received(b, patterned(30_000)));
    expect(a.link(b)!.address).toBe(b.address);
  }
});

test('at 30 % loss in both directions, large messages arrive through pulled fragments', async () => {
  const a = await open({ profile: lan });
  const b = await open({ profile: lan });
  for (const node of [a, b]) node.transport.setFaults({ lossPermille: 300, delayMs: 3 });
  a.knows(b);
  b.knows(a);
  await connected(a, b);
  const payload = patterned(256 * 1024);
  for (let i = 0; i < 5; i++) {
    a.say(b, payload);
    await b.until(() => b.messages.length === i + 1);
  }
  expect(b.messages.every((message) => Buffer.compare(message.payload, payload) === 0)).toBe(true);
  expect(a.transport.rejections()['fault-loss']).toBeGreaterThan(200);
});

test('a session follows its peer to another address', async () => {
  const a = await open();
  const b = await open();
  // A relay that changes its own port in the middle, like a router that forgot its mapping.
  const inner = await rawSocket();
  const outers = [await rawSocket(), await rawSocket()];
  let current = 0;
  inner.on('message', (bytes) => outers[current]!.send(bytes, portOf(b), '127.0.0.1'));
  for (const outer of outers) outer.on('message', (bytes) => inner.send(bytes, portOf(a), '127.0.0.1'));
  a.knows(b, [`127.0.0.1:${inner.address().port}`]);
  b.knows(a, []);
  await connected(a, b);
  expect(b.link(a)!.address).toBe(`127.0.0.1:${outers[0]!.address().port}`);
  current = 1;
  a.say(b, patterned(100));
  await b.until(() => b.messages.length === 1);
  expect(b.link(a)!.address).toBe(`127.0.0.1:${outers[1]!.address().port}`);
  b.say(a, patterned(100_000));
  await a.until(() => received(a, patterned(100_000)));
  expect(b.events).toHaveLength(1);
});

test('a flood of garbage gets no answer, costs no memory and stops nobody', async () => {
  const a = await open();
  const b = await open();
  const attacker = await rawSocket();
  let answers = 0;
  attacker.on('message', () => answers++);
  const seen = (): number => Object.values(b.transport.rejections()).reduce((sum, count) => sum + count, 0);
  const wave = 50;
  for (let round = 0; round < 200; round++) {
    const before = seen();
    for (let i = 0; i < wave; i++) {
      const bytes = Buffer.alloc(4 + ((i * 37) % 1200), i);
      if (i % 2 === 0) bytes.fill(0, 0, 4);
      if (i % 4 === 0 && bytes.length > 4) bytes[4] = i % 5;
      attacker.send(
        i % 8 === 0 ? Buffer.concat([bytes, Buffer.alloc(INIT_BYTES)]).subarray(0, INIT_BYTES) : bytes,
        portOf(b),
        '127.0.0.1',
      );
    }
    await b.until(() => seen() - before > wave / 2);
  }
  a.knows(b);
  b.knows(a);
  await connected(a, b);
  a.say(b, patterned(10));
  await b.until(() => b.messages.length === 1);
  expect(answers).toBe(0);
  expect(b.transport.links()).toHaveLength(1);
});

test('a stolen first datagram from another address brings back less than it cost', async () => {
  const a = await open();
  const b = await open();
  const thief = await rawSocket();
  const attacker = await rawSocket();
  a.knows(b, [`127.0.0.1:${thief.address().port}`]);
  const [init] = (await once(thief, 'message')) as [Buffer];
  a.transport.removePeer(b.text);
  let bytesSent = 0;
  let bytesBack = 0;
  let datagramsBack = 0;
  attacker.on('message', (bytes) => {
    bytesBack += bytes.length;
    datagramsBack++;
  });
  for (let i = 0; i < 200; i++) {
    attacker.send(init, portOf(b), '127.0.0.1');
    bytesSent += init.length;
  }
  await b.until(() => datagramsBack > 100);
  expect(bytesBack / bytesSent).toBeLessThan(0.2);
  expect(b.transport.links()).toEqual([]);
});

test('other networks and wrong keys do not connect', async () => {
  const a = await open();
  const b = await open();
  const foreign = await open({ chainId: new Uint8Array(32).fill(9) });
  foreign.knows(a);
  a.knows(foreign);
  // b's key at a's address.
  foreign.knows(b, [a.address]);
  await a.until(() => (a.transport.rejections()['not-for-us'] ?? 0) > 5);
  expect([...a.events, ...b.events, ...foreign.events]).toEqual([]);
});

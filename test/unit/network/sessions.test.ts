import { expect, test } from 'vitest';
import { lan, loopback } from '../../../src-main/network/profiles.ts';
import { MAX_MESSAGE_BYTES } from '../../../src-main/core/messages.ts';
import { MemoryNetwork, patterned, VirtualClock, VirtualNode } from './support.ts';

const A = '10.0.0.1:1';
const B = '10.0.0.2:1';

async function pair(): Promise<{
  clock: VirtualClock;
  network: MemoryNetwork;
  a: VirtualNode;
  b: VirtualNode;
}> {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const a = await VirtualNode.open(network, 1, A);
  const b = await VirtualNode.open(network, 2, B);
  return { clock, network, a, b };
}

function connect(clock: VirtualClock, a: VirtualNode, b: VirtualNode): void {
  a.knows(b);
  b.knows(a, []);
  clock.advance(100);
  expect(a.isConnectedTo(b) && b.isConnectedTo(a)).toBe(true);
}

test('one side with an address is enough, and both learn of the connection once', async () => {
  const { clock, a, b } = await pair();
  connect(clock, a, b);
  expect(a.events).toEqual([`+${b.text}`]);
  expect(b.events).toEqual([`+${a.text}`]);
  expect(b.link(a)).toMatchObject({ address: A, peerClass: 'member' });
  expect(a.link(b)!.roundTripMs).toBe(2);
});

test('an address hint that is learnt later connects', async () => {
  const { clock, a, b } = await pair();
  a.knows(b, ['10.9.9.9:1']);
  b.knows(a, []);
  clock.advance(60_000);
  expect(a.isConnectedTo(b)).toBe(false);
  a.knows(b, ['10.9.9.9:1', B]);
  clock.advance(500);
  expect(a.isConnectedTo(b)).toBe(true);
});

test('small messages of one turn share a datagram, in both directions', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  const before = network.sent.length;
  for (let i = 0; i < 20; i++) a.transport.send(b.text, patterned(150, i));
  a.transport.flush();
  expect(network.sent.length).toBe(before + 1);
  b.say(a, patterned(10));
  clock.advance(5);
  expect(b.messages.map(({ payload }) => payload)).toEqual(
    Array.from({ length: 20 }, (_, i) => patterned(150, i)),
  );
  expect(a.messages).toEqual([{ from: b.text, payload: patterned(10) }]);
});

test('no datagram exceeds the profile, whatever the sizes of the messages', async () => {
  const { clock, network } = await pair();
  const c = await VirtualNode.open(network, 3, '10.0.0.3:1', { profile: lan });
  const d = await VirtualNode.open(network, 4, '10.0.0.4:1', { profile: lan });
  connect(clock, c, d);
  const sizes = [1, 1168, 1169, 1170, 1199, 1200, 2000, 1, 600, 600, 5000, 1157 * 2, 1157 * 2 + 1];
  for (const size of sizes) c.transport.send(d.text, patterned(size));
  c.transport.flush();
  clock.advance(100);
  expect(d.messages.map(({ payload }) => payload.length).toSorted((x, y) => x - y)).toEqual(
    sizes.toSorted((x, y) => x - y),
  );
  expect(Math.max(...network.sent.map(({ bytes }) => bytes.length))).toBe(1200);
});

test('sizes outside 1..MAX_MESSAGE_BYTES are the caller’s error; without a session a message is dropped', async () => {
  const { a, b } = await pair();
  const error = expect.objectContaining({ code: 'message-size' });
  expect(() => a.transport.send(b.text, new Uint8Array(0))).toThrow(error);
  expect(() => a.transport.send(b.text, new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(error);
  a.transport.send(b.text, new Uint8Array(1));
  expect(a.rejected('no-session')).toBe(1);
});

test('a changed or repeated datagram is refused and counted', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  a.say(b, patterned(100));
  clock.advance(5);
  const datagram = network.sent.findLast(({ from }) => from === A)!.bytes;
  network.inject(A, B, datagram);
  expect(b.rejected('replayed')).toBe(1);
  a.say(b, patterned(100));
  const fresh = network.sent.findLast(({ from }) => from === A)!.bytes;
  for (let i = 4; i < fresh.length; i++) {
    const changed = Uint8Array.from(fresh);
    changed[i] = changed[i]! ^ 1;
    network.inject(A, B, changed);
  }
  for (let length = 4; length < fresh.length; length++) network.inject(A, B, fresh.subarray(0, length));
  clock.advance(5);
  expect(b.messages).toHaveLength(2);
  expect(b.rejected('forged') + b.rejected('replayed') + b.rejected('datagram-size')).toBe(
    1 + 2 * (fresh.length - 4),
  );
});

test.each([
  ['both at once', 0, 0],
  ['one a moment later', 1, 0],
  ['the other a moment later', 0, 1],
])('simultaneous open, %s: both sides end with the same single session', async (_name, waitAMs, waitBMs) => {
  for (let delayMs = 1; delayMs < 200; delayMs += 13) {
    const { clock, network, a, b } = await pair();
    network.delayMs = delayMs;
    clock.schedule(waitAMs * delayMs, () => a.knows(b));
    clock.schedule(waitBMs * delayMs, () => b.knows(a));
    clock.advance(30 * delayMs + 2000);
    expect(a.events).toEqual([`+${b.text}`]);
    expect(b.events).toEqual([`+${a.text}`]);
    // Long after the grace time of the losing session. Peers that disagree would probe each second all the while;
    // peers that agree ask once, after a quiet time, and are answered.
    network.sent.length = 0;
    clock.advance(12_000);
    expect(network.sent.length).toBeLessThanOrEqual(4);
    a.say(b, patterned(10));
    b.say(a, patterned(10));
    clock.advance(2 * delayMs + 2);
    expect(b.messages).toHaveLength(1);
    expect(a.messages).toHaveLength(1);
    expect(a.rejected('unknown-session') + b.rejected('unknown-session')).toBe(0);
  }
});

test('a peer that moves takes its session along; an old datagram does not move it back', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  network.filter = () => false;
  a.say(b, patterned(50));
  const late = network.sent.at(-1)!.bytes;
  network.filter = () => true;
  const moved = '10.7.7.7:9';
  a.socket.move(moved);
  a.say(b, patterned(60));
  clock.advance(2);
  expect(b.link(a)!.address).toBe(moved);
  network.inject(A, B, late);
  expect(b.link(a)!.address).toBe(moved);
  b.say(a, patterned(70));
  clock.advance(2);
  expect(a.messages).toHaveLength(1);
  expect(b.messages).toHaveLength(2);
  expect(b.events).toHaveLength(1);
});

test.each([100, 4000, 20_000])(
  'a peer restarted after %i ms replaces its session at once',
  async (lifeMs) => {
    const { clock, network, a, b } = await pair();
    connect(clock, a, b);
    b.say(a, patterned(100_000));
    clock.advance(lifeMs);
    // Killed without a goodbye, and started again with the same identity at the same address.
    const reborn = await VirtualNode.open(network, 1, A, { randomSeed: lifeMs });
    reborn.knows(b);
    clock.advance(20);
    expect(b.events).toEqual([`+${a.text}`, `-${a.text}`, `+${a.text}`]);
    b.say(reborn, patterned(100_000));
    reborn.say(b, patterned(100_000));
    clock.advance(200);
    expect(reborn.messages).toHaveLength(1);
    expect(b.messages).toHaveLength(1);
  },
);

test('a peer that says goodbye is disconnected at once; one that falls silent after a while', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  await a.transport.close();
  clock.advance(5);
  expect(b.events).toEqual([`+${a.text}`, `-${a.text}`]);

  const c = await VirtualNode.open(network, 3, '10.0.0.3:1');
  connect(clock, c, b);
  network.filter = ({ from }) => from !== '10.0.0.3:1';
  clock.advance(loopback.silentMs - 1000);
  expect(b.isConnectedTo(c)).toBe(true);
  clock.advance(2000);
  expect(b.events.at(-1)).toBe(`-${c.text}`);
  network.filter = () => true;
  clock.advance(loopback.handshakeRetryCapMs * 1.3);
  expect(b.isConnectedTo(c) && c.isConnectedTo(b)).toBe(true);
});

test('an idle session costs next to nothing and never ends', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  network.sent.length = 0;
  const HOUR_S = 3600;
  clock.advance(HOUR_S * 1000);
  const bytes = network.sent.reduce((sum, datagram) => sum + datagram.bytes.length + 28, 0);
  expect(bytes / HOUR_S).toBeLessThan(20);
  expect(a.events).toHaveLength(1);
  expect(b.events).toHaveLength(1);
});

test('with a STATUS of 290 bytes each 10 s, an idle peer costs less than 100 bytes/s', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  network.sent.length = 0;
  for (let second = 0; second < 1000; second += 10) {
    a.say(b, patterned(290));
    clock.advance(3000);
    b.say(a, patterned(290));
    clock.advance(7000);
  }
  const bytes = network.sent.reduce((sum, datagram) => sum + datagram.bytes.length + 28, 0);
  expect(bytes / 1000).toBeLessThan(100);
});

test('keys are renewed by age and by count, without a lost message', async () => {
  const { clock, network } = await pair();
  for (const profile of [
    { ...loopback, rekeyAfterMs: 60_000 },
    { ...loopback, rekeyAfterDatagrams: 100 },
  ]) {
    const c = await VirtualNode.open(network, 5, '10.0.0.5:1', { profile });
    const d = await VirtualNode.open(network, 6, '10.0.0.6:1', { profile });
    connect(clock, c, d);
    network.sent.length = 0;
    for (let i = 0; i < 1000; i++) {
      c.say(d, patterned(20, i));
      d.say(c, patterned(20, i));
      clock.advance(700);
    }
    expect(c.messages).toHaveLength(1000);
    expect(d.messages).toHaveLength(1000);
    expect(c.events).toEqual([`+${d.text}`]);
    const ids = new Set(network.sent.map(({ bytes }) => Buffer.from(bytes).readUInt32LE(0)));
    expect(ids.size).toBeGreaterThan(10);
    await c.transport.close();
    await d.transport.close();
  }
});

test('a lossy link connects, stays connected and carries large messages', async () => {
  const { clock, network, a, b } = await pair();
  a.transport.setFaults({ lossPermille: 300, delayMs: 20 });
  b.transport.setFaults({ lossPermille: 300, delayMs: 20 });
  a.knows(b);
  b.knows(a);
  clock.advance(10_000);
  expect(a.isConnectedTo(b) && b.isConnectedTo(a)).toBe(true);
  const payload = patterned(262_144);
  for (let i = 0; i < 10; i++) {
    a.say(b, payload);
    clock.advance(2000);
  }
  expect(b.messages).toHaveLength(10);
  expect(b.messages.every((message) => Buffer.compare(message.payload, payload) === 0)).toBe(true);
  clock.advance(600_000);
  expect(a.events).toEqual([`+${b.text}`]);
  expect(network.sent.length).toBeLessThan(2000);
});

test('nothing reaches an address that is cut off, and everything does once it is not', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  b.messages.length = 0;
  const toB = (): number => network.sent.filter(({ to }) => to === b.transport.localAddress).length;
  const before = toB();
  a.transport.setFaults({ lossPermille: 0, delayMs: 0, cutOff: [b.transport.localAddress] });
  a.say(b, patterned(100));
  b.say(a, patterned(100));
  clock.advance(1000);
  // One direction only: whoever splits a network tells both sides.
  expect([toB() - before, b.messages.length, a.messages.length]).toEqual([0, 0, 1]);
  expect(a.rejected('fault-cut')).toBeGreaterThan(0);
  a.transport.setFaults({ lossPermille: 0, delayMs: 0, cutOff: ['10.9.9.9:1'] });
  a.say(b, patterned(100));
  clock.advance(1000);
  expect(b.messages).toHaveLength(1);
});

test('removing a peer ends its session on both sides, and adding it again connects', async () => {
  const { clock, a, b } = await pair();
  connect(clock, a, b);
  a.transport.removePeer(b.text);
  clock.advance(5);
  expect(a.events.at(-1)).toBe(`-${b.text}`);
  expect(b.events.at(-1)).toBe(`-${a.text}`);
  expect(a.transport.links()).toEqual([]);
  a.knows(b);
  clock.advance(50);
  expect(a.isConnectedTo(b) && b.isConnectedTo(a)).toBe(true);
});

test('after close nothing happens any more and no timer is left', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  await a.transport.close();
  await b.transport.close();
  clock.advance(100);
  const sent = network.sent.length;
  expect(clock.pendingTimers).toBe(0);
  clock.advance(100_000);
  expect(network.sent.length).toBe(sent);
});

test('large messages arrive although only their sender had lost the session', async () => {
  const { clock, network, a, b } = await pair();
  connect(clock, a, b);
  const say = (count: number): void => {
    for (let i = 0; i < count; i++) a.say(b, patterned(20_000, i));
    clock.advance(1_000);
  };
  say(5);
  expect(b.messages).toHaveLength(5);
  // Nothing reaches a any more, but b still hears it.
  network.filter = ({ from }) => from === A;
  clock.advance(loopback.silentMs + 1_000);
  expect(a.isConnectedTo(b)).toBe(false);
  expect(b.isConnectedTo(a)).toBe(true);
  network.filter = () => true;
  clock.advance(20_000);
  expect(a.isConnectedTo(b)).toBe(true);
  say(3);
  expect(b.messages).toHaveLength(8);
});

import { expect, test } from 'vitest';
import { toText } from '../../../src-main/core/bytes.ts';
import { probeLimits } from '../../../src-main/network/budgets.ts';
import { lan } from '../../../src-main/network/profiles.ts';
import { keyPairOf, MemoryNetwork, patterned, VirtualClock, VirtualNode } from './support.ts';

const HOME = ['10.0.0.1:1', '10.0.0.2:1'] as const;
const AWAY = ['10.8.0.1:1', '10.8.0.2:1'] as const;

async function connectedPair(): Promise<{
  clock: VirtualClock;
  network: MemoryNetwork;
  a: VirtualNode;
  b: VirtualNode;
}> {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const a = await VirtualNode.open(network, 1, HOME[0], { profile: lan });
  const b = await VirtualNode.open(network, 2, HOME[1], { profile: lan });
  a.knows(b);
  b.knows(a);
  clock.advance(1_000);
  expect(a.isConnectedTo(b) && b.isConnectedTo(a)).toBe(true);
  return { clock, network, a, b };
}

function hear(from: VirtualNode, to: VirtualNode, clock: VirtualClock): boolean {
  const before = to.messages.length;
  from.say(to, patterned(10));
  clock.advance(5);
  return to.messages.length > before;
}

test('who moved tells its peers at once, and nobody is disconnected by it', async () => {
  const { clock, a, b } = await connectedPair();
  a.socket.move(AWAY[0]);
  expect(hear(b, a, clock)).toBe(false);
  a.transport.networkChanged();
  clock.advance(500);
  expect(hear(b, a, clock)).toBe(true);
  expect(b.link(a)!.address).toBe(AWAY[0]);
  expect([...a.events, ...b.events].filter((event) => event.startsWith('-'))).toEqual([]);
});

test('a lost first datagram is repeated', async () => {
  const { clock, network, a, b } = await connectedPair();
  a.socket.move(AWAY[0]);
  let lost = 0;
  network.filter = ({ from }) => from !== AWAY[0] || ++lost > 3;
  a.transport.networkChanged();
  clock.advance(2_000);
  expect(hear(b, a, clock)).toBe(true);
});

test('two that both moved find each other as soon as one hears where the other is', async () => {
  const { clock, a, b } = await connectedPair();
  a.socket.move(AWAY[0]);
  b.socket.move(AWAY[1]);
  for (const node of [a, b]) node.transport.networkChanged();
  clock.advance(3_000);
  expect(hear(a, b, clock)).toBe(false);
  a.knows(b, [AWAY[1]]);
  clock.advance(500);
  expect(hear(a, b, clock) && hear(b, a, clock)).toBe(true);
});

test('hints that say nothing new begin no handshake beside a session that lives', async () => {
  const { clock, network, a, b } = await connectedPair();
  const before = network.sent.length;
  a.knows(b, [HOME[1], '10.9.9.9:1']);
  clock.advance(1_000);
  expect(network.sent.length).toBe(before);
});

test('somebody who is named as the address of many peers hears little of it', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const a = await VirtualNode.open(network, 1, HOME[0], { profile: lan });
  const b = await VirtualNode.open(network, 2, HOME[1], { profile: lan });
  const seconds = 60;
  for (let second = 0; second < seconds; second++) {
    for (let peer = 10; peer < 30; peer++) {
      const publicKey = toText(keyPairOf(peer).publicKey);
      const addressHints = [1, 2, 3, 4].map((port) => `10.6.6.6:${second * 10 + port}`);
      a.transport.setPeer({ publicKey, peerClass: 'member', addressHints });
    }
    clock.advance(1_000);
  }
  const { perSecond, burst } = probeLimits.perAddress;
  const sent = network.sent.filter(({ to }) => to.startsWith('10.6.6.6:'));
  expect(sent.length).toBeGreaterThan(burst);
  expect(sent.length).toBeLessThanOrEqual(burst + perSecond * seconds);
  expect(a.rejected('probe-budget')).toBeGreaterThan(0);
  // Others are reached all the same.
  a.knows(b);
  clock.advance(1_000);
  expect(a.isConnectedTo(b)).toBe(true);
});

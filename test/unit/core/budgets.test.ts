/** What one peer may cost: signature checks and answers (PROTOCOL section 4.10). */
import { describe, expect, it, vi } from 'vitest';
import { mayTake, refill } from '../../../src-main/core/budgets.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { dataOf, hashOf, keyOf, voteOf } from './builders.ts';
import { Cluster, type TestNode } from './cluster.ts';

/** How many of these forged votes were checked. */
function checkedOf(node: TestNode, from: string, count: number): number {
  const { network } = cluster;
  const vote = { ...voteOf(network, 'vote', 1, 0, hashOf(1)), signature: new Uint8Array(64) };
  node.look();
  for (let i = 0; i < count; i++) node.receive(from, { ...vote, blockHash: hashOf(i & 255) });
  return node.rejections.filter((reason) => reason === 'vote-signature').length;
}

let cluster: Cluster;

describe('signatures that do not verify', () => {
  it.each([
    ['a stranger', keyOf(60).text, 50, 10],
    ['an observer', keyOf(4).text, 1000, 200],
  ])('are refused unchecked beyond the budget of %s, which refills', (_, from, burst, perSecond) => {
    cluster = Cluster.started([1, 1, 1, 1, 0]);
    const node = cluster.node(0);
    node.nowMs += 10_000;
    expect(checkedOf(node, from, burst + 20)).toBe(burst);
    expect(node.rejections.filter((reason) => reason === 'check-budget')).toHaveLength(20);
    node.nowMs += 1000;
    expect(checkedOf(node, from, perSecond + 5)).toBe(perSecond);
  });

  it('do not keep anybody else from being heard', () => {
    cluster = Cluster.started();
    const node = cluster.node(0);
    checkedOf(node, keyOf(60).text, 200);
    cluster.node(1).submit('one');
    cluster.settle();
    expect(cluster.heights).toEqual([2, 2, 2, 2]);
  });
});

describe('an allowance', () => {
  const budget = { perSecond: 2000, burst: 100 };

  it('begins full, is refilled with time, and does not pile up', () => {
    const allowance = { left: Number.POSITIVE_INFINITY, atMs: 0 };
    expect(refill(allowance, budget, 3_600_000)).toBe(100);
    expect(mayTake(allowance, 100, budget, 3_600_000)).toBe(true);
    expect(mayTake(allowance, 1, budget, 3_600_000)).toBe(false);
    expect(refill(allowance, budget, 3_600_001)).toBe(2);
  });

  it('is paid back where more was drawn than was left, and what is refused costs nothing', () => {
    const allowance = { left: 10, atMs: 0 };
    expect(mayTake(allowance, 11, budget, 0)).toBe(false);
    expect(allowance.left).toBe(10);
    allowance.left -= 30;
    expect(refill(allowance, budget, 10)).toBe(0);
    expect(refill(allowance, budget, 11)).toBe(2);
  });
});

describe('what a peer draws', () => {
  const MIB = 1024 * 1024;
  const bytesOf = (node: TestNode) => node.said('bundle').reduce((sum, { bytes }) => sum + bytes.length, 0);

  /** A node with a large bundle that all of this asks for again and again. */
  const holder = () => {
    const cluster = Cluster.started([1, 1, 1, 1, 0]);
    cluster.loses = () => true;
    const node = cluster.node(0);
    const commands = Array.from({ length: 3 }, () => dataOf('x'.repeat(8000)));
    node.submit('large', ...commands);
    const { sealed } = node.of('appendLane')[0]!;
    const { origin, seq } = sealed.bundle;
    const range = { origin, fromSeq: seq, tipDigest: sealed.digest };
    const pull: Message = { type: 'pull', headers: [], lanes: Array(10).fill(range) };
    node.look();
    return { cluster, node, pull };
  };
  const drawn = (node: TestNode, from: string, pull: Message) => {
    node.look();
    for (let i = 0; i < 50; i++) node.receive(from, pull);
    return bytesOf(node) / MIB;
  };

  it.each([
    ['a stranger', keyOf(60).text, 1, 0.25],
    ['an observer', keyOf(4).text, 4, 4],
    ['a member of the committee', keyOf(1).text, 4, 16],
  ])('ends where the budget of %s does, and goes on as it refills', (_, from, burst, perSecond) => {
    const { node, pull } = holder();
    node.nowMs += 10_000;
    const answer = 0.25;
    const first = drawn(node, from, pull);
    expect(first).toBeGreaterThanOrEqual(burst);
    expect(first).toBeLessThan(burst + answer);
    expect(node.rejections).toContain('answer-budget');
    node.nowMs += 250;
    const second = drawn(node, from, pull);
    expect(first + second).toBeGreaterThanOrEqual(burst + Math.min(perSecond / 4, burst));
    expect(first + second).toBeLessThan(burst + Math.min(perSecond / 4, burst) + answer);
  });

  it('in vain is charged, too: a small PULL asks for many things that nobody has', () => {
    const { node } = holder();
    node.nowMs += 10_000;
    const lookups = vi.spyOn(node.consensus.context.archive, 'bundle');
    const range = { origin: keyOf(1).publicKey, fromSeq: 1, tipDigest: hashOf(1) };
    const pull: Message = { type: 'pull', headers: [], lanes: Array(100).fill(range) };
    drawn(node, keyOf(1).text, pull);
    expect(node.rejections).toContain('answer-budget');
    // 4 MiB at 8 KiB each, and the PULL that uses them up.
    expect(lookups.mock.calls.length).toBeLessThan(512 + 100);
  });

  it('with a STATUS is within the same budget', () => {
    const { cluster, node, pull } = holder();
    const asker = cluster.node(1);
    asker.step({ type: 'timer', timer: 'status' });
    const { message } = asker.outbox.find(({ to }) => to === node.key.text)!;
    node.nowMs += 10_000;
    node.receive(asker.key.text, message);
    expect(node.said('bundle')).toHaveLength(1);
    drawn(node, asker.key.text, pull);
    node.look();
    node.nowMs += 13;
    const empty = node.nowMs;
    node.consensus.peers.get(asker.key.text)!.answers.left = -MIB;
    node.receive(asker.key.text, message);
    expect(node.said('bundle')).toEqual([]);
    node.nowMs = empty + 1000;
    node.receive(asker.key.text, message);
    expect(node.said('bundle')).toHaveLength(1);
  });
});

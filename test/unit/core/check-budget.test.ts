/** What one peer may cost: signature checks (PROTOCOL section 4.10). */
import { describe, expect, it } from 'vitest';
import { hashOf, keyOf, voteOf } from './builders.ts';
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

/** T_view follows what heights take (PROTOCOL section 6); the arithmetic is in timers.test.ts. */
import { expect, it } from 'vitest';
import type { TestNode } from './cluster.ts';
import { Cluster } from './cluster.ts';

const T_VIEW_MS = 400;

/** What a node gives the next height. */
function nextViewMs(node: TestNode): number | undefined {
  node.look();
  node.submit('next');
  return node.of('setTimer').find(({ timer }) => timer === 'view')?.delayMs;
}

function pass(cluster: Cluster, elapsedMs: number): void {
  for (const node of cluster.nodes) node.nowMs += elapsedMs;
}

it('is longer where a height took longer, and only there', () => {
  const cluster = Cluster.started();
  const follower = (cluster.leader + 1) % 4;
  cluster.node(follower).submit('one');
  pass(cluster, 1000);
  cluster.settle();
  expect(cluster.heights).toEqual([2, 2, 2, 2]);
  expect(nextViewMs(cluster.node(follower))).toBe(1500);
  expect(nextViewMs(cluster.node((follower + 1) % 4))).toBe(T_VIEW_MS);
});

/** All of them give the first view up; then everything arrives. */
function giveUpFirstView(cluster: Cluster): void {
  const present = cluster.nodes.filter((_, index) => !cluster.away.has(index));
  present[0]!.submit('one');
  cluster.settle();
  pass(cluster, T_VIEW_MS);
  cluster.loses = () => false;
  for (const node of present) node.step({ type: 'timer', timer: 'view' });
  cluster.settle();
  for (const { height } of present) expect(height).toBeGreaterThan(1);
}

it('stays as it is when the leader is dead: waiting for nobody is no work', () => {
  const cluster = Cluster.started();
  const { leader } = cluster;
  cluster.away.add(leader);
  giveUpFirstView(cluster);
  expect(nextViewMs(cluster.node((leader + 1) % 4))).toBe(T_VIEW_MS);
});

it('is longer when a view was given up whose leader had proposed', () => {
  const cluster = Cluster.started();
  const { leader } = cluster;
  cluster.loses = ({ message }) => message.type === 'vote';
  giveUpFirstView(cluster);
  // Of 400 ms a quarter is forgotten: the leader, which missed its turn, has said in a fast block that it is ready.
  expect(cluster.heights).toEqual([3, 3, 3, 3]);
  expect(nextViewMs(cluster.node((leader + 1) % 4))).toBe(450);
});

it('does not follow a height that others decided without this node', () => {
  const cluster = Cluster.started();
  const slow = (cluster.leader + 1) % 4;
  cluster.loses = ({ to, message }) =>
    to === cluster.node(slow).key.text && message.type !== 'certificate' && message.type !== 'status';
  cluster.node(slow).submit('one');
  cluster.settle();
  expect(cluster.heights.filter((height) => height === 2)).toHaveLength(3);
  pass(cluster, 5000);
  cluster.loses = () => false;
  cluster.exchangeStatus(0);
  expect(cluster.node(slow).height).toBe(2);
  expect(nextViewMs(cluster.node(slow))).toBe(T_VIEW_MS);
});

import { expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

const VALUE = 'v'.repeat(8000);

/** More than one SYNC_RES or PULL may carry: three lanes of full bundles. */
function submitMuch(cluster: Cluster): void {
  for (const index of [0, 1, 2]) {
    for (let i = 0; i < 32; i++) {
      cluster.node(index).submit(`much-${i}`, { kind: 'data', ns: `test:much:x${i}`, d: VALUE });
    }
  }
}

/** Settles, and gives views up where the absent node would lead. */
function settleWithout3(cluster: Cluster): void {
  for (let i = 0; i < 16; i++) {
    cluster.settle();
    const present = [0, 1, 2].map((index) => cluster.node(index));
    if (present.every((node) => node.consensus.ownLane.waiting().length === 0)) return;
    for (const node of present) node.step({ type: 'timer', timer: 'view' });
  }
}

test('a node that comes back takes a block that fits into no single answer', () => {
  const cluster = Cluster.started();
  cluster.away.add(3);
  submitMuch(cluster);
  settleWithout3(cluster);
  const committed = cluster
    .node(0)
    .of('committed')
    .map(({ executed }) => executed);
  const largest = Math.max(
    ...committed.map((b) => b.bundles.reduce((sum, { bytes }) => sum + bytes.length, 0)),
  );
  expect(largest).toBeGreaterThan(256 * 1024);
  cluster.away.clear();
  cluster.exchangeStatus();
  for (let i = 0; i < 64 && cluster.node(3).height < cluster.node(0).height; i++) {
    const node = cluster.node(3);
    node.nowMs += 30;
    node.step({ type: 'timer', timer: 'retransmit' });
    cluster.settle();
  }
  expect(cluster.node(3).height).toBe(cluster.node(0).height);
  expect(cluster.node(3).rejections).toEqual([]);
});

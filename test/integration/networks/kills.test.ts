import { expect, test } from 'vitest';
import { expectOneChain, Load, seededRandom, settled, startNetwork } from './harness.ts';

const KILLS = 30;
const SEED = 20_240_229;

test(`kill -9 of any node, ${KILLS} times under load: no fork, nothing accepted is lost`, async () => {
  const random = seededRandom(SEED);
  const network = await startNetwork(4);
  const load = new Load(network);
  for (let kill = 0; kill < KILLS; kill++) {
    await load.more(1 + random(40));
    const victim = network.nodes()[random(4)]!;
    await network.killNode(victim.publicKey);
    expect(network.nodes().find(({ publicKey }) => publicKey === victim.publicKey)?.state).toBe('killed');
    // The other three go on without it, now for long, now hardly at all.
    await load.more(random(3) * 20 + 1);
    await network.startNode(victim.publicKey);
  }
  await load.stop();
  const nodes = network.nodes();
  await settled(nodes);
  expect(load.accepted.length).toBeGreaterThan(KILLS * 10);
  await expectOneChain(nodes, load.accepted);
});

test('the whole network is killed at once and resumed: it goes on where it was', async () => {
  const network = await startNetwork(4);
  const load = new Load(network);
  for (let round = 0; round < 3; round++) {
    await load.more(60);
    await Promise.all(network.nodes().map(({ publicKey }) => network.killNode(publicKey)));
    await network.start();
  }
  await load.more(20);
  await load.stop();
  await expectOneChain(network.nodes(), load.accepted);
});

import { expect, test } from 'vitest';
import { expectCommitted, expectOneChain, startNetwork, submit } from './harness.ts';

test.each([2, 10, 30])(
  '%i percent loss and 100 ms delay: every accepted transaction commits',
  async (percent) => {
    const network = await startNetwork(4, { lossPermille: percent * 10, delayMs: 100 });
    const nodes = network.nodes();
    const accepted = [];
    for (let count = 0; count < 20; count++) {
      const node = nodes[count % nodes.length]!;
      const ident = `lossy-${count}`;
      expect(await submit(node, ident)).toBe(true);
      accepted.push({ origin: node.publicKey, ident });
    }
    await expectOneChain(nodes);
    await expectCommitted(nodes, accepted);
  },
);

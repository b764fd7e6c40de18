import { expect, test } from 'vitest';
import { accept, expectOneChain, startNetwork, statusOf } from './harness.ts';
import type { Accepted } from './harness.ts';

const DELAY_MS = 100;

test.each([2, 10, 30])(
  '%i percent loss and 100 ms delay: all that was accepted is committed',
  async (percent) => {
    const network = await startNetwork(4, { lossPermille: percent * 10, delayMs: DELAY_MS });
    const nodes = network.nodes();
    const accepted: Accepted[] = [];
    for (let count = 0; count < 20; count++) {
      accepted.push(await accept(nodes[count % nodes.length]!, `lossy-${count}`));
    }
    await expectOneChain(nodes, accepted);
    // The delay was there, in both directions.
    let roundTrips: number[] = [];
    const look = async (): Promise<number> => {
      const members = (await Promise.all(nodes.map(statusOf))).flatMap((status) => status.members);
      roundTrips = members.flatMap(({ roundTripMs }) => roundTripMs ?? []);
      return roundTrips.length;
    };
    // Pings get lost as well, and the next one takes its time.
    await expect.poll(look, { timeout: 300_000, interval: 500 }).toBeGreaterThan(0);
    expect(Math.min(...roundTrips)).toBeGreaterThanOrEqual(2 * DELAY_MS - 2);
  },
);

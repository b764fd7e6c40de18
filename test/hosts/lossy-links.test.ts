import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { agree, expectOneChain, fullMembers } from './agreement.ts';
import { newFolder } from './founders.ts';
import { Lan, obstacle } from './lan.ts';
import { NodeOnHost } from './node-on-host.ts';

const reason = obstacle();
if (reason !== null) console.warn(reason);

/** Each way: a round trip takes twice as long, and a fifth of all questions or their answers is lost. */
const LINK = { lossPercent: 10, delayMs: 100 };

const lan = reason === null ? new Lan('lossy') : null;
afterAll(() => lan?.close());

test.skipIf(reason !== null)('two join at once by link where every link is slow and loses much', async () => {
  const folder = newFolder('lossy');
  const nodes = [1, 2, 3].map((number) => {
    const host = lan!.addHost([`10.82.0.${number}/24`]);
    host.worsen(LINK);
    return new NodeOnHost(host, path.join(folder, String(number)));
  });
  const [founder, ...newcomers] = nodes as [NodeOnHost, NodeOnHost, NodeOnHost];
  await founder.found('--name', 'Far away', '--as', 'Anna', '--admission', 'automatic');
  const link = await founder.invite('--reusable');
  await Promise.all(newcomers.map((node, index) => node.join(link, '--as', `Student ${index}`)));
  await Promise.all(nodes.map((node) => node.until((status) => fullMembers(status) === 3)));
  const startedMs = performance.now();
  await agree(nodes, 'from-far');
  // A proposal and the votes for it: in less time the links were no worse than others.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2 * LINK.delayMs);
  await expectOneChain(nodes);
});

/** A laptop is lost, and its owner restores a backup on another one with another address. */
import fs from 'node:fs';
import path from 'node:path';
import { agree, expectOneChain, memberOf } from '../agreement.ts';
import { fourMembers, newFolder } from '../founders.ts';
import { Lan } from '../lan.ts';
import { NodeOnHost } from '../node-on-host.ts';
import { say, secondsOf, spread } from './figures.ts';

export async function restore(times: number): Promise<object> {
  const lan = new Lan('restore');
  const folder = newFolder('restore');
  const secret = path.join(folder, 'passphrase');
  const caughtUp: number[] = [];
  const found: number[] = [];
  try {
    const nodes: NodeOnHost[] = await fourMembers(lan, folder, '10.87.0');
    fs.writeFileSync(secret, 'four words to remember\n');
    for (let count = 1; count <= times; count++) {
      const lost = nodes.pop()!;
      const { publicKey } = await lost.status();
      const args = [path.join(folder, `backup-${count}`), '--passphrase-file', secret] as const;
      if ((await lost.run('backup', ...args)).code !== 0) throw new Error('no backup was made');
      await agree([lost, ...nodes], 'forgotten');
      lost.host.unplug();
      await lost.end('SIGKILL');
      const address = `10.87.0.${count + 10}`;
      const back = new NodeOnHost(lan.addHost([`${address}/24`]), path.join(folder, `new-${count}`));
      if ((await back.run('restore', ...args)).code !== 0) throw new Error('not restored');
      caughtUp.push(
        await secondsOf(async () => {
          await back.start();
          await back.until(({ resumeHeight }) => resumeHeight !== null);
        }),
      );
      const isFound = (node: NodeOnHost) =>
        node.until((status) => memberOf(status, publicKey)?.address === `${address}:17470`);
      found.push(await secondsOf(() => Promise.all(nodes.map(isFound))));
      say(
        `${count}: caught up after ${caughtUp.at(-1)!.toFixed(1)} s, found after ${found.at(-1)!.toFixed(1)} s`,
      );
      nodes.unshift(back);
      for (let block = 0; block < 3; block++) await agree(nodes, 'meanwhile');
      await back.until(
        ({ silence, resumeHeight, height }) => silence === null && height >= (resumeHeight ?? 0),
      );
      await expectOneChain(nodes);
    }
    return { times, startToCaughtUpSeconds: spread(caughtUp), othersFindItAfterSeconds: spread(found) };
  } finally {
    await lan.close();
  }
}

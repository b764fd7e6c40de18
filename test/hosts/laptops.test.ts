/** What happens to laptops: they sleep, they are lost and come back from a backup, and networks fall apart. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agree, expectOneChain, fullMembers, memberOf } from './agreement.ts';
import { fourMembers, newFolder } from './founders.ts';
import { Lan, obstacle } from './lan.ts';
import { NodeOnHost } from './node-on-host.ts';

const reason = obstacle();
if (reason !== null) console.warn(reason);

describe.skipIf(reason !== null)('four laptops', () => {
  const folder = newFolder('laptops');
  let lan: Lan;
  let nodes: NodeOnHost[];

  beforeAll(async () => {
    lan = new Lan('laptops');
    nodes = await fourMembers(lan, folder, '10.83.0');
  });
  afterAll(() => lan.close());

  test('one sleeps until the others pass it over; it wakes, catches up and leads again', async () => {
    const [writer, sleeper] = nodes as [NodeOnHost, NodeOnHost];
    const others = nodes.filter((node) => node !== sleeper);
    const { publicKey } = await sleeper.status();
    const demotedUntil = async () => memberOf(await writer.status(), publicKey)!.demotedUntil;
    sleeper.signal('SIGSTOP');
    while ((await demotedUntil()) === null) await agree(others, 'asleep');
    const { height } = await writer.status();
    sleeper.signal('SIGCONT');
    await sleeper.until((status) => status.height >= height && status.phase === 'running');
    await expect.poll(() => leadsBlock(publicKey), { timeout: 300_000, interval: 0 }).toBe(true);
    await expectOneChain(nodes);
  });

  /** Whether a new block is led by this one. */
  async function leadsBlock(publicKey: string): Promise<boolean> {
    await agree(nodes, 'awake');
    const { height } = await nodes[0]!.status();
    return (await nodes[0]!.block(height)).proposer === publicKey;
  }

  test('one is lost with what it signed since its backup, and comes back at another address', async () => {
    const lost = nodes.pop()!;
    const { publicKey } = await lost.status();
    const secret = path.join(folder, 'passphrase');
    fs.writeFileSync(secret, 'four words to remember\n');
    const file = path.join(folder, 'backup');
    const args = [file, '--passphrase-file', secret] as const;
    expect((await lost.run('backup', ...args)).code).toBe(0);
    // It signs, and writes nothing that would tell it afterwards that it did.
    await agree([...nodes, lost], 'forgotten');
    lost.host.unplug();
    await lost.end('SIGKILL');

    const back = new NodeOnHost(lan.addHost(['10.83.0.44/24']), path.join(folder, 'new-laptop'));
    expect((await back.run('restore', ...args)).code).toBe(0);
    await back.start();
    expect((await back.status()).publicKey).toBe(publicKey);
    const { height, resumeHeight } = await back.until((status) => status.resumeHeight !== null);
    expect(resumeHeight! - height).toBeGreaterThan(1);
    for (let block = height + 1; block < resumeHeight!; block++) {
      await agree(nodes, 'meanwhile');
      const { votes } = await nodes[0]!.block(block);
      expect(votes.map(({ origin }) => origin)).not.toContain(publicKey);
    }

    // Three of four: without its signature there is no block any more.
    const [first, second, third] = nodes as [NodeOnHost, NodeOnHost, NodeOnHost];
    second.host.cutOff();
    await agree([back, first, third], 'after');
    const { votes } = await first.block((await first.status()).height);
    expect(votes.map(({ origin }) => origin)).toContain(publicKey);
    second.host.reconnect();
    nodes.push(back);
    for (const node of [first, second, third])
      await node.until((status) => memberOf(status, publicKey)?.address === '10.83.0.44:17470');
    await agree(nodes, 'four-again');
    await expectOneChain(nodes);
  });

  async function tallest(): Promise<number> {
    const all = await Promise.all(nodes.map((node) => node.status()));
    return Math.max(...all.map(({ height }) => height));
  }

  test('the network falls into halves while somebody joins; healed, it is one, and the newcomer is in', async () => {
    const newcomer = new NodeOnHost(lan.addHost(['10.83.0.5/24']), path.join(folder, 'newcomer'));
    newcomer.host.unplug();
    const joined = newcomer.join(await nodes[0]!.invite(), '--as', 'Emma');
    await newcomer.untilLine(({ stage }) => stage === 'reach');
    const apart = nodes.slice(2).map(({ host }) => host);
    for (const host of apart) host.splitOff();
    newcomer.host.plugIn();
    await newcomer.untilLine(({ stage }) => stage === 'addPeer');
    // Each half hears of something new, and neither may decide; a block of before may still be on its way to some.
    const height = await tallest();
    for (const node of [nodes[0]!, nodes[3]!]) await node.submit('half');
    expect(await tallest()).toBe(height);
    for (const host of apart) host.reconnect();
    await joined;
    nodes.push(newcomer);
    await Promise.all(nodes.map((node) => node.until((status) => fullMembers(status) === 5)));
    await agree(nodes, 'healed');
    await expectOneChain(nodes);
  });
});

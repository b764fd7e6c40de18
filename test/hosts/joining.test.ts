import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agree as agreeOf, expectOneChain, fullMembers } from './agreement.ts';
import { newFolder } from './founders.ts';
import { Lan, obstacle } from './lan.ts';
import { NodeOnHost, runOn } from './node-on-host.ts';

const reason = obstacle();
if (reason !== null) console.warn(reason);

describe.skipIf(reason !== null)('joining from another host', () => {
  const folder = newFolder('joining');
  let lan: Lan;
  let founder: NodeOnHost;
  const all: NodeOnHost[] = [];

  /** A node that is no member of anything yet, on a host of its own. */
  function newcomer(): NodeOnHost {
    const number = all.length + 1;
    const node = new NodeOnHost(lan.addHost([`10.80.0.${number}/24`]), path.join(folder, String(number)));
    all.push(node);
    return node;
  }

  /** All running nodes have a new block, and as many full members in it. */
  async function agree(name: string, members: number): Promise<void> {
    const { height } = await founder.status();
    await founder.submit(name);
    await Promise.all(
      all.map((node) => node.until((status) => status.height > height && fullMembers(status) === members)),
    );
  }

  const secret = path.join(folder, 'passphrase');
  const backup = [path.join(folder, 'backup'), '--passphrase-file', secret] as const;

  beforeAll(async () => {
    lan = new Lan('join');
    founder = newcomer();
    await founder.found('--name', 'Room', '--as', 'Anna', '--admission', 'automatic');
    fs.writeFileSync(secret, 'four words to remember\n');
    expect((await founder.run('backup', ...backup)).code).toBe(0);
  });
  afterAll(() => lan.close());

  test('by link', async () => {
    await newcomer().join(await founder.invite('--reusable'), '--as', 'Ben');
    await agree('link', 2);
  });

  test('by file', async () => {
    const file = path.join(folder, 'room.diva-invitation');
    await founder.invite('--out', file);
    await newcomer().join(file, '--as', 'Clara');
    await agree('file', 3);
  });

  test('by what is announced nearby', async () => {
    await founder.run('reach', '--announce', 'on');
    const node = newcomer();
    const { lines } = await runOn(node.host, 'discover', '--seconds', '3');
    const [network] = lines.at(-1)!['networks'] as { name: string; memberCount: number; link: string }[];
    expect(network).toMatchObject({ name: 'Room', memberCount: 3 });
    await node.join(network!.link, '--as', 'David');
    await agree('nearby', 4);
  });

  test('before the cable is plugged in', async () => {
    const node = newcomer();
    node.host.unplug();
    const joined = node.join(await founder.invite(), '--as', 'Dora');
    await node.untilLine(({ stage }) => stage === 'reach');
    node.host.plugIn();
    await joined;
    await agree('cable', 5);
  });

  test('the sponsor dies on the way, and joining goes on when it is back', async () => {
    const node = newcomer();
    const link = await founder.invite();
    const joined = node.join(link, '--as', 'Emma');
    await node.untilLine(({ stage }) => stage === 'session' || stage === 'request');
    await founder.end('SIGKILL');
    await founder.start();
    await joined;
    await agree('sponsor', 6);
  });

  test('a member that is cut off meanwhile learns of the newcomer afterwards', async () => {
    const cut = all[2]!;
    cut.host.cutOff();
    await newcomer().join(await founder.invite(), '--as', 'Felix');
    expect(fullMembers(await cut.status())).toBe(6);
    cut.host.reconnect();
    await agree('partition', 7);
  });

  test('who was asleep while others went on catches up', async () => {
    const sleeper = all[1]!;
    sleeper.signal('SIGSTOP');
    for (const name of ['one', 'two', 'three']) await founder.submit(`asleep-${name}`);
    const { height } = await founder.status();
    sleeper.signal('SIGCONT');
    await sleeper.until((status) => status.height >= height && status.phase === 'running');
    await agree('awake', 7);
  });

  test('the founder is restored elsewhere, from a backup that knows nobody, and finds the others by link', async () => {
    const others = all.slice(1);
    const link = await others[0]!.invite('--ask');
    founder.host.unplug();
    await founder.end('SIGKILL');
    const back = newcomer();
    expect((await back.run('restore', ...backup)).code).toBe(0);
    await back.join(link, '--as', 'Anna');
    await back.until((status) => status.resumeHeight !== null && fullMembers(status) === 7);
    for (const name of ['one', 'two', 'three']) await agreeOf(others, `silent-${name}`);
    await agreeOf([back, ...others], 'back');
    await expectOneChain([back, ...others]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { found, newFolder } from './founders.ts';
import type { Host } from './lan.ts';
import { Lan, obstacle } from './lan.ts';
import type { NodeOnHost } from './node-on-host.ts';
import { runOn } from './node-on-host.ts';

const reason = obstacle();
if (reason !== null) console.warn(reason);

interface Done {
  readonly event: string;
  readonly networks: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly diagnosis: { readonly code: string } | null;
}

/** The last line of `discover`. */
async function discover(host: Host, seconds: number): Promise<Done> {
  const { lines } = await runOn(host, 'discover', '--seconds', String(seconds));
  return lines.at(-1) as unknown as Done;
}

describe.skipIf(reason !== null)('nearby', () => {
  const lans: Lan[] = [];
  let hosts: Host[];
  let node: NodeOnHost;
  /** Begun first, because it takes ten seconds until nothing is called nothing. */
  let alone: Promise<Done[]>;

  beforeAll(async () => {
    const guests = new Lan('guests');
    const near = new Lan('near');
    lans.push(guests, near);
    const apart = ['10.79.0.1/24', '10.79.0.2/24', '10.79.0.3/24'].map((address) =>
      guests.addHost([address]),
    );
    for (const host of apart) host.keepApart();
    apart[2]!.unplug();
    alone = Promise.all(apart.map((host) => discover(host, 11)));
    hosts = ['10.78.0.1/24', '10.78.0.2/24'].map((address) => near.addHost([address]));
    [node] = (await found(newFolder('near'), hosts.slice(0, 1), [])) as [NodeOnHost];
    await node.start();
  });
  afterAll(async () => {
    for (const lan of lans) await lan.close();
  });

  test('a network is seen as long as its owner agrees, and there alone', async () => {
    expect((await discover(hosts[1]!, 2)).networks).toEqual([]);
    const { lines } = await node.run('reach', '--announce', 'on');
    expect(lines[0]).toMatchObject({ announce: true, addresses: ['10.78.0.1:17470'], problem: null });
    expect((await discover(hosts[1]!, 2)).networks).toMatchObject([
      { name: 'hosts', addresses: ['10.78.0.1:17470'] },
    ]);
    await node.run('reach', '--interface', 'none');
    expect((await discover(hosts[1]!, 2)).networks).toEqual([]);
    expect((await node.status()).reach).toMatchObject({
      problem: 'not-allowed',
      addresses: ['127.0.0.1:17470'],
    });
  });

  test('where guests are kept apart, and where there is no network, that is what is said', async () => {
    const found = await alone;
    expect(found.map(({ diagnosis }) => diagnosis?.code)).toEqual(['isolation', 'isolation', 'no-interface']);
  });
});

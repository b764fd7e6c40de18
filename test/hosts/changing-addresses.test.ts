import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agree } from './agreement.ts';
import { found, newFolder } from './founders.ts';
import type { Host } from './lan.ts';
import { Lan, obstacle } from './lan.ts';
import type { NodeOnHost } from './node-on-host.ts';

const reason = obstacle();
if (reason !== null) console.warn(reason);

let lan: Lan;

function addressesOf(node: NodeOnHost): Promise<(string | null)[]> {
  return node.status().then(({ members }) => members.map(({ address }) => address).sort());
}

const isComplete = ({ members }: { members: readonly { connected: boolean }[] }): boolean =>
  members.every(({ connected }) => connected);

// Nothing is final without each of the three: agreement proves that they reach each other.
describe.skipIf(reason !== null)('three hosts', () => {
  let hosts: Host[];
  let nodes: NodeOnHost[];

  beforeAll(async () => {
    lan = new Lan('three');
    hosts = ['10.77.0.1/24', '10.77.0.2/24', '10.77.0.3/24'].map((address) => lan.addHost([address]));
    nodes = await found(newFolder('three'), hosts, ['10.77.0.1']);
    await Promise.all(nodes.map((node) => node.start()));
  });
  afterAll(() => lan.close());

  test('find each other through the one that they know', async () => {
    await Promise.all(nodes.map((node) => node.until(isComplete)));
    await agree(nodes, 'first');
    expect(await addressesOf(nodes[1]!)).toEqual([null, '10.77.0.1:17470', '10.77.0.3:17470'].sort());
  });

  test('two of them get new addresses at once, and find each other again', async () => {
    hosts[1]!.setAddresses(['10.77.0.22/24']);
    hosts[2]!.setAddresses(['10.77.0.33/24']);
    await agree(nodes, 'renumbered');
    await nodes[1]!.until(({ members }) => members.some(({ address }) => address === '10.77.0.33:17470'));
    const { reach } = await nodes[2]!.status();
    expect(reach).toMatchObject({ addresses: ['10.77.0.33:17470'], problem: null });
  });

  test('one without a network says so, and is back with it', async () => {
    hosts[2]!.unplug();
    await nodes[2]!.until(({ reach }) => reach?.problem === 'no-network');
    const { height } = await nodes[0]!.status();
    await nodes[0]!.submit('waits');
    hosts[2]!.plugIn();
    await Promise.all(nodes.map((node) => node.until((status) => status.height > height)));
    expect((await nodes[2]!.status()).reach?.problem).toBeNull();
  });

  test('one that is cut off without noticing comes back by itself', async () => {
    hosts[1]!.cutOff();
    const { height } = await nodes[0]!.status();
    await nodes[0]!.submit('waits-as-well');
    hosts[1]!.reconnect();
    await Promise.all(nodes.map((node) => node.until((status) => status.height > height)));
  });
});

describe.skipIf(reason !== null)('a cable between two laptops, without any server for addresses', () => {
  const cable = reason === null ? new Lan('cable') : null;
  afterAll(() => cable?.close());

  /** Two laptops, the second of which knows where the first one is. */
  async function two(label: string, second: Host): Promise<{ nodes: NodeOnHost[]; address: string }> {
    const hosts = [cable!.addHost([]), second];
    const address = await hosts[0]!.linkLocal();
    return { nodes: await found(newFolder(label), hosts, [`[${address}]`]), address };
  }

  test('IPv6 alone is enough', async () => {
    const { nodes, address } = await two('cable', cable!.addHost([]));
    await Promise.all(nodes.map((node) => node.start()));
    await agree(nodes, 'cable');
    const { reach } = await nodes[0]!.status();
    expect(reach?.addresses).toEqual([`[${address}]:17470`]);
  });

  test('a node that starts before its address can be used is there as soon as it can', async () => {
    const second = cable!.addHost([], { isChecking: true });
    const { nodes } = await two('checking', second);
    await Promise.all(nodes.map((node) => node.start()));
    await nodes[1]!.until(({ reach }) => reach?.problem === 'cannot-listen');
    second.endCheck();
    await agree(nodes, 'checked');
  });

  test('a node that starts before the cable is plugged in is there as soon as it is', async () => {
    const second = cable!.addHost([]);
    await second.linkLocal();
    const { nodes } = await two('late', second);
    second.unplug();
    await Promise.all(nodes.map((node) => node.start()));
    await nodes[1]!.until(({ reach }) => reach?.problem === 'no-network');
    second.plugIn();
    await agree(nodes, 'plugged-in');
  });
});

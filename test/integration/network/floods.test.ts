/**
 * Hostile datagrams on real sockets, to one of four real nodes: entries go on being committed, memory is bounded, and
 * nobody gets back more than was spent. How much slower it gets is measured by `npm run bench -- --floods`.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { memberKeyOf } from '../../floods/sessions.ts';
import { startFlood } from '../../floods/start-flood.ts';
import { MEMBER_FLOODS, OUTSIDER_FLOODS } from '../../floods/kinds.ts';
import {
  accept,
  expectOneChain,
  getJson,
  settled,
  startNetwork,
  type Accepted,
  type Api,
} from '../networks/harness.ts';

const RATE_PER_SECOND = 20_000;
/** Datagrams of one flood. */
const COUNT = 40_000;
const MIB = 1024 * 1024;
/** Pools of V8, of the socket and of the tables of strangers, and a margin for the collector's moods. */
const MOST_GROWTH_BYTES = 96 * MIB;

interface Watched {
  readonly rejections: Readonly<Record<string, number>>;
  readonly process: { readonly residentBytes: number };
}

/** Commits entries for as long as the flood lasts, on the node that it hits and on another one. */
async function commitDuring(
  nodes: readonly Api[],
  over: Promise<unknown>,
  name: string,
): Promise<Accepted[]> {
  let isOver = false;
  const end = over.finally(() => (isOver = true));
  const accepted: Accepted[] = [];
  do {
    const node = nodes[accepted.length % 2]!;
    accepted.push(await accept(node, `${name}-${accepted.length}`));
    await settled(nodes);
  } while (!isOver);
  await end;
  return accepted;
}

test('floods of outsiders', async () => {
  const network = await startNetwork(4);
  const nodes = network.nodes();
  const [target] = nodes;
  const watched = async () => (await getJson(target!, '/node/status')) as Watched;
  const accepted: Accepted[] = [];
  for (const [number, { kind, addresses, counted }] of OUTSIDER_FLOODS.entries()) {
    const name = `${number}-${kind}`;
    const before = await watched();
    const flood = await startFlood({
      kind,
      port: target!.ports.udp,
      publicKey: target!.publicKey,
      chainId: network.id,
      addresses,
      perSecond: RATE_PER_SECOND,
      count: COUNT,
    });
    accepted.push(...(await commitDuring(nodes, flood.done, name)));
    const result = await flood.done;
    const after = await watched();
    expect(result.receivedBytes, `${name}: amplification`).toBeLessThanOrEqual(result.sentBytes);
    const grown = after.process.residentBytes - before.process.residentBytes;
    expect(grown, `${name}: memory`).toBeLessThan(MOST_GROWTH_BYTES);
    const news = Object.keys(after.rejections).filter(
      (reason) => after.rejections[reason]! > (before.rejections[reason] ?? 0),
    );
    expect(news.join(' '), `${name}: counted`).toMatch(counted);
  }
  await expectOneChain(nodes, accepted);
});

test.each(MEMBER_FLOODS)('a flood of %s, which makes no sense', async (kind) => {
  const network = await startNetwork(4);
  const [target, , , faulty] = network.nodes();
  await network.stopNode(faulty!.publicKey);
  const keyFile = path.join(faulty!.dataDir, 'identity', 'key.json');
  const honest = network.nodes().slice(0, 3);
  const before = (await getJson(target!, '/node/status')) as Watched;
  const flood = await startFlood({
    kind,
    port: target!.ports.udp,
    publicKey: target!.publicKey,
    chainId: network.id,
    memberKey: memberKeyOf(fs.readFileSync(keyFile, 'utf8')),
    addresses: 1,
    perSecond: RATE_PER_SECOND,
    count: COUNT,
  });
  const accepted = await commitDuring(honest, flood.done, kind);
  const after = (await getJson(target!, '/node/status')) as Watched;
  expect(after.process.residentBytes - before.process.residentBytes).toBeLessThan(MOST_GROWTH_BYTES);
  await flood.done;
  await expectOneChain(honest, accepted);
});

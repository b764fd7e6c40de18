import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeRunning } from '../../../src-main/networks/running-file.ts';
import { networkFiles } from '../../../src-main/networks/folders.ts';
import { NodeClient, readAnswer } from '../../../src-main/headless/cli-client.ts';
import { makeBlock } from '../api/node-double.ts';
import { openServed } from '../api/harness.ts';

let served: Awaited<ReturnType<typeof openServed>>;
let client: NodeClient;
/** Every height that the node was found at. */
const asked: number[] = [];

beforeEach(async () => {
  served = await openServed(3);
  const { folder: dataDir, node, ports } = served;
  const networkId = node.chainId;
  const files = networkFiles(dataDir, networkId);
  fs.mkdirSync(path.dirname(files.running), { recursive: true });
  writeRunning(files.running, { pid: process.pid, publicKey: node.publicKey, name: 'Ada', ports });
  client = NodeClient.find({ dataDir, networkId, files })!;
  asked.length = 0;
});
afterEach(() => served.close().catch(() => undefined));

/** Resolves with that height once the node has it; `onAsked` comes after every question. */
async function until(wanted: number, onAsked: (times: number) => unknown, limitMs = 60_000) {
  return client.afterBlocks(async () => {
    const { height } = readAnswer(await client.get('/about')) as { height: number };
    const times = asked.push(height);
    onAsked(times);
    return height >= wanted ? height : undefined;
  }, limitMs);
}

it('the node is asked once, once more when its feed is open, and then after each of its blocks', async () => {
  const onAsked = (times: number): void => {
    if (times === 2) served.node.commit(makeBlock(4));
    if (times === 3) served.node.commit(makeBlock(5));
  };
  expect(await until(5, onAsked)).toBe(5);
  expect(asked).toEqual([3, 3, 4, 5]);
});

it('what is so already needs no feed, and a block between the question and the feed is not missed', async () => {
  expect(await until(3, () => undefined, 0)).toBe(3);
  asked.length = 0;
  expect(await until(4, (times) => times === 1 && served.node.commit(makeBlock(4)))).toBe(4);
});

it('there is no answer when the time is over', async () => {
  expect(await until(4, () => undefined, 1)).toBeUndefined();
});

it('it is a failure when the node ends', async () => {
  const ends = until(4, (times) => times === 2 && void served.close());
  await expect(ends).rejects.toMatchObject({ exitCode: 3, code: 'no-answer' });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { LocalNode } from '../../../src-main/networks/types.ts';
import { Feeds } from '../../bench/feeds.ts';

/** A node that accepts everything; what its feed does then is the test's. */
async function nodeWithFeed(name: string) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-test-'));
  const tokenFile = path.join(folder, 'api.token');
  fs.writeFileSync(tokenFile, 'token');
  const api = http.createServer(
    (request, response) => void request.resume().on('end', () => response.end('{}')),
  );
  api.listen(0, '127.0.0.1');
  const feed = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await Promise.all([once(api, 'listening'), once(feed, 'listening')]);
  onTestFinished(() => {
    api.closeAllConnections();
    api.close();
    for (const client of feed.clients) client.terminate();
    feed.close();
    fs.rmSync(folder, { recursive: true });
  });
  const ports = { api: (api.address() as AddressInfo).port, feed: (feed.address() as AddressInfo).port };
  const node = { name, tokenFile, ports } as LocalNode;
  const show = (ident: string): void => {
    for (const client of feed.clients) client.send(JSON.stringify({ tx: [{ ident }] }));
  };
  /** Resolves with the ident of the next entry that it accepts. */
  const accepted = async (): Promise<string> => {
    const [request] = (await once(api, 'request')) as [http.IncomingMessage];
    return request.url!.split('/').at(-1)!;
  };
  return { node, feed, show, accepted };
}

it('knows when the feed of every node has shown an entry', async () => {
  const [ada, ben] = [await nodeWithFeed('Ada'), await nodeWithFeed('Ben')];
  const feeds = await Feeds.open([ada.node, ben.node]);
  const accepted = ada.accepted();
  const latency = feeds.latencyOf(ada.node);
  const ident = await accepted;
  // Twice in one feed is not once in both.
  ada.show(ident);
  ada.show(ident);
  ben.show(ident);
  expect(await latency).toBeGreaterThan(0);
  feeds.close();
});

it('names the feeds that did not show it when one of them ends', async () => {
  const [ada, ben] = [await nodeWithFeed('Ada'), await nodeWithFeed('Ben')];
  const feeds = await Feeds.open([ada.node, ben.node]);
  const accepted = ada.accepted();
  const latency = feeds.latencyOf(ada.node);
  ada.show(await accepted);
  for (const client of ben.feed.clients) client.close();
  await expect(latency).rejects.toThrow('not in the feed of');
  await expect(latency).rejects.toMatchObject({ cause: { message: 'Ben has ended its feed' } });
  feeds.close();
});

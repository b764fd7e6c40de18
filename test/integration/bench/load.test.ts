import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LocalNode } from '../../../src-main/networks/types.ts';
import { load } from '../../bench/load.ts';

/** Something that answers as a node's API might. */
async function nodeThat(answer: http.RequestListener): Promise<LocalNode> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-test-'));
  const tokenFile = path.join(folder, 'api.token');
  fs.writeFileSync(tokenFile, 'token');
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });
  const { port: api } = server.address() as AddressInfo;
  return { name: 'Ada', tokenFile, ports: { api } } as LocalNode;
}

function answer(response: http.ServerResponse, statusCode: number): void {
  response.statusCode = statusCode;
  response.end('{}');
}

const SHORT = { seconds: 0.02, commandsEach: 1 };

it('ends when its time is over, although every request was deferred until then', async () => {
  const node = await nodeThat((_request, response) => answer(response, 429));
  for (let round = 0; round < 10; round++) {
    const { accepted, deferred } = await load([node], SHORT);
    expect(accepted).toBe(0);
    expect(deferred).toBeGreaterThan(0);
  }
});

it('counts every answer by its kind', async () => {
  let count = 0;
  const node = await nodeThat((_request, response) => answer(response, [200, 429, 500][count++ % 3]!));
  const { accepted, deferred, otherwise } = await load([node], SHORT);
  expect(accepted + deferred + otherwise).toBe(count);
  expect(otherwise).toBe(Math.floor(count / 3));
});

it('gives up on a node that does not answer, and says how much it waited for', async () => {
  const node = await nodeThat(() => undefined);
  const loading = load([node], { ...SHORT, stillMs: 50 });
  await expect(loading).rejects.toThrow('stalled: waited 0.05 s for answers of Ada to 64 requests');
});

it('gives up on a node that ends the connection', async () => {
  const node = await nodeThat((request) => request.socket.destroy());
  await expect(load([node], SHORT)).rejects.toThrow(/answers of Ada to 64 requests/);
});

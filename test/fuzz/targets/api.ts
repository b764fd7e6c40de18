/** Requests to the API of a node: the first line is `METHOD PATH`, the rest the body; sent with the token. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { serveNode } from '../../../src-main/api/server.ts';
import { NodeDouble, SELF, sealHash, servedBy } from '../../unit/api/node-double.ts';
import { asBytes, assert, asText, type Target } from '../target.ts';

const DATA = JSON.stringify([{ seq: 1, command: 'data', ns: 'test:value', d: 'x' }]);
const PATHS = [
  '/about',
  '/network',
  '/network/online',
  '/node/status',
  '/stack',
  '/stack/stake',
  '/blocks',
  '/blocks/1/3',
  '/blocks/page/1/2',
  '/blocks/search/test',
  '/block/2',
  '/block/genesis',
  '/state/test:value',
  '/state/search/peer:',
  '/sync/2',
  '/testnet/token',
  '/node/verify-chain',
];

interface Served {
  readonly apiPort: number;
  readonly token: string;
}

let served: Promise<Served> | undefined;

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Once per process; it ends with it. */
async function serve(): Promise<Served> {
  const tokenFile = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'diva-fuzz-')), 'api.token');
  const ports = { udp: 1, api: await freePort(), feed: await freePort() };
  await serveNode(servedBy(new NodeDouble(5), ports, tokenFile));
  return { apiPort: ports.api, token: fs.readFileSync(tokenFile, 'utf8') };
}

/** Null if Node's own client refuses to send that. */
function ask(
  method: string,
  url: string,
  body: string,
  to: Served,
): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve, reject) => {
    const headers = { 'diva-token-api': to.token, 'content-type': 'application/json' };
    let request: http.ClientRequest;
    try {
      request = http.request({ host: '127.0.0.1', port: to.apiPort, path: url, method, headers });
    } catch {
      resolve(null);
      return;
    }
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close while we still write: after an answer (too long a body), or to what is no HTTP.
      if (['EPIPE', 'ECONNRESET', 'HPE_INVALID_CONSTANT'].includes(error.code ?? '')) resolve(null);
      else reject(error);
    });
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}

export const apiTarget: Target = {
  name: 'api',
  maxBytes: 8 * 1024,
  testRuns: 250,
  words: [
    'PUT ',
    'GET ',
    '/transaction/',
    '/state/',
    '%00',
    '%2e%2e/',
    '?waitMs=1',
    '"seq":1',
    '"__proto__":{}',
    '[]',
  ],
  seeds: () =>
    [
      ...PATHS.map((url) => `GET ${url}\n`),
      `PUT /transaction\n${DATA}`,
      `PUT /transaction/my-ident\n${DATA}`,
      `GET /transaction/${SELF}/one\n`,
      `GET /node/proof/${sealHash}\n`,
      `GET /node/proof/${sealHash}/${SELF}?waitMs=1\n`,
      'PUT /node/sign-again\n{"decision":"clone"}',
      'PUT /leave\n',
    ].map(asBytes),
  run: async (input) => {
    const [line = '', ...rest] = asText(input).split('\n');
    const [method = '', url = ''] = line.split(' ');
    // Tunnels and upgrades have no answer to read; the server has none of them.
    if (!/^[A-Z]{1,10}$/.test(method) || method === 'CONNECT') return;
    served ??= serve();
    const answer = await ask(method, url.startsWith('/') ? url : `/${url}`, rest.join('\n'), await served);
    if (answer === null) return;
    assert(
      answer.status >= 200 && answer.status < 500,
      `a person's mistake is not the server's: ${answer.text}`,
    );
  },
};

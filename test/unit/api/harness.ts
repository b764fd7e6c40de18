/** A served double of a node, and requests to it. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { serveNode } from '../../../src-main/api/server.ts';
import type { MembershipDesk } from '../../../src-main/networks/shared/desk-types.ts';
import type { NodePorts } from '../../../src-main/networks/types.ts';
import { NodeDouble, servedBy } from './node-double.ts';

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function freePorts(): Promise<NodePorts> {
  return { udp: 1, api: await freePort(), feed: await freePort() };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
}

interface AskOptions {
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

export const DATA = [{ seq: 1, command: 'data', ns: 'test:value', d: 'x' }];

export async function openServed(tipHeight: number, desk: MembershipDesk | null = null) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-api-'));
  const tokenFile = path.join(folder, 'api.token');
  const node = new NodeDouble(tipHeight);
  const ports = await freePorts();
  const server = await serveNode(servedBy(node, ports, tokenFile, desk));

  const ask = (method: string, url: string, options: AskOptions = {}) => {
    return new Promise<Answer>((resolve, reject) => {
      const target = { host: '127.0.0.1', port: ports.api, path: url, method };
      const request = http.request({ ...target, ...options }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text, json: () => JSON.parse(text) as unknown });
        });
      });
      request.on('error', reject).end(options.body);
    });
  };
  const get = async (url: string): Promise<unknown> => {
    const answer = await ask('GET', url);
    expect(answer.status, url).toBe(200);
    return answer.json();
  };
  const put = (url: string, body: unknown, token = fs.readFileSync(tokenFile, 'utf8')) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return ask('PUT', url, {
      body: text,
      headers: { 'diva-token-api': token, 'content-type': 'application/json' },
    });
  };
  const close = async (): Promise<void> => {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  };
  return { folder, tokenFile, node, ports, ask, get, put, close };
}

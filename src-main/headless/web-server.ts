/** The browser host: the same window and the same contract, served on loopback to a browser of this machine. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import type { App } from '../app/app.ts';
import type { ContractError } from '../app/contract/errors.ts';
import { PUSH_NAMES, REQUEST_NAMES } from '../app/contract/names.ts';
import { windowHeaders, type WindowAsset, type WindowAssets } from '../app/window-assets.ts';
import { WebAccess } from './web-access.ts';
import { webBridgeScript } from './web-bridge.ts';

const LOOPBACK = '127.0.0.1';
const MAX_REQUEST_BYTES = 64 * 1024;
/** A proof of 4 Mi characters, with room for JSON's escapes. */
const MAX_PROOF_REQUEST_BYTES = 10 * 1024 * 1024;
const MAX_WINDOW_MESSAGE_BYTES = 1024;
/** A window that reads so slowly is cut off; it connects again and gets the newest state. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_SOCKETS = 32;
const JSON_TYPE = 'application/json; charset=utf-8';

const SessionRequest = Compile(Type.Object({ token: Type.String({ maxLength: 64 }) }));
const WindowMessage = Compile(
  Type.Union([
    Type.Object({ subscribe: Type.Enum([...PUSH_NAMES]) }, { additionalProperties: false }),
    Type.Object({ unsubscribe: Type.Enum([...PUSH_NAMES]) }, { additionalProperties: false }),
    Type.Object({ visible: Type.Boolean() }, { additionalProperties: false }),
  ]),
);

export interface WebServerOptions {
  /** 0: any free one. */
  readonly port: number;
}

export interface WebServerDependencies {
  readonly app: App;
  readonly assets: WindowAssets;
  readonly nowMs: () => number;
  /** The former one-time address was used: this one opens another window. */
  readonly onAddress: (address: string) => void;
}

export interface WebServer {
  /** Opens the window once. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startWebServer(
  options: WebServerOptions,
  dependencies: WebServerDependencies,
): Promise<WebServer> {
  const server = fastify({ bodyLimit: MAX_REQUEST_BYTES, logger: false });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_WINDOW_MESSAGE_BYTES });
  // The port, and with it the only acceptable Host, is known once the server listens; nothing is answered before.
  let access: WebAccess | null = null;
  const current = (): WebAccess => {
    if (access === null) throw new Error('not listening yet');
    return access;
  };
  server.addHook('onRequest', async (request, reply) => {
    if (!current().isSameSite(request.headers)) return refuse(reply, 403, 'unauthorized');
  });
  addPages(server, dependencies.assets, () => current());
  addRequests(server, dependencies, () => current());
  server.setNotFoundHandler((_request, reply) => refuse(reply, 404, 'not-found'));
  server.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500, (error.statusCode ?? 500) < 500 ? 'invalid-request' : 'internal'),
  );
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const isAllowed = request.url === '/push' && current().isOwnPage(request.headers);
    if (!isAllowed || current().session(request.headers) === null || sockets.clients.size >= MAX_SOCKETS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => servePushes(client, dependencies.app));
  });
  await server.listen({ host: LOOPBACK, port: options.port });
  const { port } = server.server.address() as AddressInfo;
  const opened = new WebAccess(`${LOOPBACK}:${port}`, dependencies.nowMs);
  access = opened;
  return {
    get address() {
      return opened.address;
    },
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      server.server.closeAllConnections();
      await server.close();
    },
  };
}

function addPages(server: FastifyInstance, assets: WindowAssets, access: () => WebAccess): void {
  const bridge = Buffer.from(webBridgeScript());
  const serve = (
    request: FastifyRequest,
    reply: FastifyReply,
    { bytes, contentType }: WindowAsset,
  ): FastifyReply => {
    // Older browsers do not count WebSockets as 'self'.
    const headers = windowHeaders(contentType, [`ws://${request.headers.host}`]);
    return reply.headers(headers).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  };
  for (const [path, asset] of assets) {
    const page = path === '/' || path === '/index.html' ? withBridge(asset) : asset;
    server.get(path, (request, reply) => serve(request, reply, page));
  }
  server.get('/bridge.js', (request, reply) =>
    serve(request, reply, { bytes: new Uint8Array(bridge), contentType: 'text/javascript; charset=utf-8' }),
  );
  server.post('/session', (request, reply) => {
    const { body } = request;
    if (!access().isOwnPage(request.headers)) return refuse(reply, 403, 'unauthorized');
    const cookie = SessionRequest.Check(body) ? access().open((body as { token: string }).token) : null;
    if (cookie === null) return refuse(reply, 401, 'unauthorized');
    return reply.header('set-cookie', cookie).code(204).send();
  });
}

/** The bridge has to be there before the window's own script runs. */
function withBridge(page: WindowAsset): WindowAsset {
  const html = Buffer.from(page.bytes).toString('utf8');
  const withScript = html.replace('<head>', '<head>\n    <script src="./bridge.js"></script>');
  if (withScript === html) throw new Error('The page of the window has no <head>');
  return { ...page, bytes: new Uint8Array(Buffer.from(withScript)) };
}

function addRequests(
  server: FastifyInstance,
  dependencies: WebServerDependencies,
  access: () => WebAccess,
): void {
  server.addHook('onResponse', async (request, reply) => {
    if (request.url === '/session' && reply.statusCode === 204) dependencies.onAddress(access().address);
  });
  for (const name of REQUEST_NAMES) {
    const bodyLimit = name === 'verifyProof' ? MAX_PROOF_REQUEST_BYTES : MAX_REQUEST_BYTES;
    server.post(`/rpc/${name}`, { bodyLimit }, async (request, reply) => {
      const session = access().session(request.headers);
      if (session === null || !access().isOwnPage(request.headers)) return refuse(reply, 401, 'unauthorized');
      if (!access().mayRequest(session)) return refuse(reply, 429, 'too-many-requests');
      const outcome = await dependencies.app.dispatch(name, request.body);
      return reply.type(JSON_TYPE).send(JSON.stringify(outcome));
    });
  }
}

/** Refusals are envelopes too, so that the window has a sentence for them. */
function refuse(reply: FastifyReply, status: number, code: ContractError['code']): FastifyReply {
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(JSON.stringify({ ok: false, error: { code, params: {} } }));
}

function servePushes(client: WebSocket, app: App): void {
  const attachment = app.attach((name, value) => {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.terminate();
    else if (client.readyState === client.OPEN) client.send(JSON.stringify({ name, value }));
  });
  client.on('message', (data, isBinary) => {
    const message = isBinary ? undefined : parse(String(data));
    if (!WindowMessage.Check(message)) return client.close(1008);
    const known = message as {
      subscribe?: (typeof PUSH_NAMES)[number];
      unsubscribe?: (typeof PUSH_NAMES)[number];
      visible?: boolean;
    };
    if (known.subscribe !== undefined) attachment.subscribe(known.subscribe);
    if (known.unsubscribe !== undefined) attachment.unsubscribe(known.unsubscribe);
    if (known.visible !== undefined) attachment.setVisible(known.visible);
  });
  client.on('error', () => client.terminate());
  client.on('close', () => attachment.detach());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

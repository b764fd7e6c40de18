/** The block feed: a WebSocket that sends each committed block as one JSON message, in order, none left out. */
import { once } from 'node:events';
import http from 'node:http';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { NodeFacade } from '../node/facade.ts';
import { committedBlockJson } from './block-json.ts';
import { isForeign, LOOPBACK } from './guard.ts';

const MOST_CLIENTS = 64;
/**
 * A client that reads slower than the chain grows is let go: it notices, and may ask for the blocks that it
 * missed.
 */
const MOST_BUFFERED_BYTES = 64 * 1024 * 1024;
/** Clients have nothing to say. */
const MOST_RECEIVED_BYTES = 1024;
const GOING_AWAY = 1001;

export interface BlockFeed {
  close(): Promise<void>;
}

/** Listens on loopback. Rejects with the error of node:net (`EADDRINUSE`, `EACCES`). */
export async function openFeed(port: number, node: NodeFacade): Promise<BlockFeed> {
  const server = http.createServer((_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_RECEIVED_BYTES,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, socket, head) => {
    if (isForeign(request.headers)) return refuse(socket, '403 Forbidden');
    if (sockets.clients.size >= MOST_CLIENTS) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
    });
  });
  server.listen({ port, host: LOOPBACK, exclusive: true });
  await once(server, 'listening');
  const unsubscribe = node.subscribe((event) => {
    if (event.type !== 'committed' || sockets.clients.size === 0) return;
    const message = JSON.stringify(committedBlockJson(event.executed));
    for (const client of sockets.clients) sendTo(client, message);
  });
  return {
    close: async () => {
      unsubscribe();
      for (const client of sockets.clients) client.close(GOING_AWAY, 'the node stops');
      const closed = once(server, 'close');
      server.close();
      for (const client of sockets.clients) client.terminate();
      await closed;
    },
  };
}

function refuse(socket: NodeJS.WritableStream, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function sendTo(client: WebSocket, message: string): void {
  if (client.bufferedAmount > MOST_BUFFERED_BYTES) client.terminate();
  else if (client.readyState === client.OPEN) client.send(message);
}

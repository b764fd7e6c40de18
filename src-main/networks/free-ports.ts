/** Finds ports of the loopback address that nobody has. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { NetworkError } from './errors.ts';
import { LOOPBACK_HOST } from './node-config.ts';
import type { LocalNetworkEvent, NodePorts } from './types.ts';

/** DIVA's ports: REST 17468, feed 17469, UDP 17470; the nodes of a local network follow each other from there. */
export const FIRST_PORT = 17468;
const LAST_PORT = 65535;

export type TakenPort = Omit<Extract<LocalNetworkEvent, { type: 'portTaken' }>, 'type' | 'name'>;

export async function isFree(purpose: keyof NodePorts, port: number): Promise<boolean> {
  return purpose === 'udp' ? isUdpFree(port) : isTcpFree(port);
}

/** The first free port from `from` on that is not among `reserved`. */
export async function nextFreePort(
  purpose: keyof NodePorts,
  from: number,
  reserved: ReadonlySet<number>,
): Promise<number> {
  for (let port = from; port <= LAST_PORT; port++) {
    if (!reserved.has(port) && (await isFree(purpose, port))) return port;
  }
  throw new NetworkError('port-in-use', `no port from ${from} on is free`, { port: from });
}

/** Three ports in a row from `from` on where possible; taken ones are skipped and named. */
export async function pickPorts(
  from: number,
  reserved: Set<number>,
): Promise<{ readonly ports: NodePorts; readonly taken: readonly TakenPort[] }> {
  const picked: Record<keyof NodePorts, number> = { api: 0, feed: 0, udp: 0 };
  const taken: TakenPort[] = [];
  let wanted = from;
  for (const purpose of ['api', 'feed', 'udp'] as const) {
    while (reserved.has(wanted)) wanted++;
    const used = await nextFreePort(purpose, wanted, reserved);
    if (used !== wanted) taken.push({ purpose, wanted, used });
    picked[purpose] = used;
    reserved.add(used);
    wanted = used + 1;
  }
  return { ports: picked, taken };
}

async function isTcpFree(port: number): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen({ port, host: LOOPBACK_HOST, exclusive: true });
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = dgram.createSocket('udp4');
  try {
    socket.bind({ port, address: LOOPBACK_HOST, exclusive: true });
    await once(socket, 'listening');
  } catch {
    socket.close();
    return false;
  }
  socket.close();
  await once(socket, 'close');
  return true;
}

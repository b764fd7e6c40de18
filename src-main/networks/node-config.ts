/**
 * What a node of a local network knows besides its key and its chain: names and ports. A file in its network
 * folder.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { PeerText } from '../core/types.ts';
import type { KnownAddress } from './served-node.ts';
import { jsonFile } from './json-file.ts';

const exact = { additionalProperties: false };
export const Port = Type.Integer({ minimum: 1, maximum: 65535 });
export const Ports = Type.Object({ udp: Port, api: Port, feed: Port }, exact);
export const Key = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
export const Name = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });
export const Faults = Type.Object(
  {
    lossPermille: Type.Integer({ minimum: 0, maximum: 1000 }),
    delayMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  },
  exact,
);

const NodeConfig = Type.Object(
  {
    version: Type.Literal(1),
    name: Name,
    ports: Ports,
    /** The other nodes of this machine. */
    peers: Type.Array(Type.Object({ publicKey: Key, name: Name, ports: Ports }, exact), { maxItems: 16 }),
    /** Loss and delay of every datagram that it sends. */
    faults: Faults,
    /** It is not a member yet, and asks to become one. */
    joins: Type.Boolean(),
  },
  exact,
);
export type NodeConfig = Static<typeof NodeConfig>;

export const nodeConfigFile = jsonFile(NodeConfig);

/** Everything of a local network is on the loopback address. */
export const LOOPBACK_HOST = '127.0.0.1';

/** Where the other nodes of this machine are, for sessions and for the API to show; empty for all others. */
export function addressBook(peers: NodeConfig['peers']): (publicKey: PeerText) => KnownAddress {
  const ports = new Map(peers.map((peer) => [peer.publicKey, peer.ports]));
  return (publicKey) => {
    const known = ports.get(publicKey);
    if (known === undefined) return { http: '', udp: '' };
    return { http: `${LOOPBACK_HOST}:${known.api}`, udp: `${LOOPBACK_HOST}:${known.udp}` };
  };
}

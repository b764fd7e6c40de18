/**
 * What a node of a local network knows besides its key and its chain: names and ports. A file in its network
 * folder.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { PeerText } from '../core/types.ts';
import type { KnownAddress } from './served-node.ts';
import { jsonFile } from './json-file.ts';
import type { KnownPeer, NodePorts } from './types.ts';

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

/** The other nodes of this machine. */
export const Peers = Type.Array(Type.Object({ publicKey: Key, name: Name, ports: Ports }, exact), {
  maxItems: 16,
});

const NodeConfig = Type.Object(
  {
    version: Type.Literal(1),
    name: Name,
    ports: Ports,
    peers: Peers,
    /** Loss and delay of every datagram that it sends. */
    faults: Faults,
    /** It is not a member yet, and asks to become one. */
    joins: Type.Boolean(),
  },
  exact,
);
export type NodeConfig = Static<typeof NodeConfig>;

export const nodeConfigFile = jsonFile(NodeConfig);

/** Every node listens here; one of a shared network also where its owner agreed to it (reach.ts). */
export const LOOPBACK_HOST = '127.0.0.1';

/** Where the other nodes of this machine are, for sessions and for the API to show; empty for all others. */
export class AddressBook {
  #ports = new Map<PeerText, NodePorts>();

  constructor(peers: readonly KnownPeer[]) {
    this.set(peers);
  }

  set(peers: readonly KnownPeer[]): void {
    this.#ports = new Map(peers.map((peer) => [peer.publicKey, peer.ports]));
  }

  addressOf(publicKey: PeerText): KnownAddress {
    const known = this.#ports.get(publicKey);
    return known === undefined ? { http: '', udp: '' } : addressAt(known);
  }

  /** For the transport: best first. */
  hintsOf(publicKey: PeerText): readonly string[] {
    const { udp } = this.addressOf(publicKey);
    return udp === '' ? [] : [udp];
  }
}

export function addressAt({ api, udp }: NodePorts): KnownAddress {
  return { http: `${LOOPBACK_HOST}:${api}`, udp: `${LOOPBACK_HOST}:${udp}` };
}

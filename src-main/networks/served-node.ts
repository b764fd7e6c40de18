/**
 * The port through which a running node gets its API and feed; api/ implements it, the entries put both
 * together.
 */
import type { Crypto } from '../core/crypto.ts';
import type { PeerText } from '../core/types.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { Clock, Logger } from '../node/ports.ts';
import type { MembershipDesk } from './shared/desk-types.ts';
import type { NodeReach } from './reach-types.ts';
import type { NodePorts } from './types.ts';

/**
 * Where a member's API and datagrams are, as far as this machine knows; empty when unknown. Shown, never used.
 */
export interface KnownAddress {
  readonly http: string;
  readonly udp: string;
}

/** What is served of a node. */
export interface ServedNode {
  readonly node: NodeFacade;
  /** Of a network over several machines; null for a local one. */
  readonly desk: MembershipDesk | null;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly networkName: string;
  /** The friendly name of the node. */
  readonly name: string;
  readonly ports: NodePorts;
  readonly tokenFile: string;
  /** Hands the token to whoever asks (`GET /testnet/token`): off unless the network's owner switched it on. */
  readonly openToken: boolean;
  /** How other machines reach it; null in a network of this machine alone. */
  readonly reach: NodeReach | null;
  addressOf(publicKey: PeerText): KnownAddress;
  /** Copies the database beside itself while the node goes on; resolves with the copy's path. */
  copyDatabase(): Promise<string>;
}

export interface NodeServer {
  close(): Promise<void>;
}

/**
 * Binds `ports.api` and `ports.feed` on loopback. Rejects with NetworkError `port-in-use` or `permission-
 * denied`.
 */
export type ServeNode = (served: ServedNode) => Promise<NodeServer>;

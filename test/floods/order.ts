/** What is said to a flood, and what it says. */
import type { Socket } from 'node:dgram';

export type FloodKind =
  | 'random'
  | 'replayed'
  | 'truncated'
  | 'oversized'
  | 'handshakes'
  | 'proved-handshakes'
  | 'slow-fragments'
  | 'member-status'
  | 'member-pull';

export interface FloodOrder {
  readonly kind: FloodKind;
  /** UDP port of the node on 127.0.0.1. */
  readonly port: number;
  /** The node's public key and its network: who does not know both gets no answer at all. Base64url. */
  readonly publicKey: string;
  readonly chainId: string;
  /** Of a member, where the flood comes from one: seed and public key, 64 bytes. Base64url. */
  readonly memberKey?: string;
  /** From how many addresses of 127.0.0.0/8. */
  readonly addresses: number;
  readonly perSecond: number;
  /** Datagrams in all; then it ends by itself. */
  readonly count: number;
}

export interface FloodResult {
  readonly sent: number;
  readonly sentBytes: number;
  /** What came back to the addresses of the flood. */
  readonly receivedBytes: number;
  readonly seconds: number;
}

export interface Source {
  /** Sends datagram number `index`, from that socket if it has none of its own. Returns its size. */
  send(socket: Socket, index: number): number;
  close(): Promise<void>;
}

/**
 * The ports of a node: what the driver needs from the outside world. Adapters in storage/, network/ and identity/
 * implement them; the simulator implements them a second time over a virtual clock, network and disk.
 */
import type { DurableEffect, StoredMemory } from '../core/effects.ts';
import type { Hash, Height, LogLevel, Member, PeerText, PublicKey } from '../core/types.ts';
import type { ExecutedTransaction } from '../ledger/types.ts';

/** Monotonic time only: no wall clock enters the node (PROTOCOL section 2). */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes backwards. */
  nowMs(): number;
  /** Calls back once after `delayMs`; returns the cancellation. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Runs a callback once everything that has already arrived was handed over (setImmediate); the driver's turns. */
export type Defer = (callback: () => void) => void;

/** Source of randomness, injected so that a simulation is one seed. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Budgets differ by class: members with stake, observers with stake 0, strangers (joiners, unknown keys). */
export type PeerClass = 'member' | 'observer' | 'stranger';

/** A peer the transport should keep a session with. */
export interface TransportPeer {
  readonly publicKey: PeerText;
  readonly peerClass: PeerClass;
  /** Where the peer may be reached, best first; UDP: `host:port`, `[v6]:port`. Empty: it will come to us. */
  readonly addressHints: readonly string[];
}

/** What the transport knows about one peer at this moment. */
export interface PeerLink {
  readonly publicKey: PeerText;
  readonly peerClass: PeerClass;
  readonly connected: boolean;
  /** The address that the newest authentic datagram came from, or the first hint. */
  readonly address: string | null;
  /** Smoothed round trip time; null until measured. */
  readonly roundTripMs: number | null;
  /** Clock.nowMs() of the newest authentic datagram; null when there was none. */
  readonly lastHeardAtMs: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
}

/** Counters of refused input, by reason; never reset while the transport lives. */
export type RejectionCounters = Readonly<Record<string, number>>;

export interface TransportHandlers {
  /** One whole, authenticated message of a peer (fragments already joined). Must not throw. */
  onMessage(from: PeerText, payload: Uint8Array): void;
  onConnected(peer: PeerText): void;
  onDisconnected(peer: PeerText): void;
}

/** Faults for local test networks: they apply to every datagram that this node sends. */
export interface TransportFaults {
  /** 0..1000: how many of 1000 outgoing datagrams are dropped. */
  readonly lossPermille: number;
  readonly delayMs: number;
  /** Addresses to which nothing is sent at all: this node's half of a network that is split. */
  readonly cutOff?: readonly string[];
}

/**
 * Encrypted, authenticated, unreliable messages between members (PROTOCOL section 7). Messages may be lost,
 * duplicated and reordered; they are never altered. The first implementation is UDP, I2P will be the second.
 */
export interface Transport {
  /** Binds and starts. Rejects with a TransportError (`address-in-use`, `permission-denied`, `bind-failed`). */
  open(handlers: TransportHandlers): Promise<void>;
  /** The bound address, `host:port`. */
  readonly localAddress: string;
  /** Adds or updates a peer; starts a handshake when there is an address. Unknown keys that handshake with us
   * appear as class `stranger` with the budgets of strangers. */
  setPeer(peer: TransportPeer): void;
  removePeer(publicKey: PeerText): void;
  /**
   * Queues one message (1 byte to MAX_MESSAGE_BYTES) for a peer until flush(). Without a session it is dropped (and
   * counted), as on a lossy link. Small messages to one peer share a datagram; large ones are fragmented.
   */
  send(to: PeerText, payload: Uint8Array): void;
  /** Sends everything that is queued. The driver calls it once per turn, after the durable write. */
  flush(): void;
  links(): readonly PeerLink[];
  rejections(): RejectionCounters;
  setFaults(faults: TransportFaults): void;
  close(): Promise<void>;
}

/** Structured log lines; implemented with pino. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Everything one turn of the driver has to make durable, in one SQLite transaction with full synchronisation. */
export type DurableTurn = readonly DurableEffect[];

/** What a node finds on disk when it starts. */
export interface StoredNode extends StoredMemory {
  readonly tip: StoredTip;
}

export interface StoredTip {
  readonly height: Height;
  readonly hash: Hash;
  /** Ledger state after the tip. */
  readonly snapshot: Uint8Array;
}

/** A block as stored: wire bytes only, decoding is the caller's. */
export interface StoredBlock {
  readonly height: Height;
  readonly hash: Hash;
  readonly headerBytes: Uint8Array;
  /** Encoded certificate; empty for the genesis. */
  readonly certificateBytes: Uint8Array;
  readonly bundles: readonly Uint8Array[];
  readonly transactions: readonly ExecutedTransaction[];
  /** The committee that decided it. */
  readonly committee: readonly Member[];
}

export interface StoredValue {
  readonly key: string;
  readonly value: string;
  readonly height: Height;
  readonly origin: PeerText;
  readonly ident: string;
}

/** Reading side of the store; safe to use from API and window while the node writes. */
export interface ChainReader {
  tip(): StoredTip;
  genesisBytes(): Uint8Array;
  block(height: Height): StoredBlock | undefined;
  heightOfHash(hash: Hash): Height | undefined;
  /**
   * Heights of at most `limit` newest blocks in which a transaction's text (origin, ident, ns, d) contains `query`,
   * ascending.
   */
  searchBlocks(query: string, limit: number): readonly Height[];
  transaction(
    origin: PeerText,
    ident: string,
  ): { readonly height: Height; readonly bundleIndex: number; readonly transactionIndex: number } | undefined;
  bundle(digest: Hash): Uint8Array | undefined;
  /** Committed bundle of a lane by seq; for peers and proofs. */
  laneBundle(
    origin: PublicKey,
    seq: number,
  ): { readonly height: Height; readonly bytes: Uint8Array } | undefined;
  committee(hash: Hash): readonly Member[] | undefined;
  /** The value now, or as of after block `atHeight`. */
  value(key: string, atHeight?: Height): StoredValue | undefined;
  /** Current values whose key or value contains `query`, in key order; empty query: all up to `limit`. */
  searchValues(query: string, limit: number): readonly StoredValue[];
}

/** Writing side; only the driver of the one node that owns the file holds it. */
export interface Store extends ChainReader {
  load(): StoredNode;
  /**
   * Makes the turn durable before it returns. On commitBlock it also drops what the block made obsolete: safety
   * records of that height and below, own bundles up to the committed seq. Throws StorageError (`disk-full`, `io`,
   * `corrupt`, `read-only`).
   */
  write(turn: DurableTurn): void;
  close(): void;
}

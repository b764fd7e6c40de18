/** What the clients did and what the nodes show of it: all that the checker sees. Times are of one clock, in ms. */

/** One record that a client published through a node, which is its origin. */
export interface Write {
  /** Writes of one client follow each other: it waits for each answer. */
  readonly client: string;
  readonly origin: string;
  readonly ident: string;
  readonly ns: string;
  /** No two writes have the same one. */
  readonly value: string;
  readonly invokedMs: number;
  /** When the node said that it is durable there. */
  acknowledgedMs: number | null;
  /** When a node first showed it in a block to this client. */
  finalMs: number | null;
  /** refused: the node said that it does not take it. Neither that nor acknowledged: nobody knows. */
  refused: boolean;
}

/**
 * One look at a key: the client published a marker through the node, saw it in a block of that node, and then asked
 * the same node for the value. Such a look goes through the chain, so it has to see everything that was final before.
 */
export interface Read {
  readonly client: string;
  readonly key: string;
  readonly value: string | null;
  readonly invokedMs: number;
  readonly completedMs: number;
}

/** From here on, what this node had accepted alone may be gone: its disk was taken away, or it left for good. */
export interface Loss {
  readonly origin: string;
  readonly atMs: number;
  readonly reason: string;
}

export interface History {
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  readonly losses: readonly Loss[];
}

/** One transaction of the chain, in the order of the chain. */
export interface Entry {
  readonly height: number;
  readonly origin: string;
  readonly ident: string;
  /** Of `data` commands; empty for others. */
  readonly data: readonly { readonly ns: string; readonly value: string; readonly outcome: string }[];
}

/** A node's block, reduced to what has to be the same everywhere. */
export interface BlockSeen {
  readonly hash: string;
  /** A hash over the transactions, their results and the state before. */
  readonly content: string;
}

export interface NodeSeen {
  readonly name: string;
  /** Where that was read. */
  readonly source: 'api' | 'database';
  /** Blocks 1, 2, 3, … */
  readonly blocks: readonly BlockSeen[];
  /** What `verify-chain` says of it. */
  readonly verdict: {
    readonly valid: boolean;
    readonly reason?: string;
    readonly height: number;
    readonly transactions?: number;
  };
  /** SQLite's own opinion; null where it was not asked. */
  readonly integrity: string | null;
  /** The current value of every key that was written. */
  readonly values: ReadonlyMap<string, string | null>;
}

export interface Observation {
  readonly history: History;
  readonly nodes: readonly NodeSeen[];
  /** The chain of the first of them. */
  readonly chain: readonly Entry[];
}

export interface Violation {
  readonly check: string;
  readonly sentence: string;
  readonly evidence: unknown;
}

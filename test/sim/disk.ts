/**
 * A virtual disk under an in-memory Store. One turn is one atomic, synchronised write. A power cut amid it, or an error
 * of the disk, may leave any prefix of its bytes behind: at the next start the turn has happened wholly or not at all.
 * The disk outlives its node, everything else of the node is lost with it.
 */
import { compareText, equalBytes, toText } from '../../src-main/core/bytes.ts';
import type { CommittedBlock, DurableEffect, NodeRecord, SafetyRecord } from '../../src-main/core/effects.ts';
import { encodeCertificate } from '../../src-main/core/encoding.ts';
import type { SealedBundle } from '../../src-main/core/sealed.ts';
import type { Certificate, Hash, Height, Member, PeerText, PublicKey } from '../../src-main/core/types.ts';
import type {
  ChainReader,
  DurableTurn,
  Store,
  StoredBlock,
  StoredNode,
  StoredTip,
  StoredValue,
} from '../../src-main/node/ports.ts';
import { decodeTurn } from './journal.ts';

/** How a disk refuses to write: no room (ENOSPC), or an error of the device (EIO). */
export type DiskFault = 'disk-full' | 'io';

interface TransactionPlace {
  readonly height: Height;
  readonly bundleIndex: number;
  readonly transactionIndex: number;
}

/** What survives a crash. */
export class VirtualDisk {
  readonly genesisBytes: Uint8Array;
  readonly blocks = new Map<Height, StoredBlock>();
  readonly heights = new Map<string, Height>();
  readonly bundles = new Map<string, { readonly height: Height; readonly bytes: Uint8Array }>();
  readonly laneBundles = new Map<string, { readonly height: Height; readonly bytes: Uint8Array }>();
  readonly committees = new Map<string, readonly Member[]>();
  readonly transactions = new Map<string, TransactionPlace>();
  readonly values = new Map<string, (Omit<StoredValue, 'value'> & { readonly value: string | null })[]>();
  readonly safety = new Map<string, SafetyRecord>();
  readonly records = new Map<string, NodeRecord>();
  readonly queue = new Map<number, Uint8Array>();
  lane: SealedBundle[] = [];
  tip: StoredTip;
  hasSafetyLog = false;
  writes = 0;
  /** Bytes of a turn of which nobody knows how far they got. */
  #unsynced: Uint8Array | null = null;

  readonly #genesisTip: StoredTip;

  constructor(genesisBytes: Uint8Array, genesisTip: StoredTip) {
    this.genesisBytes = genesisBytes;
    this.#genesisTip = genesisTip;
    this.tip = genesisTip;
    const { height, hash } = genesisTip;
    this.heights.set(toText(hash), height);
    this.blocks.set(height, {
      height,
      hash,
      headerBytes: genesisBytes,
      certificateBytes: new Uint8Array(0),
      bundles: [],
      transactions: [],
      committee: [],
    });
  }

  /** A new disk, with nothing but the genesis. */
  empty(): VirtualDisk {
    return new VirtualDisk(this.genesisBytes, this.#genesisTip);
  }

  /** What an owner copied away at this moment; records themselves never change. */
  copy(): VirtualDisk {
    const copied = this.empty();
    copied.tip = this.tip;
    const maps = [
      'blocks',
      'heights',
      'bundles',
      'laneBundles',
      'committees',
      'transactions',
      'safety',
    ] as const;
    for (const name of maps) {
      const target = copied[name] as Map<unknown, unknown>;
      target.clear();
      for (const [key, value] of this[name]) target.set(key, value);
    }
    for (const [key, history] of this.values) copied.values.set(key, [...history]);
    for (const [key, record] of this.records) copied.records.set(key, record);
    for (const [order, bytes] of this.queue) copied.queue.set(order, bytes);
    copied.lane = [...this.lane];
    copied.hasSafetyLog = this.hasSafetyLog;
    return copied;
  }

  /** The safety log is gone, the chain is there. */
  loseSafetyLog(): void {
    this.safety.clear();
    this.hasSafetyLog = false;
  }

  /** Leaves behind what got onto the disk of a write that did not return. */
  leave(bytes: Uint8Array): void {
    this.#unsynced = bytes;
  }

  /** Before a start: what a write left behind happens now if it is whole, and otherwise never; `torn`, or the turn. */
  settle(): DurableTurn | 'torn' | null {
    const bytes = this.#unsynced;
    if (bytes === null) return null;
    this.#unsynced = null;
    const turn = decodeTurn(bytes);
    if (turn === null) return 'torn';
    this.apply(turn);
    return turn;
  }

  apply(turn: DurableTurn): void {
    this.writes++;
    for (const effect of turn) this.#applyEffect(effect);
  }

  safetyRecord(height: Height, kind: SafetyRecord['kind'], key: string): SafetyRecord | undefined {
    return this.safety.get(`${height}/${kind}/${key}`);
  }

  #applyEffect(effect: DurableEffect): void {
    switch (effect.type) {
      case 'persistSafety': {
        const { height, kind, key } = effect.record;
        this.safety.set(`${height}/${kind}/${key}`, effect.record);
        this.hasSafetyLog = true;
        return;
      }
      case 'persistNode':
        this.records.set(effect.record.key, effect.record);
        return;
      case 'appendLane': {
        // A lane is a chain: a bundle that is written anew takes what stood after it along.
        const { seq } = effect.sealed.bundle;
        this.lane = [...this.lane.filter(({ bundle }) => bundle.seq < seq), effect.sealed];
        return;
      }
      case 'enqueue':
        this.queue.set(effect.queued.order, effect.queued.bytes);
        return;
      case 'dequeue':
        for (const order of effect.orders) this.queue.delete(order);
        return;
      case 'commitBlock':
        return this.#commit(effect.block);
      case 'replaceProof':
        this.#replaceProof(effect.height, effect.certificate, effect.bundles);
    }
  }

  #replaceProof(height: Height, certificate: Certificate, bundles: readonly SealedBundle[]): void {
    const block = this.blocks.get(height)!;
    const others = new Map(bundles.map((sealed) => [toText(sealed.bytes.subarray(64)), sealed]));
    const replaced = block.bundles.map((bytes) => others.get(toText(bytes.subarray(64)))?.bytes ?? bytes);
    this.blocks.set(height, {
      ...block,
      certificateBytes: encodeCertificate(certificate),
      bundles: replaced,
    });
    for (const { bundle, bytes, digest } of bundles) {
      this.bundles.set(toText(digest), { height, bytes });
      this.laneBundles.set(laneKey(bundle.origin, bundle.seq), { height, bytes });
    }
  }

  #commit(block: CommittedBlock): void {
    const { header, hash, bytes } = block.sealed;
    const { height } = header;
    if (height !== this.tip.height + 1) throw new Error(`block ${height} does not follow ${this.tip.height}`);
    this.tip = { height, hash, snapshot: block.snapshot };
    this.heights.set(toText(hash), height);
    this.committees.set(toText(header.committeeHash), block.committee);
    this.blocks.set(height, {
      height,
      hash,
      headerBytes: bytes,
      certificateBytes: encodeCertificate(block.certificate),
      bundles: block.bundles.map((sealed) => sealed.bytes),
      transactions: block.transactions,
      committee: block.committee,
    });
    for (const sealed of block.bundles) {
      const stored = { height, bytes: sealed.bytes };
      this.bundles.set(toText(sealed.digest), stored);
      this.laneBundles.set(laneKey(sealed.bundle.origin, sealed.bundle.seq), stored);
    }
    for (const { origin, ident, bundleIndex, transactionIndex } of block.transactions) {
      const key = `${origin}/${ident}`;
      if (!this.transactions.has(key)) this.transactions.set(key, { height, bundleIndex, transactionIndex });
    }
    for (const write of block.writes) {
      const history = this.values.get(write.key) ?? [];
      history.push(write);
      this.values.set(write.key, history);
    }
    for (const [key, record] of this.safety) if (record.height <= height) this.safety.delete(key);
    this.#dropLane(block);
  }

  /** Own bundles that the block cites, and all of them when it certified another version of the lane. */
  #dropLane({ bundles }: CommittedBlock): void {
    for (const { bundle, digest } of bundles) {
      const own = this.lane.find(
        ({ bundle: { origin, seq } }) => seq === bundle.seq && equalBytes(origin, bundle.origin),
      );
      if (own === undefined) continue;
      this.lane = equalBytes(own.digest, digest) ? this.lane.filter((sealed) => sealed !== own) : [];
    }
  }
}

function laneKey(origin: PublicKey, seq: number): string {
  return `${toText(origin)}/${seq}`;
}

/** Decides what becomes of a turn; throws to crash the node at this boundary. */
export type WriteGate = (turn: DurableTurn, apply: () => void) => void;

/** One node's view of its disk; useless after its node crashed. */
export class SimulatedStore implements Store {
  readonly #disk: VirtualDisk;
  readonly #gate: WriteGate;

  constructor(disk: VirtualDisk, gate: WriteGate) {
    this.#disk = disk;
    this.#gate = gate;
  }

  load(): StoredNode {
    const disk = this.#disk;
    return {
      tip: disk.tip,
      safety: [...disk.safety.values()].filter((record) => record.height > disk.tip.height),
      records: [...disk.records.values()],
      lane: [...disk.lane].sort((a, b) => a.bundle.seq - b.bundle.seq).map((sealed) => sealed.bytes),
      queue: [...disk.queue].sort(([a], [b]) => a - b).map(([order, bytes]) => ({ order, bytes })),
      hasSafetyLog: disk.hasSafetyLog,
    };
  }

  write(turn: DurableTurn): void {
    this.#gate(turn, () => this.#disk.apply(turn));
  }

  close(): void {}

  tip(): StoredTip {
    return this.#disk.tip;
  }

  genesisBytes(): Uint8Array {
    return this.#disk.genesisBytes;
  }

  block(height: Height): StoredBlock | undefined {
    return this.#disk.blocks.get(height);
  }

  heightOfHash(hash: Hash): Height | undefined {
    return this.#disk.heights.get(toText(hash));
  }

  searchBlocks(query: string, limit: number): readonly Height[] {
    const matches = [...this.#disk.blocks.values()].filter((block) =>
      block.transactions.some(({ origin, ident }) => origin.includes(query) || ident.includes(query)),
    );
    return matches.map(({ height }) => height).slice(-limit);
  }

  transaction(origin: PeerText, ident: string): ReturnType<ChainReader['transaction']> {
    return this.#disk.transactions.get(`${origin}/${ident}`);
  }

  bundle(digest: Hash): Uint8Array | undefined {
    return this.#disk.bundles.get(toText(digest))?.bytes;
  }

  laneBundle(origin: PublicKey, seq: number): ReturnType<ChainReader['laneBundle']> {
    return this.#disk.laneBundles.get(laneKey(origin, seq));
  }

  committee(hash: Hash): readonly Member[] | undefined {
    return this.#disk.committees.get(toText(hash));
  }

  value(key: string, atHeight = Number.MAX_SAFE_INTEGER): StoredValue | undefined {
    const found = this.#disk.values.get(key)?.findLast((stored) => stored.height <= atHeight);
    return found === undefined || found.value === null ? undefined : { ...found, value: found.value };
  }

  searchValues(query: string, limit: number): readonly StoredValue[] {
    const current = [...this.#disk.values.keys()].sort(compareText).flatMap((key) => this.value(key) ?? []);
    return current.filter(({ key, value }) => key.includes(query) || value.includes(query)).slice(0, limit);
  }
}

/** Whether `bytes` is a bundle that this disk holds in the own lane or in a block. */
export function holdsBundle(disk: VirtualDisk, digest: Hash): boolean {
  return disk.bundles.has(toText(digest)) || disk.lane.some((sealed) => equalBytes(sealed.digest, digest));
}

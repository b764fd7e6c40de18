/**
 * The own lane: accepted transactions become signed bundles (PROTOCOL section 3). A lane with at most one
 * uncommitted bundle sends at once; otherwise bundles fill up first, so that under load they grow instead of
 * multiplying.
 */
import { equalBytes, toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import type { QueuedTransaction, SubmitRefusal } from './effects.ts';
import {
  encodeTransaction,
  encodeUnsignedBundle,
  IDENT_PATTERN,
  sealBundle,
  tryEncodeTransaction,
} from './encoding.ts';
import type { LaneOwner, LanePool } from './lanes.ts';
import { OBSERVER_BUNDLE_BYTES } from './lanes.ts';
import { MAX_COMMANDS, MAX_TRANSACTIONS } from './schemas.ts';
import type { SealedBundle } from './sealed.ts';
import { bundleSigningBytes } from './signing.ts';
import type { Transaction } from './types.ts';

const MAX_QUEUED_TRANSACTIONS = 8192;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
/** Signature, origin, seq, prev and offsets of a bundle; 4 bytes of offset per transaction come on top. */
const BUNDLE_FRAME_BYTES = 160;
const OFFSET_BYTES = 4;

interface Entry extends QueuedTransaction {
  /** Whether the queue on disk holds it. */
  stored: boolean;
}

export class OwnLane {
  readonly #context: CoreContext;
  readonly #lanes: LanePool;
  /** Accepted and not bundled; bounded by the limits above. */
  #queue: Entry[] = [];
  readonly #idents = new Set<string>();
  /** Own bundles above the committed tip, ascending; at most K. */
  #outstanding: SealedBundle[] = [];
  #queuedBytes = 0;
  #nextOrder = 1;

  constructor(dependencies: { context: CoreContext; lanes: LanePool }) {
    this.#context = dependencies.context;
    this.#lanes = dependencies.lanes;
  }

  restore(bundles: readonly SealedBundle[], queue: readonly QueuedTransaction[]): void {
    for (const sealed of bundles) this.#keep(sealed);
    for (const queued of queue) this.#enqueue({ ...queued, stored: true });
    this.#nextOrder = queue.reduce((next, { order }) => Math.max(next, order + 1), 1);
  }

  /**
   * Takes over own bundles that a peer brought into the pool (PROTOCOL section 4.7), as far as they go on from the tip
   * here. What this key signed elsewhere beside it is not chained to it: a block that cites that settles it.
   */
  adopt(): void {
    for (let next = this.#nextHeld(); next !== undefined; next = this.#nextHeld()) {
      this.#leaveOut([next]);
      this.#keep(next);
      this.#context.emit({ type: 'appendLane', sealed: next });
    }
  }

  /** The seq up to which own bundles exist. */
  get tipSeq(): number {
    return this.#outstanding.at(-1)?.bundle.seq ?? this.#owner()?.laneSeq ?? 0;
  }

  get outstanding(): readonly SealedBundle[] {
    return this.#outstanding;
  }

  /** Durable here and not final: those in bundles first. */
  waiting(): { transaction: Transaction; bundled: boolean }[] {
    const bundled = this.#outstanding.flatMap((sealed) => sealed.bundle.transactions);
    return [
      ...bundled.map((transaction) => ({ transaction, bundled: true })),
      ...this.#queue.map(({ transaction }) => ({ transaction, bundled: false })),
    ];
  }

  offer(ident: string, commands: Transaction['commands']): boolean {
    return this.submit({ ident, commands }) === null;
  }

  isWaiting(ident: string): boolean {
    return this.#idents.has(ident);
  }

  /** Takes a transaction in; it is durable when the turn is. Returns why not, or null. */
  submit(transaction: Transaction): SubmitRefusal | null {
    const owner = this.#owner();
    if (owner === undefined) return 'not-a-member';
    const { ident, commands } = transaction;
    if (!IDENT_PATTERN.test(ident) || commands.length < 1 || commands.length > MAX_COMMANDS) return 'invalid';
    if (this.#idents.has(ident)) return 'duplicate-ident';
    if (this.#context.archive.transaction(this.#context.self, ident) !== undefined) return 'duplicate-ident';
    const bytes = tryEncodeTransaction(transaction);
    if (bytes === undefined) return 'invalid';
    if (!this.#fits(bytes, owner)) return 'too-large';
    const full =
      this.#queue.length >= MAX_QUEUED_TRANSACTIONS || this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES;
    if (full) return 'lane-full';
    this.#enqueue({ order: this.#nextOrder++, transaction, bytes, stored: false });
    return null;
  }

  /** At the end of a turn: bundles what may leave, keeps the rest on disk. Returns the new bundles. */
  endTurn(canSign: boolean): SealedBundle[] {
    const created: SealedBundle[] = [];
    const owner = this.#owner();
    while (canSign && owner !== undefined && this.#mayBundle(owner)) created.push(this.#bundle(owner));
    for (const entry of this.#queue) {
      if (entry.stored) continue;
      entry.stored = true;
      this.#context.emit({ type: 'enqueue', queued: entry });
      this.#context.emit({ type: 'accepted', ident: entry.transaction.ident });
    }
    return created;
  }

  /**
   * After a block: own bundles that it cites are done. Where it cites another variant of this lane (this key ran
   * twice), ours from there on are lost, and what they held waits anew unless that variant holds it too. False: it
   * cites one that is not held here, so this node forgot it, or this key runs twice.
   */
  settle(cited: readonly SealedBundle[]): boolean {
    const committed = new Set(cited.map(({ digest }) => toText(digest)));
    const held = this.#outstanding.filter(({ digest }) => committed.has(toText(digest)));
    const areAllHeld = held.length === committed.size;
    const owner = this.#owner();
    if (owner === undefined) return areAllHeld;
    this.#leaveOut(cited);
    if (this.#outstanding.length === 0) return areAllHeld;
    const lost: SealedBundle[] = [];
    const kept: SealedBundle[] = [];
    for (const sealed of this.#outstanding) {
      const { seq, prev } = sealed.bundle;
      if (committed.has(toText(sealed.digest))) continue;
      if (seq > owner.laneSeq && equalBytes(prev, kept.at(-1)?.digest ?? owner.laneDigest)) kept.push(sealed);
      else lost.push(sealed);
    }
    this.#outstanding = kept;
    // What a smaller window kept out at the start, and all of it when its owner left and is back.
    for (const sealed of kept) this.#lanes.add(sealed);
    for (const { bundle } of cited) for (const { ident } of bundle.transactions) this.#idents.delete(ident);
    this.#putFirst(lost.flatMap(({ bundle }) => bundle.transactions));
    return areAllHeld;
  }

  #nextHeld(): SealedBundle | undefined {
    const tip = this.#outstanding.at(-1)?.digest ?? this.#owner()?.laneDigest;
    const variants = this.#lanes.variantsAt(this.#context.self, this.tipSeq + 1);
    return variants.find(({ bundle }) => tip !== undefined && equalBytes(bundle.prev, tip));
  }

  #keep(sealed: SealedBundle): void {
    this.#lanes.add(sealed);
    this.#outstanding.push(sealed);
    for (const { ident } of sealed.bundle.transactions) this.#idents.add(ident);
  }

  #mayBundle(owner: LaneOwner): boolean {
    const open = this.#outstanding.length;
    if (open >= this.#lanes.windowOf(owner) || !this.#queue.some(({ bytes }) => this.#fits(bytes, owner)))
      return false;
    return open <= 1 || this.#queuedBytes >= this.#context.timing.bundleTargetBytes;
  }

  #bundle(owner: LaneOwner): SealedBundle {
    const last = this.#outstanding.at(-1);
    const taken = this.#take(owner);
    const unsigned = {
      origin: owner.publicKey,
      seq: (last?.bundle.seq ?? owner.laneSeq) + 1,
      prev: last?.digest ?? owner.laneDigest,
      transactions: taken.map(({ transaction }) => transaction),
    };
    const { crypto, signer, chainId } = this.#context;
    const fields = encodeUnsignedBundle(unsigned);
    const sealed = sealBundle(unsigned, fields, signer.sign(bundleSigningBytes(chainId, fields)), crypto);
    this.#keep(sealed);
    this.#context.emit({ type: 'appendLane', sealed });
    const stored = taken.filter((entry) => entry.stored).map(({ order }) => order);
    if (stored.length > 0) this.#context.emit({ type: 'dequeue', orders: stored });
    for (const entry of taken) {
      if (!entry.stored) this.#context.emit({ type: 'accepted', ident: entry.transaction.ident });
    }
    return sealed;
  }

  /** In order; but what was accepted while its owner had stake, and is too large for an observer, waits for that. */
  #take(owner: LaneOwner): Entry[] {
    const taken = new Set<Entry>();
    let sizeBytes = BUNDLE_FRAME_BYTES;
    for (const entry of this.#queue) {
      if (!this.#fits(entry.bytes, owner)) continue;
      sizeBytes += entry.bytes.length + OFFSET_BYTES;
      const isFull = taken.size >= MAX_TRANSACTIONS || sizeBytes > this.#maxBundleBytes(owner);
      if (isFull && taken.size > 0) break;
      taken.add(entry);
      this.#queuedBytes -= entry.bytes.length;
    }
    this.#queue = this.#queue.filter((entry) => !taken.has(entry));
    return [...taken];
  }

  /** Whether a transaction of these bytes fits into a bundle at all. */
  #fits(bytes: Uint8Array, owner: LaneOwner): boolean {
    return bytes.length + BUNDLE_FRAME_BYTES <= this.#maxBundleBytes(owner);
  }

  /**
   * What this key has said in these bundles is not said once more. A node that forgot may have taken it up again before
   * it learned of them: of its own votes, and of what its clients repeat.
   */
  #leaveOut(bundles: readonly SealedBundle[]): void {
    if (bundles.length === 0 || this.#queue.length === 0) return;
    const said = new Set(bundles.flatMap(({ bundle }) => bundle.transactions.map(({ ident }) => ident)));
    const again = this.#queue.filter(({ transaction }) => said.has(transaction.ident));
    if (again.length === 0) return;
    this.#queue = this.#queue.filter(({ transaction }) => !said.has(transaction.ident));
    for (const { bytes, transaction, stored } of again) {
      const { ident } = transaction;
      this.#queuedBytes -= bytes.length;
      this.#idents.delete(ident);
      if (!stored) this.#context.emit({ type: 'refused', ident, reason: 'duplicate-ident' });
    }
    const orders = again.filter(({ stored }) => stored).map(({ order }) => order);
    if (orders.length > 0) this.#context.emit({ type: 'dequeue', orders });
  }

  /** They were accepted before all that is in the queue. Orders only grow, hence the queue gets new ones as well. */
  #putFirst(transactions: readonly Transaction[]): void {
    const again = transactions.filter(({ ident }) => this.#idents.has(ident));
    if (again.length === 0) return;
    const later = this.#queue;
    const stored = later.filter((entry) => entry.stored).map(({ order }) => order);
    if (stored.length > 0) this.#context.emit({ type: 'dequeue', orders: stored });
    this.#queue = [];
    this.#queuedBytes = 0;
    const all = [
      ...again.map((transaction) => ({ transaction, bytes: encodeTransaction(transaction) })),
      ...later,
    ];
    for (const { transaction, bytes } of all)
      this.#enqueue({ order: this.#nextOrder++, transaction, bytes, stored: false });
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#queuedBytes += entry.bytes.length;
    this.#idents.add(entry.transaction.ident);
  }

  #maxBundleBytes(owner: LaneOwner): number {
    return owner.raised ? this.#context.parameters.maxBundleBytes : OBSERVER_BUNDLE_BYTES;
  }

  #owner(): LaneOwner | undefined {
    return this.#lanes.owner(this.#context.self);
  }
}

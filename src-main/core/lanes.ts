/**
 * The lanes: per member a hash-chained sequence of bundles above its committed tip (PROTOCOL section 3). The pool
 * is the mempool; it is bounded by K bundles per lane and two variants per seq.
 */
import { compareBytes, equalBytes, toText } from './bytes.ts';
import type { LaneTip } from './messages.ts';
import type { SealedBundle } from './sealed.ts';
import type { CutEntry, Hash, HashText, PeerText } from './types.ts';

/** A lane of a forking owner has at most this many bundles per seq, besides those a proposal cites. */
const MAX_VARIANTS = 2;
/**
 * Bundles of observers (PROTOCOL section 3). Who once had stake keeps the larger bound: what it had bundled before
 * could otherwise never be committed, and would block its lane for ever.
 */
export const OBSERVER_BUNDLE_BYTES = 4 * 1024;

export interface LaneOwner {
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly stake: number;
  /** Whether its stake was ever above 0. */
  readonly raised: boolean;
  readonly laneSeq: number;
  readonly laneDigest: Hash;
}

export type AddOutcome =
  | 'added'
  | 'forked'
  | 'known'
  | 'committed'
  | 'beyond-window'
  | 'not-a-member'
  | 'too-large'
  | 'lost-branch'
  | 'too-many-variants';

interface Lane {
  owner: LaneOwner;
  /** By seq; at most K seqs and MAX_VARIANTS each, plus cited ones. */
  readonly variants: Map<number, SealedBundle[]>;
}

/** What a cut cites: all bundles in execution order, or the lanes of which some are missing here. */
export type Resolution =
  | { readonly ok: true; readonly bundles: readonly SealedBundle[]; readonly sizeBytes: number }
  | {
      readonly ok: false;
      readonly missing: readonly { owner: LaneOwner; entry: CutEntry; tipDigest: Hash }[];
    }
  | { readonly ok: false; readonly invalid: string };

export class LanePool {
  readonly #lanes = new Map<PeerText, Lane>();
  readonly #byId = new Map<number, Lane>();
  readonly #byDigest = new Map<HashText, SealedBundle>();
  readonly #laneWindow: number;
  /** What tips() found, until a bundle comes or a block is final: every STATUS asks for it. */
  #tips: readonly LaneTip[] | null = null;
  /** Digests that a proposal cites and that are still missing: accepted beyond the limit of variants. */
  #cited = new Set<HashText>();

  constructor(options: { laneWindow: number }) {
    this.#laneWindow = options.laneWindow;
  }

  /** After a block: the new committed tips. Drops what they overtook and what conflicts with them. */
  settle(owners: readonly LaneOwner[]): void {
    this.#tips = null;
    const present = new Set(owners.map((owner) => toText(owner.publicKey)));
    for (const key of [...this.#lanes.keys()]) if (!present.has(key)) this.#forget(key);
    for (const { id, publicKey, stake, raised, laneSeq, laneDigest } of owners) {
      // A copy: the ledger changes its members in place, and what has moved could not be seen.
      const owner = { id, publicKey, stake, raised, laneSeq, laneDigest };
      const key = toText(publicKey);
      const lane = this.#lanes.get(key) ?? { owner, variants: new Map<number, SealedBundle[]>() };
      const moved = lane.owner.laneSeq !== owner.laneSeq;
      lane.owner = owner;
      this.#lanes.set(key, lane);
      this.#byId.set(owner.id, lane);
      if (moved) this.#dropOvertaken(lane);
    }
    this.#cited.clear();
  }

  owner(origin: PeerText): LaneOwner | undefined {
    return this.#lanes.get(origin)?.owner;
  }

  get(digest: Hash): SealedBundle | undefined {
    return this.#byDigest.get(toText(digest));
  }

  /** Whether a bundle with these fields would be kept; asked before its signature is checked. */
  admits(sealed: SealedBundle): AddOutcome {
    const { origin, seq, prev } = sealed.bundle;
    const lane = this.#lanes.get(toText(origin));
    if (lane === undefined) return 'not-a-member';
    const digest = toText(sealed.digest);
    if (this.#byDigest.has(digest)) return 'known';
    if (seq <= lane.owner.laneSeq) return 'committed';
    if (seq > lane.owner.laneSeq + this.windowOf(lane.owner)) return 'beyond-window';
    const variants = lane.variants.get(seq) ?? [];
    if (!this.#cited.has(digest)) {
      if (!lane.owner.raised && sealed.bytes.length > OBSERVER_BUNDLE_BYTES) return 'too-large';
      // What can never be cited must not take the place of what can.
      if (seq === lane.owner.laneSeq + 1 && !equalBytes(prev, lane.owner.laneDigest)) return 'lost-branch';
      if (variants.length >= MAX_VARIANTS) return 'too-many-variants';
    }
    return variants.length > 0 ? 'forked' : 'added';
  }

  /** Keeps a bundle whose signature was checked. */
  add(sealed: SealedBundle): AddOutcome {
    const outcome = this.admits(sealed);
    if (outcome !== 'added' && outcome !== 'forked') return outcome;
    this.#tips = null;
    const lane = this.#lanes.get(toText(sealed.bundle.origin))!;
    const variants = lane.variants.get(sealed.bundle.seq) ?? [];
    variants.push(sealed);
    lane.variants.set(sealed.bundle.seq, variants);
    this.#byDigest.set(toText(sealed.digest), sealed);
    return outcome;
  }

  variantsAt(origin: PeerText, seq: number): readonly SealedBundle[] {
    return this.#lanes.get(origin)?.variants.get(seq) ?? [];
  }

  windowOf(owner: LaneOwner): number {
    return owner.stake > 0 ? this.#laneWindow : 1;
  }

  /**
   * The longest gap-free chain above the committed tip, within the window; of equal ones that with the smaller digest.
   */
  chainOf(origin: PeerText): SealedBundle[] {
    const lane = this.#lanes.get(origin);
    if (lane === undefined || lane.variants.size === 0) return [];
    const { laneSeq, laneDigest } = lane.owner;
    return this.#longest(lane, laneSeq, laneDigest).slice(0, this.windowOf(lane.owner));
  }

  /** Gap-free held tips above the committed ones, in the order of ids. */
  tips(): readonly LaneTip[] {
    if (this.#tips !== null) return this.#tips;
    const tips: LaneTip[] = [];
    for (const [key, lane] of this.#lanes) {
      const tip = this.chainOf(key).at(-1);
      if (tip !== undefined) tips.push({ origin: lane.owner.id, seq: tip.bundle.seq, digest: tip.digest });
    }
    this.#tips = tips.sort((a, b) => a.origin - b.origin);
    return this.#tips;
  }

  get isEmpty(): boolean {
    return this.tips().length === 0;
  }

  get size(): number {
    return this.#byDigest.size;
  }

  /** Fills a cut with lanes in rotated order up to the size limit of a block. */
  buildCut(height: number, maxBlockBytes: number): CutEntry[] {
    const keys = [...this.#lanes.entries()]
      .sort(([, a], [, b]) => a.owner.id - b.owner.id)
      .map(([key]) => key);
    const cut: CutEntry[] = [];
    let sizeBytes = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[(height + i) % keys.length]!;
      let tip: SealedBundle | undefined;
      for (const sealed of this.chainOf(key)) {
        if (sizeBytes + sealed.bytes.length > maxBlockBytes) break;
        sizeBytes += sealed.bytes.length;
        tip = sealed;
      }
      const origin = this.#lanes.get(key)!.owner.id;
      if (tip !== undefined) cut.push({ origin, toSeq: tip.bundle.seq, tipDigest: tip.digest });
    }
    return cut.sort((a, b) => a.origin - b.origin);
  }

  /** The bundles that a cut cites, in execution order (PROTOCOL section 3). */
  resolve(cut: readonly CutEntry[], height: number): Resolution {
    const lanes: SealedBundle[][] = [];
    const missing: { owner: LaneOwner; entry: CutEntry; tipDigest: Hash }[] = [];
    let previous = -1;
    for (const entry of cut) {
      const lane = this.#byId.get(entry.origin);
      if (lane === undefined) return { ok: false, invalid: 'cut names no member' };
      const length = entry.toSeq - lane.owner.laneSeq;
      if (entry.origin <= previous) return { ok: false, invalid: 'cut out of order' };
      if (length < 1 || length > this.windowOf(lane.owner))
        return { ok: false, invalid: 'cut outside the window' };
      previous = entry.origin;
      const walk = this.#walkBack(lane, entry);
      if (walk.kind === 'broken') return { ok: false, invalid: 'cut does not extend the lane' };
      if (walk.kind === 'missing') missing.push({ owner: lane.owner, entry, tipDigest: walk.digest });
      else lanes.push(walk.bundles);
    }
    if (missing.length > 0) return { ok: false, missing };
    const first = lanes.length === 0 ? 0 : height % lanes.length;
    const bundles = [...lanes.slice(first), ...lanes.slice(0, first)].flat();
    const sizeBytes = bundles.reduce((sum, sealed) => sum + sealed.bytes.length, 0);
    return { ok: true, bundles, sizeBytes };
  }

  /** Digests a proposal waits for: they are accepted even of a lane with many variants. */
  cite(digests: Iterable<Hash>): void {
    this.#cited = new Set([...digests].map(toText));
  }

  #walkBack(
    lane: Lane,
    entry: CutEntry,
  ): { kind: 'complete'; bundles: SealedBundle[] } | { kind: 'missing'; digest: Hash } | { kind: 'broken' } {
    const bundles: SealedBundle[] = [];
    let digest = entry.tipDigest;
    for (let seq = entry.toSeq; seq > lane.owner.laneSeq; seq--) {
      const sealed = this.#byDigest.get(toText(digest));
      if (sealed === undefined) return { kind: 'missing', digest };
      const isNext = sealed.bundle.seq === seq && equalBytes(sealed.bundle.origin, lane.owner.publicKey);
      if (!isNext) return { kind: 'broken' };
      bundles.unshift(sealed);
      digest = sealed.bundle.prev;
    }
    return equalBytes(digest, lane.owner.laneDigest) ? { kind: 'complete', bundles } : { kind: 'broken' };
  }

  #longest(lane: Lane, seq: number, digest: Hash): SealedBundle[] {
    const chain: SealedBundle[] = [];
    let tip = digest;
    for (;;) {
      const variants = lane.variants.get(seq + 1 + chain.length) ?? [];
      const next = variants.filter((sealed) => equalBytes(sealed.bundle.prev, tip));
      if (next.length > 1) return [...chain, ...this.#longestOf(lane, next)];
      if (next.length === 0) return chain;
      chain.push(next[0]!);
      tip = next[0]!.digest;
    }
  }

  #longestOf(lane: Lane, variants: readonly SealedBundle[]): SealedBundle[] {
    let best: SealedBundle[] = [];
    for (const sealed of [...variants].sort((a, b) => compareBytes(a.digest, b.digest))) {
      const chain = [sealed, ...this.#longest(lane, sealed.bundle.seq, sealed.digest)];
      if (chain.length > best.length) best = chain;
    }
    return best;
  }

  /** Bundles at or below the committed seq go; above it, those that are known not to extend the committed tip. */
  #dropOvertaken(lane: Lane): void {
    const { laneSeq, laneDigest } = lane.owner;
    const dropped = new Set<HashText>();
    for (const [seq, variants] of [...lane.variants].sort(([a], [b]) => a - b)) {
      const follows = ({ bundle: { prev } }: SealedBundle) =>
        seq === laneSeq + 1 ? equalBytes(prev, laneDigest) : !dropped.has(toText(prev));
      const kept = seq <= laneSeq ? [] : variants.filter(follows);
      for (const sealed of variants) {
        if (kept.includes(sealed)) continue;
        const digest = toText(sealed.digest);
        this.#byDigest.delete(digest);
        dropped.add(digest);
      }
      if (kept.length === 0) lane.variants.delete(seq);
      else lane.variants.set(seq, kept);
    }
  }

  #forget(key: PeerText): void {
    const lane = this.#lanes.get(key)!;
    for (const variants of lane.variants.values()) {
      for (const sealed of variants) this.#byDigest.delete(toText(sealed.digest));
    }
    this.#lanes.delete(key);
    this.#byId.delete(lane.owner.id);
  }
}

/**
 * The votes, commits and skips that a node holds for one height (PROTOCOL section 4.3). The first of each member,
 * view and kind counts; a different second one is evidence. Per member the views [view-8, view+1] and the highest
 * skip above are kept.
 */
import { equalBytes } from './bytes.ts';
import type { SkipBallot } from './certificates.ts';
import { bitmapOf } from './encoding.ts';
import type { Skip, Vote } from './messages.ts';
import type { Committee } from './quorum.ts';
import type { Hash, Height, SignedStatement, View } from './types.ts';

const VIEWS_BELOW = 8;

interface HashBallot {
  readonly hash: Hash;
  readonly signature: Uint8Array;
}

export type BallotOutcome =
  | { readonly kind: 'counted' | 'known' | 'out-of-window' }
  | { readonly kind: 'conflict'; readonly held: SignedStatement };

export class Ballots {
  readonly #committee: Committee;
  readonly #height: Height;
  readonly #votes = new Map<View, Map<number, HashBallot>>();
  readonly #commits = new Map<View, Map<number, HashBallot>>();
  readonly #skips = new Map<View, Map<number, SkipBallot>>();
  /** Per member its highest skip above view + 1; one entry each. */
  readonly #highSkips = new Map<number, { view: View; ballot: SkipBallot }>();

  constructor(height: Height, committee: Committee) {
    this.#height = height;
    this.#committee = committee;
  }

  /** Whether this exact ballot is counted already, so that its signature needs no second check. */
  holdsHash(kind: 'vote' | 'commit', view: View, index: number, hash: Hash): boolean {
    const held = this.#of(kind).get(view)?.get(index);
    return held !== undefined && equalBytes(held.hash, hash);
  }

  holdsSkip(view: View, index: number, hn: View): boolean {
    return this.#skips.get(view)?.get(index)?.hn === hn;
  }

  addHash(
    kind: 'vote' | 'commit',
    view: View,
    index: number,
    ballot: HashBallot,
    currentView: View,
  ): BallotOutcome {
    if (view < currentView - VIEWS_BELOW || view > currentView + 1) return { kind: 'out-of-window' };
    const ballots = mapAt(this.#of(kind), view);
    const held = ballots.get(index);
    if (held === undefined) {
      ballots.set(index, ballot);
      return { kind: 'counted' };
    }
    if (equalBytes(held.hash, ballot.hash)) return { kind: 'known' };
    const { publicKey } = this.#committee.members[index]!;
    return { kind: 'conflict', held: { kind, signer: publicKey, height: this.#height, view, ...held } };
  }

  addSkip(view: View, index: number, ballot: SkipBallot, currentView: View): BallotOutcome {
    if (view < currentView - VIEWS_BELOW) return { kind: 'out-of-window' };
    if (view > currentView + 1) {
      const highest = this.#highSkips.get(index);
      if (highest !== undefined && highest.view >= view) return { kind: 'out-of-window' };
      if (highest !== undefined) this.#withdraw(highest.view, index);
      this.#highSkips.set(index, { view, ballot });
    }
    const ballots = mapAt(this.#skips, view);
    const held = ballots.get(index);
    if (held === undefined) {
      ballots.set(index, ballot);
      return { kind: 'counted' };
    }
    if (held.hn === ballot.hn) return { kind: 'known' };
    const { publicKey } = this.#committee.members[index]!;
    return {
      kind: 'conflict',
      held: { kind: 'skip', signer: publicKey, height: this.#height, view, ...held },
    };
  }

  #withdraw(view: View, index: number): void {
    const ballots = this.#skips.get(view);
    ballots?.delete(index);
    if (ballots?.size === 0) this.#skips.delete(view);
  }

  /** Signatures of those who named `hash` in this view, by committee index. */
  signaturesFor(kind: 'vote' | 'commit', view: View, hash: Hash): Map<number, Uint8Array> {
    const signatures = new Map<number, Uint8Array>();
    for (const [index, ballot] of this.#of(kind).get(view) ?? []) {
      if (equalBytes(ballot.hash, hash)) signatures.set(index, ballot.signature);
    }
    return signatures;
  }

  skipsAt(view: View): ReadonlyMap<number, SkipBallot> {
    return this.#skips.get(view) ?? new Map<number, SkipBallot>();
  }

  /** What one member said in a view, as it was said; what stands beside a skip is its sender's to add. */
  messagesOf(index: number, view: View): (Vote | Skip)[] {
    const about = { height: this.#height, view, index };
    const messages: (Vote | Skip)[] = [];
    for (const type of ['vote', 'commit'] as const) {
      const ballot = this.#of(type).get(view)?.get(index);
      if (ballot !== undefined)
        messages.push({ type, ...about, blockHash: ballot.hash, signature: ballot.signature });
    }
    const skip = this.#skips.get(view)?.get(index);
    if (skip !== undefined) messages.push({ type: 'skip', ...about, ...skip, notarisation: null });
    return messages;
  }

  /** Every commit and skip of one member, for evidence (PROTOCOL section 4.9). */
  statementsOf(index: number): SignedStatement[] {
    const { publicKey: signer } = this.#committee.members[index]!;
    const about = (view: View) => ({ signer, height: this.#height, view });
    const commits = [...this.#commits].flatMap(([view, ballots]) => {
      const ballot = ballots.get(index);
      return ballot === undefined ? [] : [{ kind: 'commit', ...about(view), ...ballot } as const];
    });
    const skips = [...this.#skips].flatMap(([view, ballots]) => {
      const ballot = ballots.get(index);
      return ballot === undefined ? [] : [{ kind: 'skip', ...about(view), ...ballot } as const];
    });
    return [...commits, ...skips];
  }

  /** Weak skips in any view from `view` on make a node busy (section 4.1, d). */
  hasWeakSkips(view: View): boolean {
    for (const [at, ballots] of this.#skips)
      if (at >= view && this.#committee.isWeak(ballots.keys())) return true;
    return false;
  }

  bitmaps(view: View): { votes: Uint8Array; commits: Uint8Array; skips: Uint8Array } {
    return {
      votes: bitmapOf(this.#votes.get(view)?.keys() ?? []),
      commits: bitmapOf(this.#commits.get(view)?.keys() ?? []),
      skips: bitmapOf(this.#skips.get(view)?.keys() ?? []),
    };
  }

  prune(currentView: View): void {
    for (const map of [this.#votes, this.#commits, this.#skips]) {
      for (const view of [...map.keys()]) if (view < currentView - VIEWS_BELOW) map.delete(view);
    }
    for (const [index, { view }] of [...this.#highSkips])
      if (view <= currentView + 1) this.#highSkips.delete(index);
  }

  #of(kind: 'vote' | 'commit'): Map<View, Map<number, HashBallot>> {
    return kind === 'vote' ? this.#votes : this.#commits;
  }
}

function mapAt<V>(maps: Map<View, Map<number, V>>, view: View): Map<number, V> {
  const existing = maps.get(view);
  if (existing !== undefined) return existing;
  const created = new Map<number, V>();
  maps.set(view, created);
  return created;
}

/** Quorum arithmetic over a committee, exact in integers (PROTOCOL section 2). */
import { compareBytes, equalBytes, toText } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import { encodeMembers } from './encoding.ts';
import type { Hash, Member, PeerText } from './types.ts';

/** C_h: the members with stake that decide a height, in the order of their ids. */
export class Committee {
  readonly members: readonly Member[];
  readonly hash: Hash;
  readonly totalStake: number;
  readonly #indexOf: ReadonlyMap<PeerText, number>;

  constructor(members: readonly Member[], crypto: Crypto) {
    this.members = members.filter((member) => member.stake > 0).sort((a, b) => a.id - b.id);
    this.hash = crypto.hash(encodeMembers(this.members));
    this.totalStake = this.members.reduce((sum, member) => sum + member.stake, 0);
    this.#indexOf = new Map(this.members.map((member, index) => [toText(member.publicKey), index]));
  }

  /** One that is at hand already if it has exactly these members: committees seldom change, and blocks are many. */
  static of(
    members: readonly Member[],
    crypto: Crypto,
    known: readonly (Committee | undefined)[],
  ): Committee {
    return (
      known.find((one) => one !== undefined && areSameMembers(one.members, members)) ??
      new Committee(members, crypto)
    );
  }

  get size(): number {
    return this.members.length;
  }

  indexOf(peer: PeerText): number | undefined {
    return this.#indexOf.get(peer);
  }

  stakeOf(indices: Iterable<number>): number {
    let stake = 0;
    for (const index of indices) stake += this.members[index]?.stake ?? 0;
    return stake;
  }

  /** More than two thirds of the stake; indices must be distinct. */
  isQuorum(indices: Iterable<number>): boolean {
    return isQuorumStake(this.stakeOf(indices), this.totalStake);
  }

  /** More than one third: at least one honest member is among them. */
  isWeak(indices: Iterable<number>): boolean {
    return isWeakStake(this.stakeOf(indices), this.totalStake);
  }
}

/** Whether two lists of members in the order of ids are hashed to the same. */
export function areSameMembers(a: readonly Member[], b: readonly Member[]): boolean {
  if (a.length !== b.length) return false;
  return a.every(({ id, publicKey, stake }, index) => {
    const other = b[index]!;
    return id === other.id && stake === other.stake && equalBytes(publicKey, other.publicKey);
  });
}

export function isQuorumStake(stake: number, totalStake: number): boolean {
  return 3 * stake > 2 * totalStake;
}

export function isWeakStake(stake: number, totalStake: number): boolean {
  return 3 * stake > totalStake;
}

/** L(height, view): demoted members come last (PROTOCOL section 4.2). */
export function leaderOf(
  committee: Committee,
  height: number,
  view: number,
  isDemoted: (id: number) => boolean,
): Member {
  const byKey = [...committee.members].sort((a, b) => compareBytes(a.publicKey, b.publicKey));
  const active = byKey.filter((member) => !isDemoted(member.id));
  const demoted = byKey.filter((member) => isDemoted(member.id));
  const turn = view % byKey.length;
  const list = turn < active.length ? active : demoted;
  return list[(height + turn) % list.length]!;
}

/**
 * A second opinion on PROTOCOL section 4.3, written apart from the core: who had which signatures at which time, which
 * certificates follow from them, and which proposals are justified. Quorums are counted in BigInt.
 */
import { equalBytes, toText } from '../../src-main/core/bytes.ts';
import type { Crypto } from '../../src-main/core/crypto.ts';
import type { Message, Propose } from '../../src-main/core/messages.ts';
import { hashSigningBytes, skipSigningBytes, verifyStatement } from '../../src-main/core/signing.ts';
import type {
  Certificate,
  CutEntry,
  Hash,
  HashText,
  Height,
  Member,
  PublicKey,
  Signature,
  SignedStatement,
  View,
} from '../../src-main/core/types.ts';
import { InvariantViolation } from './violation.ts';

export function isQuorum(committee: readonly Member[], indices: Iterable<number>): boolean {
  let stake = 0n;
  for (const index of new Set(indices)) stake += BigInt(committee[index]?.stake ?? 0);
  const total = committee.reduce((sum, member) => sum + BigInt(member.stake), 0n);
  return 3n * stake > 2n * total;
}

/** PROTOCOL 4.8: while four or more have stake, one block changes at most a quarter of it, and 1 at least. */
function isSlowChange(before: readonly Member[], after: readonly Member[]): boolean {
  if (before.length < 4) return true;
  const stakeIn = (members: readonly Member[], id: number): bigint =>
    BigInt(members.find((member) => member.id === id)?.stake ?? 0);
  const size = (change: bigint): bigint => (change < 0n ? -change : change);
  const total = before.reduce((sum, { stake }) => sum + BigInt(stake), 0n);
  const ids = new Set([...before, ...after].map(({ id }) => id));
  const changed = [...ids].reduce((sum, id) => sum + size(stakeIn(after, id) - stakeIn(before, id)), 0n);
  return changed <= (total < 4n ? 1n : total / 4n);
}

/** Every signed statement anybody has made, and the committees that decide the heights. */
export class Oracle {
  readonly #chainId: Hash;
  readonly #crypto: Crypto;
  readonly #committees = new Map<Height, readonly Member[]>();
  /** `height/view/kind/hash or hn` -> the signatures under it, by committee index. */
  readonly #signers = new Map<string, Map<number, Signature>>();
  readonly #statements = new Map<string, SignedStatement[]>();
  readonly #cuts = new Map<string, readonly CutEntry[]>();
  readonly #proposals = new Map<string, Propose[]>();

  constructor(chainId: Hash, crypto: Crypto) {
    this.#chainId = chainId;
    this.#crypto = crypto;
  }

  setCommittee(height: Height, members: readonly Member[]): void {
    const staked = members.filter((member) => member.stake > 0).sort((a, b) => a.id - b.id);
    if (this.#committees.has(height)) return;
    const before = this.#committees.get(height - 1);
    if (before !== undefined && !isSlowChange(before, staked))
      throw new InvariantViolation('I6', `stakes change by more than a quarter in front of height ${height}`);
    this.#committees.set(height, staked);
  }

  indexOf(height: Height, publicKey: PublicKey): number | undefined {
    const index =
      this.#committees.get(height)?.findIndex((member) => equalBytes(member.publicKey, publicKey)) ?? -1;
    return index < 0 ? undefined : index;
  }

  committee(height: Height): readonly Member[] | undefined {
    return this.#committees.get(height);
  }

  /**
   * Takes a statement into account; the earlier ones of the same key and height come back, for I3. Forged
   * ones are ignored: undefined.
   */
  record(statement: SignedStatement, isTrusted: boolean): readonly SignedStatement[] | undefined {
    const committee = this.#committees.get(statement.height);
    const index = committee?.findIndex((member) => equalBytes(member.publicKey, statement.signer)) ?? -1;
    if (!isTrusted && !verifyStatement(this.#crypto, this.#chainId, statement)) return undefined;
    const value = statement.kind === 'skip' ? String(statement.hn) : toText(statement.hash);
    const key = `${statement.height}/${statement.view}/${statement.kind}/${value}`;
    const signers = this.#signers.get(key) ?? new Map<number, Signature>();
    if (index >= 0) signers.set(index, statement.signature);
    this.#signers.set(key, signers);
    const own = `${toText(statement.signer)}/${statement.height}`;
    const earlier = this.#statements.get(own) ?? [];
    if (!earlier.some((other) => isSame(other, statement)))
      this.#statements.set(own, [...earlier, statement]);
    return earlier;
  }

  /** Whether this very statement was made before. */
  knows(statement: SignedStatement): boolean {
    const earlier = this.#statements.get(`${toText(statement.signer)}/${statement.height}`) ?? [];
    return earlier.some((other) => isSame(other, statement));
  }

  signedProposal({ height, view, sealed, signature }: Propose, publicKey: PublicKey): boolean {
    const bytes = hashSigningBytes('propose', this.#chainId, height, view, sealed.hash);
    return this.#crypto.verify(signature, bytes, publicKey);
  }

  recordProposal(propose: Propose): void {
    this.#cuts.set(`${propose.height}/${toText(propose.sealed.hash)}`, propose.sealed.header.cut);
    const key = `${propose.height}/${propose.view}/${toText(propose.sealed.hash)}`;
    this.#proposals.set(key, [...(this.#proposals.get(key) ?? []), propose]);
  }

  /** Whether the statements made so far hold a quorum for (height, view, hash). */
  hasQuorum(kind: 'vote' | 'commit', height: Height, view: View, hash: Hash | HashText): boolean {
    const text = typeof hash === 'string' ? hash : toText(hash);
    const committee = this.#committees.get(height) ?? [];
    return isQuorum(committee, this.#signers.get(`${height}/${view}/${kind}/${text}`)?.keys() ?? []);
  }

  /** The cut of a proposal that somebody made; empty when nobody did. */
  cutOf(height: Height, hash: Hash): readonly CutEntry[] {
    return this.#cuts.get(`${height}/${toText(hash)}`) ?? [];
  }

  /** Whether somebody made a justified proposal of this hash for this view. */
  wasJustified(height: Height, view: View, hash: Hash): boolean {
    const proposals = this.#proposals.get(`${height}/${view}/${toText(hash)}`) ?? [];
    return proposals.some((propose) => this.isJustified(propose));
  }

  /** justified(p) of PROTOCOL section 4.3. */
  isJustified({ height, view, sealed, skipCertificate, notarisation }: Propose): boolean {
    if (view === 0) return sealed.header.view === 0;
    if (skipCertificate === null || !this.isValid(skipCertificate)) return false;
    if (skipCertificate.kind !== 'S' || skipCertificate.height !== height) return false;
    if (skipCertificate.view !== view - 1 || skipCertificate.hn.some((hn) => hn > view - 1)) return false;
    const highest = Math.max(...skipCertificate.hn);
    if (notarisation === null) return highest === -1 && sealed.header.view === view;
    const { kind, hash } = notarisation;
    if (kind !== 'N' || notarisation.height !== height || !this.isValid(notarisation)) return false;
    const carries = highest <= notarisation.view && notarisation.view < view && equalBytes(hash, sealed.hash);
    return carries || (highest === -1 && sealed.header.view === view);
  }

  /** Distinct signers, quorum, and every signature either seen when it was made or verified now. */
  isValid(certificate: Certificate): boolean {
    const { kind, height, view, hash, hn, signers, signatures } = certificate;
    const committee = this.#committees.get(height);
    if (committee === undefined || new Set(signers).size !== signers.length) return false;
    if (!isQuorum(committee, signers)) return false;
    return signers.every((index, position) => {
      const member = committee[index];
      const signature = signatures[position];
      if (member === undefined || signature === undefined) return false;
      const value = kind === 'S' ? String(hn[position]) : toText(hash);
      const statement = { N: 'vote', C: 'commit', S: 'skip' }[kind];
      const seen = this.#signers.get(`${height}/${view}/${statement}/${value}`)?.get(index);
      if (seen !== undefined && equalBytes(seen, signature)) return true;
      const bytes =
        kind === 'S'
          ? skipSigningBytes(this.#chainId, height, view, hn[position]!)
          : hashSigningBytes(kind === 'N' ? 'vote' : 'commit', this.#chainId, height, view, hash);
      return this.#crypto.verify(signature, bytes, member.publicKey);
    });
  }

  /** Forgets what was said at heights below, so that long runs stay small; newcomers still ask for committees. */
  forgetBelow(height: Height): void {
    const isOld = (key: string): boolean => Number(key.slice(0, key.indexOf('/'))) < height;
    for (const key of this.#signers.keys()) if (isOld(key)) this.#signers.delete(key);
    for (const key of this.#cuts.keys()) if (isOld(key)) this.#cuts.delete(key);
    for (const key of this.#proposals.keys()) if (isOld(key)) this.#proposals.delete(key);
    for (const [key, statements] of this.#statements) {
      if ((statements[0]?.height ?? 0) < height) this.#statements.delete(key);
    }
  }
}

function isSame(a: SignedStatement, b: SignedStatement): boolean {
  if (a.kind !== b.kind || a.view !== b.view) return false;
  if (a.kind === 'skip') return b.kind === 'skip' && a.hn === b.hn;
  return b.kind !== 'skip' && equalBytes(a.hash, b.hash);
}

/** Why two statements of one honest key at one height must never both exist (PROTOCOL section 4.9), or undefined. */
export function conflictOf(a: SignedStatement, b: SignedStatement): string | undefined {
  if (a.kind === b.kind && a.view === b.view && !isSame(a, b))
    return `two different ${a.kind} in view ${a.view}`;
  const [skip, commit] = a.kind === 'skip' ? [a, b] : [b, a];
  if (skip.kind === 'skip' && commit.kind === 'commit' && skip.hn < commit.view && commit.view <= skip.view) {
    return `SKIP(${skip.view}, hn ${skip.hn}) with COMMIT(${commit.view})`;
  }
  return undefined;
}

/** The statement that a message makes in its sender's own name; a PROPOSE may be passed on by others. */
export function statementOf(
  message: Message,
  sender: Uint8Array,
  committee: readonly Member[],
): SignedStatement | undefined {
  const isOwn = (index: number): boolean => {
    const member = committee[index];
    return member !== undefined && equalBytes(member.publicKey, sender);
  };
  switch (message.type) {
    case 'propose': {
      const { height, view, sealed, signature } = message.propose;
      return { kind: 'propose', signer: sender, height, view, hash: sealed.hash, signature };
    }
    case 'vote':
    case 'commit': {
      const { type: kind, height, view, blockHash: hash, signature, index } = message;
      return isOwn(index) ? { kind, signer: sender, height, view, hash, signature } : undefined;
    }
    case 'skip': {
      const { height, view, hn, signature, index } = message;
      return isOwn(index) ? { kind: 'skip', signer: sender, height, view, hn, signature } : undefined;
    }
    default:
      return undefined;
  }
}

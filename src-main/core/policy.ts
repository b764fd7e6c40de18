/**
 * Policy, not consensus (PROTOCOL section 4.8): what this node does by itself about joining, raising and showing
 * evidence. Every choice leaves as an ordinary transaction of the own lane.
 */
import { toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import type { JoinObstacle } from './effects.ts';
import type { Application } from './messages.ts';
import { raisesDue } from './raising.ts';
import { joinSigningBytes, verifyJoin, verifyTicket } from './signing.ts';
import type { LedgerState } from '../ledger/state.ts';
import { mayReturn } from '../ledger/demotion.ts';
import type { LedgerMember } from '../ledger/state.ts';
import { memberByKey, READY_WINDOW, sponsorRefusal } from '../ledger/state.ts';
import { MAX_OPEN_VOTES } from '../ledger/stake.ts';
import type { Command, Height, Join, PeerText, SignedStatement } from './types.ts';

export interface MembershipPolicy {
  /** Whether joiners are sponsored without asking the owner. */
  readonly sponsor: 'automatic' | 'ask';
  /** Whether this node votes to raise ready observers, and to which stake; null: by hand. */
  readonly raiseTo: number | null;
  /** Whether it votes so that the founder keeps more than two thirds while fewer than four have stake. */
  readonly keepsFounder: boolean;
  /** Whether this node, as an observer that is level with the chain, says so to be raised. */
  readonly announceReady: boolean;
}

/** The own lane. */
export interface PolicyLane {
  /** False: not now. */
  offer(ident: string, commands: readonly Command[]): boolean;
  /** Whether an own transaction is in no block yet. */
  isWaiting(ident: string): boolean;
}

/** How long a JOIN stays valid, in blocks. */
const JOIN_LIFETIME_HEIGHTS = 1000;
/** What a JOIN can name: any peer may state any height. */
const MAX_HEIGHT = 2 ** 32 - 1;
const MAX_REMEMBERED = 256;
const MAX_WAITING_EVIDENCE = 16;

export class Policy {
  readonly #context: CoreContext;
  readonly #policy: MembershipPolicy;
  readonly #lane: PolicyLane;
  /** The newest own transaction for each raise; oldest first, at most MAX_REMEMBERED. */
  readonly #raises = new Map<string, string>();
  /** What was proposed already, so that it is proposed once; oldest first, at most MAX_REMEMBERED. */
  readonly #proposed = new Set<string>();
  /** Evidence that no bundle holds yet; at most MAX_WAITING_EVIDENCE. */
  #evidence: {
    readonly culprit: PeerText;
    readonly first: SignedStatement;
    readonly second: SignedStatement;
  }[] = [];
  /** Whether this node wants to become a member, and what it says about itself. */
  wantsToJoin = false;
  application: Application | null = null;

  constructor(
    options: MembershipPolicy,
    dependencies: {
      context: CoreContext;
      lane: PolicyLane;
    },
  ) {
    this.#policy = options;
    this.#context = dependencies.context;
    this.#lane = dependencies.lane;
  }

  /** Our own wish to join, for a sponsor. */
  ownJoin(tip: Height): Join {
    const { signer, chainId } = this.#context;
    const expiryHeight = Math.min(tip + JOIN_LIFETIME_HEIGHTS, MAX_HEIGHT);
    const signature = signer.sign(joinSigningBytes(chainId, signer.publicKey, expiryHeight));
    return { publicKey: signer.publicKey, expiryHeight, signature };
  }

  /**
   * False: the JOIN is not its sender's, or its ticket not its issuer's. What the ledger would refuse now is left alone
   * where nobody is asked, as the joiner asks again: it may not know the height yet, or another newcomer was faster.
   */
  onJoin(join: Join, application: Application | null, state: LedgerState): boolean {
    const { crypto, chainId } = this.#context;
    const ticket = application?.ticket ?? null;
    if (!verifyJoin(crypto, chainId, join)) return false;
    if (ticket !== null && !verifyTicket(crypto, chainId, ticket)) return false;
    if (this.#policy.sponsor === 'automatic') {
      this.sponsor(join, state);
      return true;
    }
    const publicKey = toText(join.publicKey);
    const obstacle = this.#obstacleTo(join, state);
    this.#context.emit({ type: 'joinRequested', publicKey, join, application, obstacle });
    return true;
  }

  /** Once per join of this node that the ledger executed: what it would refuse now is asked for again. */
  sponsor(join: Join, state: LedgerState): void {
    const sponsor = memberByKey(state, this.#context.self);
    if (sponsor === undefined || this.#obstacleTo(join, state) !== null) return;
    const publicKey = toText(join.publicKey);
    const name = `join-${publicKey.slice(0, 16)}-${state.height}`;
    this.#once(`join:${publicKey}:${sponsor.lastSponsoredAt}`, name, [{ kind: 'addPeer', join }]);
  }

  #obstacleTo(join: Join, state: LedgerState): JoinObstacle | null {
    const sponsor = memberByKey(state, this.#context.self);
    if (memberByKey(state, toText(join.publicKey)) !== undefined) return 'is-member';
    if (sponsor === undefined || sponsor.stake === 0) return 'no-stake';
    const next = state.height + 1;
    if (join.expiryHeight < next) return 'join-expired';
    return sponsorRefusal(state, sponsor, next, this.#context.parameters);
  }

  /** After a block: raise observers that showed to be ready, say that we are, forget joins that were decided. */
  onBlock(state: LedgerState, tipHash: Uint8Array, isLevel: boolean): void {
    const self = memberByKey(state, this.#context.self);
    for (const name of this.#proposed) {
      const [kind, publicKey] = name.split(':');
      if (kind === 'join' && memberByKey(state, publicKey!) !== undefined) this.#proposed.delete(name);
    }
    if (self === undefined) return;
    this.wantsToJoin = false;
    this.#submitEvidence(state);
    if (self.stake > 0) {
      this.#raise(self, state);
      if (isLevel && mayReturn(state, self.id, state.height + 1))
        this.#returnToLead(state.height, self.demotedAt, tipHash);
    } else if (isLevel && this.#policy.announceReady && mayBeRaised(self, state)) {
      const isFresh = self.readyHeight > 0 && state.height - self.readyHeight < READY_WINDOW;
      const height = state.height;
      const ready = { kind: 'ready', height, blockHash: tipHash } as const;
      if (!isFresh) this.#once(`ready:${height - (height % READY_WINDOW)}`, `ready-${height}`, [ready]);
    }
  }

  /** Evidence is committed once per key and height; the stake goes to 0 by the ledger's rule. */
  onEvidence(culprit: PeerText, first: SignedStatement, second: SignedStatement, state: LedgerState): void {
    const isKnown = memberByKey(state, culprit) !== undefined && culprit !== this.#context.self;
    if (!isKnown) return;
    const { height, view } = first;
    if (!this.#remember(`evidence:${culprit}:${height}`)) return;
    this.#context.emit({ type: 'evidence', culprit, height, view });
    this.#evidence.push({ culprit, first, second });
    this.#submitEvidence(state);
    if (this.#evidence.length > MAX_WAITING_EVIDENCE) this.#evidence.shift();
  }

  /** A full lane refuses it; it is offered again after each block, for as long as it would still count. */
  #submitEvidence(state: LedgerState): void {
    this.#evidence = this.#evidence.filter(({ culprit, first, second }) => {
      const member = memberByKey(state, culprit);
      if (member === undefined || first.height <= member.punishedAt) return false;
      const ident = `evidence-${first.height}-${culprit.slice(0, 12)}`;
      return !this.#lane.offer(ident, [{ kind: 'evidence', first, second }]);
    });
  }

  /** Of what is due, as much as the open votes of one member allow; the rest follows with the next blocks. */
  #raise(self: LedgerMember, state: LedgerState): void {
    const { raiseTo, keepsFounder } = this.#policy;
    if (raiseTo === null) return;
    let open = state.stakeVotes.filter(({ voters }) => voters.includes(self.id)).length;
    for (const { target, publicKey, ident, delta } of raisesDue(state, { raiseTo, keepsFounder })) {
      const isOpen = state.stakeVotes.some((vote) => vote.target === target && vote.voters.includes(self.id));
      if (isOpen) continue;
      if (open >= MAX_OPEN_VOTES) return;
      open += 1;
      const before = this.#raises.get(ident);
      // Said, and not executed yet: it is not said again.
      if (before !== undefined && this.#lane.isWaiting(before)) continue;
      const transaction = `${ident}-${state.height}`;
      const vote = { kind: 'modifyStake', publicKey, ident, delta } as const;
      if (!this.#lane.offer(transaction, [vote])) continue;
      if (this.#raises.size >= MAX_REMEMBERED) this.#raises.delete(this.#raises.keys().next().value!);
      this.#raises.set(ident, transaction);
    }
  }

  /** Awake again after it was demoted: a `ready` is the bundle that ends it, where nothing else is to be said. */
  #returnToLead(height: Height, demotedAt: Height, tipHash: Uint8Array): void {
    const ready = { kind: 'ready', height, blockHash: tipHash } as const;
    this.#once(`return:${demotedAt}`, `ready-${height}`, [ready]);
  }

  #once(key: string, ident: string, commands: readonly Command[]): void {
    if (this.#proposed.has(key)) return;
    if (this.#lane.offer(ident, commands)) this.#remember(key);
  }

  #remember(key: string): boolean {
    if (this.#proposed.has(key)) return false;
    if (this.#proposed.size >= MAX_REMEMBERED) this.#proposed.delete(this.#proposed.values().next().value!);
    this.#proposed.add(key);
    return true;
  }
}

/** Whoever had stake before is raised by hand alone, and says that it is level when somebody votes for that. */
function mayBeRaised({ id, raised, leaving }: LedgerMember, { stakeVotes }: LedgerState): boolean {
  if (leaving) return false;
  return !raised || stakeVotes.some(({ target, remove, delta }) => target === id && !remove && delta > 0);
}

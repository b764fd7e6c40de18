/**
 * Policy, not consensus (PROTOCOL section 4.8): what this node does by itself about joining, raising and showing
 * evidence. Every choice leaves as an ordinary transaction of the own lane.
 */
import { toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import { joinSigningBytes, verifyJoin } from './signing.ts';
import type { LedgerState } from '../ledger/state.ts';
import { mayReturn } from '../ledger/demotion.ts';
import { memberByKey, READY_WINDOW, sponsorRefusal } from '../ledger/state.ts';
import type { Command, Height, Join, PeerText, SignedStatement } from './types.ts';

export interface MembershipPolicy {
  /** Whether joiners are sponsored without asking the owner. */
  readonly sponsor: 'automatic' | 'ask';
  /** Whether this node votes to raise ready observers, and to which stake; null: by hand. */
  readonly raiseTo: number | null;
  /** Whether this node, as an observer that is level with the chain, says so to be raised. */
  readonly announceReady: boolean;
}

/** How long a JOIN stays valid, in blocks. */
const JOIN_LIFETIME_HEIGHTS = 1000;
const MAX_REMEMBERED = 256;
const MAX_WAITING_EVIDENCE = 16;

export class Policy {
  readonly #context: CoreContext;
  readonly #policy: MembershipPolicy;
  readonly #submit: (ident: string, commands: readonly Command[]) => boolean;
  /** What was proposed already, so that it is proposed once; oldest first, at most MAX_REMEMBERED. */
  readonly #proposed = new Set<string>();
  /** Evidence that no bundle holds yet; at most MAX_WAITING_EVIDENCE. */
  #evidence: {
    readonly culprit: PeerText;
    readonly first: SignedStatement;
    readonly second: SignedStatement;
  }[] = [];
  /** Whether this node wants to become a member. */
  wantsToJoin = false;

  constructor(
    options: MembershipPolicy,
    dependencies: {
      context: CoreContext;
      submit: (ident: string, commands: readonly Command[]) => boolean;
    },
  ) {
    this.#policy = options;
    this.#context = dependencies.context;
    this.#submit = dependencies.submit;
  }

  /** Our own wish to join, for a sponsor. */
  ownJoin(tip: Height): Join {
    const { signer, chainId } = this.#context;
    const expiryHeight = tip + JOIN_LIFETIME_HEIGHTS;
    const signature = signer.sign(joinSigningBytes(chainId, signer.publicKey, expiryHeight));
    return { publicKey: signer.publicKey, expiryHeight, signature };
  }

  /**
   * False: the JOIN is not its sender's. What the ledger would refuse now is left alone, as the joiner asks again: it
   * may not know the height yet, or another newcomer was faster.
   */
  onJoin(join: Join, state: LedgerState): boolean {
    const { crypto, chainId, self, parameters } = this.#context;
    if (!verifyJoin(crypto, chainId, join)) return false;
    const publicKey = toText(join.publicKey);
    const sponsor = memberByKey(state, self);
    if (memberByKey(state, publicKey) !== undefined || sponsor === undefined || sponsor.stake === 0)
      return true;
    const next = state.height + 1;
    if (join.expiryHeight < next || sponsorRefusal(state, sponsor, next, parameters) !== null) return true;
    const name = `join-${publicKey.slice(0, 16)}-${state.height}`;
    if (this.#policy.sponsor === 'automatic')
      this.#once(`join:${publicKey}:${sponsor.lastSponsoredAt}`, name, [{ kind: 'addPeer', join }]);
    else if (this.#remember(`ask:${publicKey}`)) this.#context.emit({ type: 'joinRequested', publicKey });
    return true;
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
      this.#raiseObservers(state);
      if (isLevel && mayReturn(state, self.id, state.height + 1))
        this.#returnToLead(state.height, self.demotedAt, tipHash);
    } else if (isLevel && this.#policy.announceReady && !self.raised && !self.leaving) {
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
      return !this.#submit(ident, [{ kind: 'evidence', first, second }]);
    });
  }

  #raiseObservers(state: LedgerState): void {
    const delta = this.#policy.raiseTo;
    if (delta === null) return;
    for (const { id, publicKey, stake, raised, leaving, readyHeight } of state.members) {
      const isReady = readyHeight > 0 && state.height - readyHeight <= READY_WINDOW;
      if (stake > 0 || raised || leaving || !isReady) continue;
      const ident = `raise-${id}`;
      this.#once(`raise:${id}:${readyHeight}`, `${ident}-${readyHeight}`, [
        { kind: 'modifyStake', publicKey, ident, delta },
      ]);
    }
  }

  /** Awake again after it was demoted: a `ready` is the bundle that ends it, where nothing else is to be said. */
  #returnToLead(height: Height, demotedAt: Height, tipHash: Uint8Array): void {
    const ready = { kind: 'ready', height, blockHash: tipHash } as const;
    this.#once(`return:${demotedAt}`, `ready-${height}`, [ready]);
  }

  #once(key: string, ident: string, commands: readonly Command[]): void {
    if (this.#proposed.has(key)) return;
    if (this.#submit(ident, commands)) this.#remember(key);
  }

  #remember(key: string): boolean {
    if (this.#proposed.has(key)) return false;
    if (this.#proposed.size >= MAX_REMEMBERED) this.#proposed.delete(this.#proposed.values().next().value!);
    this.#proposed.add(key);
    return true;
  }
}

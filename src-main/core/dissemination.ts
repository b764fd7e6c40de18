/** What leaves by itself: bundles, pulls, STATUS, and the wish to join (PROTOCOL section 4.5). */
import { toText } from './bytes.ts';
import type { CoreEvent } from './events.ts';
import type { Application } from './messages.ts';
import type { Parts } from './parts.ts';
import type { Peer } from './peers.ts';
import type { Repair } from './repair.ts';
import type { SealedBundle } from './sealed.ts';
import type { Sync } from './sync.ts';
import type { PeerText } from './types.ts';

/** Members up to which every bundle is pushed to all; beyond, to FANOUT of them. */
const PUSH_ALL_MEMBERS = 16;
const FANOUT = 8;
const JOIN_RETRY_MS = 1000;
const MAX_PULLED_HEADERS = 16;

type JoinAnswer = Extract<CoreEvent, { type: 'answerJoin' }>;

export class Dissemination {
  readonly #parts: Parts;
  readonly #repair: Repair;
  readonly #sync: Sync;
  /** What was pulled last, so that the same want is not asked for twice in a row. */
  #pulled = '';
  #pullAttempt = 0;

  constructor(parts: Parts, dependencies: { repair: Repair; sync: Sync }) {
    this.#parts = parts;
    this.#repair = dependencies.repair;
    this.#sync = dependencies.sync;
  }

  /** Asks for what the round waits for, at once when it is new, and of another peer on each retry. */
  pull(isRetry: boolean): void {
    const { wants } = this.#parts.round;
    if (wants === null || this.#sync.isFarBehind(this.#parts.height, this.#parts.committeeAfterNext)) return;
    const name = [...wants.headers, ...wants.lanes.map((lane) => lane.tipDigest)].map(toText).join();
    if (name === this.#pulled && !isRetry) return;
    this.#pullAttempt = name === this.#pulled ? this.#pullAttempt + 1 : 0;
    this.#pulled = name;
    const sources = [...new Set([...wants.sources, ...this.#parts.others])].filter(
      (key) => key !== this.#parts.context.self,
    );
    const source = sources[this.#pullAttempt % sources.length];
    if (source === undefined) return;
    this.#parts.context.send(source, {
      type: 'pull',
      headers: wants.headers.slice(0, MAX_PULLED_HEADERS),
      lanes: wants.lanes.map(({ owner, tipDigest }) => ({
        origin: owner.publicKey,
        // What is held already need not come again: a lane of many bundles arrives in several answers.
        fromSeq: owner.laneSeq + this.#parts.lanes.chainOf(toText(owner.publicKey)).length + 1,
        tipDigest,
      })),
    });
  }

  /** A new own bundle goes to all, or to some when there are many; STATUS and pulls bring it to the rest. */
  push(bytes: Uint8Array): void {
    const message = { type: 'bundle', bytes } as const;
    if (this.#parts.others.length < PUSH_ALL_MEMBERS) return this.#parts.context.broadcast(message);
    const left = [...this.#parts.others];
    const chosen: PeerText[] = [];
    while (chosen.length < FANOUT) chosen.push(...left.splice(this.#parts.context.random(left.length), 1));
    this.#parts.context.emit({ type: 'send', to: chosen, message });
  }

  /** With a proposal: what its origins pushed to a part of the members only. */
  pushCited(bundles: readonly SealedBundle[]): void {
    if (this.#parts.others.length < PUSH_ALL_MEMBERS) return;
    for (const { bundle, bytes } of bundles) {
      const to = this.#parts.others.filter((key) => key !== toText(bundle.origin));
      this.#parts.context.emit({ type: 'send', to, message: { type: 'bundle', bytes } });
    }
  }

  statusToAll(): void {
    for (const key of this.#parts.others) {
      const peer = this.#parts.peers.entry(key);
      if (peer === undefined) continue;
      if (peer.askedAtMs === null || (peer.heardAtMs ?? 0) >= peer.askedAtMs)
        peer.askedAtMs = this.#parts.context.nowMs();
      this.#repair.sendStatus(peer);
    }
    for (const peer of this.#parts.peers.all()) {
      if (!this.#parts.peers.isMember(peer.publicKey) && peer.connected) this.#repair.sendStatus(peer);
    }
  }

  askStatus(peer: Peer): void {
    if (
      this.#parts.context.nowMs() - peer.statusSentAtMs >=
      Math.floor(this.#parts.context.timing.retransmitMs / 2)
    ) {
      this.#repair.sendStatus(peer);
    }
  }

  startJoining(application: Application | null): void {
    const { policy, lanes, context } = this.#parts;
    // Who asks may not know yet that it is a member.
    policy.wantsToJoin = lanes.owner(context.self) === undefined;
    policy.application = application;
    this.askToJoin();
  }

  /**
   * Asks some connected peer, again and again, for as long as this node wants to become a member: whoever gave it a
   * ticket, where that is there, as nobody else honours it.
   */
  askToJoin(): void {
    const { policy, peers, context, height } = this.#parts;
    if (!policy.wantsToJoin) return;
    const { application } = policy;
    const ticket = application?.ticket ?? null;
    const issuer = ticket === null ? null : toText(ticket.issuer);
    const connected = [...peers.all()].filter((peer) => peer.connected);
    const chosen = connected[context.random(Math.max(1, connected.length))];
    const sponsor = connected.find(({ publicKey }) => publicKey === issuer) ?? chosen;
    if (sponsor !== undefined) {
      const { publicKey } = sponsor;
      const join = policy.ownJoin(Math.max(height, peers.tipOf(publicKey) ?? 0));
      context.send(publicKey, { type: 'join', join, application });
    }
    this.#parts.timers.set('status', JOIN_RETRY_MS);
  }

  /** What the owner said of a joiner: it is sponsored in this turn, and told after that is durable. */
  answerJoin({ to, admit, admission }: JoinAnswer): void {
    const peer = this.#parts.peers.get(to);
    if (admit !== null) this.#parts.policy.sponsor(admit, this.#parts.state);
    if (peer !== undefined) peer.answers.left -= admission.genesis.length;
    this.#parts.context.send(to, { type: 'admission', admission });
  }

  /**
   * A leader that answered no STATUS while a quorum was heard (PROTOCOL section 4.4). Local; it only shortens a timer.
   */
  isSuspected(leader: Uint8Array): boolean {
    const peer = this.#parts.peers.get(toText(leader));
    if (toText(leader) === this.#parts.context.self) return false;
    const { suspectBusyMs } = this.#parts.context.timing;
    const isSilent = (candidate: Peer | undefined) => {
      if (candidate === undefined || !candidate.connected) return true;
      const heardAtMs = candidate.heardAtMs ?? Number.NEGATIVE_INFINITY;
      return (
        candidate.askedAtMs !== null &&
        heardAtMs < candidate.askedAtMs &&
        this.#parts.context.nowMs() - candidate.askedAtMs > suspectBusyMs
      );
    };
    if (!isSilent(peer)) return false;
    const { committee, selfIndex } = this.#parts.round.facts;
    const heard = committee.members.flatMap(({ publicKey }, index) =>
      index === selfIndex || !isSilent(this.#parts.peers.get(toText(publicKey))) ? [index] : [],
    );
    return committee.isQuorum(heard);
  }
}

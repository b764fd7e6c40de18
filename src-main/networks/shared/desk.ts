/** What the owner of a node decides about who else is in the network: invitations, and who is let in. */
import { fromText, toText } from '../../core/bytes.ts';
import type { Crypto } from '../../core/crypto.ts';
import type { PeerText, PublicKey } from '../../core/types.ts';
import type { PublishEffect } from '../../core/effects.ts';
import type { Admission } from '../../core/messages.ts';
import { NAME_NAMESPACE } from '../../node/facade.ts';
import type { NodeFacade } from '../../node/facade.ts';
import type { Clock, Logger } from '../../node/ports.ts';
import { NetworkError } from '../errors.ts';
import type {
  AdmissionSettings,
  GivenInvitation,
  IssuedInvitation,
  JoinRequest,
  MembershipDesk,
  NewInvitation,
} from './desk-types.ts';
import type { InvitationBook } from './invitation-book.ts';
import { encodeInvitation, MAX_INVITED_HINTS, MAX_INVITED_PEERS, wordsOf } from './invitation.ts';
import type { InvitedPeer } from './invitation.ts';
import { updateShared } from './manifest.ts';
import type { SharedManifest } from './manifest.ts';
import { shownName } from './names.ts';

export interface DeskDependencies {
  readonly node: NodeFacade;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: InvitationBook;
  /** Where the own node, or another member, can be reached by others. */
  readonly addressHintsOf: (publicKey: PeerText) => readonly string[];
}

type Answer = Pick<Admission, 'reason'> & { readonly decision: JoinRequest['state'] | 'member' };
type Asked = Extract<PublishEffect, { type: 'joinRequested' }>;

interface Entry {
  readonly shown: JoinRequest;
  readonly asked: Asked;
  readonly heardAtMs: number;
}

/** Who asks does so every second: who was not heard for so long has given up. */
const GIVEN_UP_AFTER_MS = 30_000;
const MAX_REQUESTS = 128;
const MAX_DECIDED = 256;
const NOTHING = new Uint8Array(0);

export class Desk implements MembershipDesk {
  readonly #dependencies: DeskDependencies;
  /** The file that says whom to admit. */
  readonly #manifest: string;
  /** Newest last; at most MAX_REQUESTS. */
  readonly #requests = new Map<PeerText, Entry>();
  /**
   * Whom the owner let in or refused since the node started, and not longer: who is let in is a member within seconds,
   * and to be asked again about the others does no harm. At most MAX_DECIDED, the oldest go first.
   */
  readonly #decided = new Map<PeerText, boolean>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #settings: SharedManifest;

  constructor(options: { readonly manifest: string }, dependencies: DeskDependencies) {
    this.#manifest = options.manifest;
    this.#dependencies = dependencies;
    this.#settings = updateShared(options.manifest, {});
    this.#unsubscribe = dependencies.node.subscribe((event) => {
      if (event.type === 'joinRequested') this.#guarded(() => this.#onAsked(event));
      else if (event.type === 'membersChanged') this.#guarded(() => this.#onMembersChanged());
    });
    // Who became a member while this node did not run.
    this.#guarded(() => this.#onMembersChanged());
  }

  close(): void {
    this.#unsubscribe();
  }

  invite({ ticket: kind, lifetimeBlocks, note }: NewInvitation): GivenInvitation {
    const { node, crypto, book } = this.#dependencies;
    const { height, tipHash, members } = node.snapshot();
    const chainId = fromText(node.chainId)!;
    const isMember = members.some(({ isSelf, stake }) => isSelf && stake > 0);
    if (!isMember) throw new NetworkError('no-stake', 'only members with stake bring in others');
    const ticket = kind === 'none' ? null : book.issue(kind, height + lifetimeBlocks, height, note);
    const checkpoint = { height, hash: fromText(tipHash)! };
    const peers = this.#peers();
    const networkName = node.genesis.name;
    const link = encodeInvitation(
      { chainId, networkName, transport: 'udp', peers, checkpoint, ticket },
      crypto,
    );
    return {
      id: ticket === null ? null : toText(ticket.id),
      link,
      words: wordsOf(chainId, crypto),
      expiryHeight: ticket?.expiryHeight ?? null,
      addressHints: peers[0]?.addressHints ?? [],
    };
  }

  invitations(): readonly IssuedInvitation[] {
    const { book, node } = this.#dependencies;
    const { height } = node.snapshot();
    return book.all().map((issued) => {
      const { revoked: _, ...shown } = issued;
      return { ...shown, state: book.stateOf(issued, height) };
    });
  }

  revoke(id: string): void {
    this.#dependencies.book.revoke(id);
  }

  settings(): AdmissionSettings {
    const { admission, paused } = this.#settings;
    return { admission, paused };
  }

  set(change: Partial<AdmissionSettings>): void {
    this.#settings = updateShared(this.#manifest, change);
    this.#tell();
  }

  requests(): readonly JoinRequest[] {
    this.#forgetGivenUp();
    return [...this.#requests.values()].map(({ shown }) => shown);
  }

  decide(publicKey: PeerText, accept: boolean): void {
    this.#forgetGivenUp();
    const entry = this.#requests.get(publicKey);
    if (entry === undefined) throw new NetworkError('not-found', 'nobody with this key asks');
    this.#decided.delete(publicKey);
    if (this.#decided.size >= MAX_DECIDED) this.#decided.delete(this.#decided.keys().next().value!);
    this.#decided.set(publicKey, accept);
    const obstacle = this.#isMember(publicKey) ? 'is-member' : entry.asked.obstacle;
    this.#onAsked({ ...entry.asked, obstacle });
  }

  displayName(): string {
    return this.#settings.displayName;
  }

  setDisplayName(displayName: string): void {
    this.#settings = updateShared(this.#manifest, { displayName });
    this.#sayName();
  }

  async removeMember(publicKey: PeerText): Promise<void> {
    await this.#dependencies.node.submit([{ kind: 'removePeer', publicKey: this.#keyOf(publicKey) }]);
  }

  async voteStake(publicKey: PeerText, delta: number, ident?: string): Promise<void> {
    const { node } = this.#dependencies;
    const { height } = node.snapshot();
    const command = {
      kind: 'modifyStake',
      publicKey: this.#keyOf(publicKey),
      delta,
      ident: ident ?? `${delta < 0 ? 'lower' : 'raise'}-${publicKey.slice(0, 12)}-${height}`,
    } as const;
    await node.submit([command]);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What goes wrong with the own files must not end the node: who asks waits, and the log says why. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#dependencies.logger.log('error', 'a join request could not be handled', { error: String(error) });
    }
  }

  #forgetGivenUp(): void {
    const nowMs = this.#dependencies.clock.nowMs();
    for (const [key, { heardAtMs, shown }] of [...this.#requests])
      if (shown.state !== 'refused' && nowMs - heardAtMs > GIVEN_UP_AFTER_MS) this.#requests.delete(key);
  }

  #onAsked(asked: Asked): void {
    const { node, clock } = this.#dependencies;
    const { publicKey, join, application } = asked;
    // A node of a local network says nothing about itself, and nobody is asked about it.
    if (application === null) return;
    const answer = this.#judge(asked);
    const { height } = node.snapshot();
    const genesis = application.wantsGenesis ? node.reader.genesisBytes() : NOTHING;
    const admission = { ...answer, height, raises: this.#settings.raises, genesis };
    node.answerJoin(publicKey, admission, answer.decision === 'accepted' ? join : null);
    if (answer.decision === 'member') {
      if (this.#requests.delete(publicKey)) this.#tell();
      return;
    }
    const before = this.#requests.get(publicKey)?.shown;
    const shown: JoinRequest = {
      publicKey,
      displayName: nameOf(application.displayName, publicKey),
      hasTicket: application.ticket !== null,
      state: answer.decision,
      reason: answer.reason,
      askedAtMs: before?.askedAtMs ?? Date.now(),
    };
    this.#requests.set(publicKey, { shown, asked, heardAtMs: clock.nowMs() });
    if (this.#requests.size > MAX_REQUESTS) this.#requests.delete(this.#requests.keys().next().value!);
    if (JSON.stringify(before) !== JSON.stringify(shown)) this.#tell();
  }

  #judge({ publicKey, application, obstacle }: Asked): Answer {
    const { book, node } = this.#dependencies;
    if (obstacle === 'is-member') return { decision: 'member', reason: 'none' };
    if (obstacle === 'no-stake') return { decision: 'waiting', reason: 'no-stake' };
    const decided = this.#decided.get(publicKey);
    if (decided === false) return { decision: 'refused', reason: 'refused-by-owner' };
    if (this.#settings.paused) return { decision: 'waiting', reason: 'paused' };
    const ticket = application?.ticket ?? null;
    const worth = ticket === null ? 'not-mine' : book.redeem(ticket, publicKey, node.snapshot().height);
    const isWelcome = worth === 'valid' || decided === true;
    if (!isWelcome && worth !== 'not-mine') return { decision: 'refused', reason: `ticket-${worth}` };
    if (!isWelcome && this.#settings.admission === 'ask') return { decision: 'waiting', reason: 'owner' };
    if (obstacle !== null) return { decision: 'waiting', reason: obstacle };
    return { decision: 'accepted', reason: 'none' };
  }

  #onMembersChanged(): void {
    this.#sayName();
    for (const { publicKey } of this.#dependencies.node.snapshot().members) {
      this.#dependencies.book.becameMember(publicKey);
      // Who leaves and comes back is asked about again.
      this.#decided.delete(publicKey);
      if (this.#requests.delete(publicKey)) this.#tell();
    }
  }

  /** @throws NetworkError `not-found` */
  #keyOf(publicKey: PeerText): PublicKey {
    if (!this.#isMember(publicKey))
      throw new NetworkError('not-found', 'there is no such member', { publicKey });
    return fromText(publicKey)!;
  }

  /** Once this node is a member, and whenever the name is another one than the chain has. */
  #sayName(): void {
    const { node, logger } = this.#dependencies;
    const { displayName } = this.#settings;
    const isMember = node.snapshot().members.some(({ isSelf }) => isSelf);
    const said = node.reader.value(`${NAME_NAMESPACE}:${node.publicKey}`)?.value;
    if (!isMember || said === displayName) return;
    const name = { kind: 'data', ns: NAME_NAMESPACE, d: displayName } as const;
    const isWaiting = node
      .waiting()
      .some(({ commands }) =>
        commands.some((one) => one.kind === 'data' && one.ns === name.ns && one.d === name.d),
      );
    if (isWaiting) return;
    node.submit([name]).catch((error: unknown) => {
      logger.log('warn', 'the own name could not be said', { error: String(error) });
    });
  }

  #isMember(publicKey: PeerText): boolean {
    return this.#dependencies.node.snapshot().members.some((member) => member.publicKey === publicKey);
  }

  #tell(): void {
    for (const listener of this.#listeners) this.#guarded(listener);
  }

  /** The own node first, as only it honours the ticket; then members that are connected and known to be somewhere. */
  #peers(): InvitedPeer[] {
    const { node, addressHintsOf } = this.#dependencies;
    const others = node
      .snapshot()
      .members.filter(({ isSelf, stake, link }) => !isSelf && stake > 0 && link?.connected === true)
      .map(({ publicKey }) => publicKey);
    return [node.publicKey, ...others]
      .map((publicKey) => ({
        publicKey: fromText(publicKey)!,
        addressHints: addressHintsOf(publicKey).slice(0, MAX_INVITED_HINTS),
      }))
      .filter(({ addressHints }, index) => index === 0 || addressHints.length > 0)
      .slice(0, MAX_INVITED_PEERS);
  }
}

/** Who says nothing that can be shown is called by the beginning of its key. */
function nameOf(displayName: string, publicKey: PeerText): string {
  return shownName(displayName) ?? publicKey.slice(0, 8);
}

/**
 * Where members are, learned from each other (PROTOCOL section 3, ADDRESS): each signs a numbered record of its own
 * addresses, hands on the newest record that it holds of other members, and keeps them over restarts. Nothing of it is
 * on the chain.
 *
 * The own record goes to a peer when a session with it begins and when the own addresses change, and again a little
 * later, because datagrams get lost. The records of others follow once per session, and at once to a few when they are
 * new. Whoever shows an old record is shown the newer one, also its own: after a restored backup a node so learns which
 * number it has reached.
 */
import { toText } from '../core/bytes.ts';
import type { Crypto, Signer } from '../core/crypto.ts';
import type { PublishEffect } from '../core/effects.ts';
import { encodeMessage } from '../core/message-encoding.ts';
import type { AddressRecord } from '../core/messages.ts';
import { addressSigningBytes } from '../core/signing.ts';
import type { Hash, PeerText } from '../core/types.ts';
import type { NodeFacade } from './facade.ts';
import type { Clock, Random, Transport } from './ports.ts';

/** Members at most (PROTOCOL section 4.8), and joiners beside them. */
const MAX_MEMBER_RECORDS = 128;
const MAX_OTHER_RECORDS = 128;
/** New records go to so many peers at once; they reach everybody in a few steps all the same. */
const FAN_OUT = 8;
const REPEAT_AFTER_MS = [3_000, 15_000] as const;
/** Others' records wait for what the peer itself shows first, so that it is not told what it knows. */
const HAND_ON_AFTER_MS = 1_000;
/** Changes of one key beyond these are passed over until it was quiet: each makes all of us look for it anew. */
const CHANGES_AT_ONCE = 3;
const CHANGE_EVERY_MS = 5_000;
/** A second copy of this node elsewhere would raise the number as well, for ever. */
const RAISE_EVERY_MS = 10_000;
/** How long a move may be news to others. */
const RECENT_MS = 60_000;
const SAVE_AFTER_MS = 2_000;
const MAX_SEQUENCE = 2 ** 32 - 1;

/** A record, and whether a peer on this very machine gave it: only then may it name loopback. */
export interface HeldRecord {
  readonly record: AddressRecord;
  readonly isFromHere: boolean;
}

/** What outlives the process. */
export interface StoredAddresses {
  /** Of the newest own record; 0 before the first one. */
  readonly sequence: number;
  readonly held: readonly HeldRecord[];
}

/** Durable when it returns. */
export interface AddressStore {
  load(): StoredAddresses;
  save(addresses: StoredAddresses): void;
}

export interface AddressExchangePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Pick<Transport, 'send' | 'flush' | 'links' | 'setPeer'>;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly store: AddressStore;
  /** Whether a peer was last heard from this very machine. */
  readonly isHere: (address: string) => boolean;
  /** What of a record may be used, in the transport's form; everything else of it is only handed on. */
  readonly usable: (held: HeldRecord) => readonly string[];
}

interface Held extends HeldRecord {
  changesLeft: number;
  changedAtMs: number;
}

type Node = Pick<NodeFacade, 'subscribe' | 'snapshot'>;

export class AddressExchange {
  readonly #chainId: Hash;
  readonly #self: PeerText;
  readonly #ports: AddressExchangePorts;
  /** At most MAX_MEMBER_RECORDS of members and MAX_OTHER_RECORDS of others; the oldest of those give way. */
  readonly #held = new Map<PeerText, Held>();
  /** By connected peer: the newest number per key that it has shown. */
  readonly #shown = new Map<PeerText, Map<PeerText, number>>();
  /** Peers that its owner vouches for before the chain does: those of an invitation. */
  readonly #trusted = new Set<PeerText>();
  readonly #timers = new Set<() => void>();
  #members = new Map<PeerText, number>();
  #sequence: number;
  #own: AddressRecord | null = null;
  #isSaveDue = false;
  #raisedAtMs = Number.NEGATIVE_INFINITY;
  #unsubscribe: () => void = () => undefined;

  constructor(options: { readonly chainId: Hash }, ports: AddressExchangePorts) {
    this.#chainId = options.chainId;
    this.#ports = ports;
    this.#self = toText(ports.signer.publicKey);
    const { sequence, held } = ports.store.load();
    this.#sequence = sequence;
    const changedAtMs = ports.clock.nowMs();
    for (const one of held.slice(-(MAX_MEMBER_RECORDS + MAX_OTHER_RECORDS))) {
      // A file can be damaged, or come from another network's folder.
      if (!this.#isSigned(one.record)) continue;
      this.#held.set(toText(one.record.publicKey), { ...one, changesLeft: CHANGES_AT_ONCE, changedAtMs });
    }
  }

  /** Follows a node from now on. */
  follow(node: Node): void {
    this.#readMembers(node);
    this.#unsubscribe = node.subscribe((event) => this.#onEvent(node, event));
    for (const { publicKey, connected } of this.#ports.transport.links())
      if (connected) this.#onConnected(publicKey);
  }

  /** Who may tell about others although the chain, as far as it is here, does not know them. */
  trust(publicKey: PeerText): void {
    if (this.#trusted.size < MAX_OTHER_RECORDS) this.#trusted.add(publicKey);
  }

  /** Best first; empty while nothing is known. */
  hintsOf(publicKey: PeerText): readonly string[] {
    const held = this.#held.get(publicKey);
    return held === undefined ? [] : this.#ports.usable(held);
  }

  /** The newest own record, for invitations; null before the first one. */
  get own(): AddressRecord | null {
    return this.#own;
  }

  /** These are the own addresses now: makes a new record if they are others than before, and tells everybody. */
  announce(addressHints: readonly string[]): void {
    const before = this.#own?.addressHints;
    if (before !== undefined && before.join() === addressHints.join()) return;
    if (this.#sequence >= MAX_SEQUENCE) return;
    this.#sequence += 1;
    const fields = { publicKey: this.#ports.signer.publicKey, sequence: this.#sequence, addressHints };
    const signature = this.#ports.signer.sign(addressSigningBytes(this.#chainId, fields));
    this.#own = { ...fields, signature };
    // The number is on disk before anybody sees it: no other record may ever have it.
    this.#save();
    for (const peer of this.#shown.keys()) this.#tellOwn(peer);
  }

  close(): void {
    this.#unsubscribe();
    if (this.#isSaveDue) this.#save();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#shown.clear();
  }

  #onEvent(node: Node, event: PublishEffect): void {
    if (event.type === 'address') this.#onRecord(event.record, event.from);
    else if (event.type === 'membersChanged') this.#onMembersChanged(node);
    else if (event.type === 'link' && event.isConnected) this.#onConnected(event.peer);
    else if (event.type === 'link') this.#shown.delete(event.peer);
  }

  #onConnected(peer: PeerText): void {
    this.#shown.set(peer, new Map());
    this.#tellOwn(peer);
    this.#after(HAND_ON_AFTER_MS, () => this.#handOnAll(peer));
  }

  /** Now, and again while the session lasts and the record is still the newest. */
  #tellOwn(peer: PeerText): void {
    const own = this.#own;
    if (own === null) return;
    this.#send(peer, own);
    for (const delayMs of REPEAT_AFTER_MS) {
      this.#after(delayMs, () => {
        if (this.#own === own && this.#shown.has(peer)) this.#send(peer, own);
      });
    }
  }

  /** To members only: strangers learn where others are when they are members themselves. */
  #handOnAll(peer: PeerText): void {
    if (!this.#members.has(peer)) return;
    for (const [key, { record }] of this.#held) if (this.#members.has(key)) this.#handOn(peer, record);
  }

  /** Who has just moved cannot have heard of others who moved meanwhile: what was sent to it went to its old place. */
  #handOnRecent(peer: PeerText): void {
    const sinceMs = this.#ports.clock.nowMs() - RECENT_MS;
    for (const [key, { record, changedAtMs }] of this.#held)
      if (changedAtMs >= sinceMs && this.#members.has(key)) this.#handOn(peer, record);
  }

  #handOn(peer: PeerText, record: AddressRecord): void {
    const key = toText(record.publicKey);
    const shown = this.#shown.get(peer);
    if (shown === undefined || key === peer || (shown.get(key) ?? 0) >= record.sequence) return;
    this.#send(peer, record);
  }

  #onRecord(record: AddressRecord, from: PeerText): void {
    const key = toText(record.publicKey);
    this.#noteShown(from, key, record.sequence);
    if (key === this.#self) return this.#onOwnRecord(record);
    const mayTell = key === from || this.#members.has(from) || this.#trusted.has(from);
    if (!mayTell) return;
    const known = this.#held.get(key);
    if (known !== undefined && known.record.sequence >= record.sequence) {
      if (known.record.sequence > record.sequence) this.#send(from, known.record);
      return;
    }
    const nowMs = this.#ports.clock.nowMs();
    const link = this.#ports.transport.links().find(({ publicKey }) => publicKey === from);
    const isFromHere = this.#ports.isHere(link?.address ?? '');
    if (!this.#hold({ record, isFromHere }, nowMs)) return;
    this.#saveSoon();
    this.#use(key);
    if (!this.#members.has(key)) return;
    this.#spread(record, from);
    if (key === from) this.#handOnRecent(key);
  }

  /** Somebody has a newer one of ours than we know of: a backup was restored. The next one is newer still. */
  #onOwnRecord({ sequence }: AddressRecord): void {
    const own = this.#own;
    if (own === null || sequence < own.sequence || sequence >= MAX_SEQUENCE) return;
    // Equal numbers are the record itself, unless a second one was signed with it.
    if (sequence === own.sequence) return;
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs - this.#raisedAtMs < RAISE_EVERY_MS) return;
    this.#raisedAtMs = nowMs;
    this.#sequence = sequence;
    this.#own = null;
    this.announce(own.addressHints);
  }

  #onMembersChanged(node: Node): void {
    const before = this.#members;
    this.#readMembers(node);
    for (const key of this.#members.keys()) {
      if (before.has(key)) continue;
      // Who has just become a member may be known to its sponsor alone, and knows nobody but him.
      const held = this.#held.get(key);
      if (held !== undefined) this.#spread(held.record, key);
      this.#use(key);
      this.#handOnAll(key);
    }
  }

  #readMembers(node: Node): void {
    const { members } = node.snapshot();
    this.#members = new Map(members.map(({ publicKey, stake }) => [publicKey, stake]));
  }

  /** To a few members that have not shown it; they hand it on likewise. */
  #spread(record: AddressRecord, except: PeerText): void {
    const peers = [...this.#shown.keys()].filter((peer) => this.#members.has(peer) && peer !== except);
    for (let left = FAN_OUT; left > 0 && peers.length > 0; left--) {
      const at = this.#ports.random.bytes(1)[0]! % peers.length;
      const [peer] = peers.splice(at, 1);
      this.#handOn(peer!, record);
      this.#after(REPEAT_AFTER_MS[0], () => this.#handOn(peer!, record));
    }
  }

  /** The transport looks for a member at the addresses that are known now. */
  #use(publicKey: PeerText): void {
    const stake = this.#members.get(publicKey);
    if (stake === undefined || publicKey === this.#self) return;
    const addressHints = this.hintsOf(publicKey);
    const peerClass = stake > 0 ? 'member' : 'observer';
    if (addressHints.length > 0) this.#ports.transport.setPeer({ publicKey, peerClass, addressHints });
  }

  /** False when this key changes too often, or there is no room. */
  #hold(held: HeldRecord, nowMs: number): boolean {
    const key = toText(held.record.publicKey);
    const known = this.#held.get(key);
    let changesLeft = CHANGES_AT_ONCE;
    if (known !== undefined) {
      const regained = Math.floor((nowMs - known.changedAtMs) / CHANGE_EVERY_MS);
      changesLeft = Math.min(CHANGES_AT_ONCE, known.changesLeft + regained);
      if (changesLeft === 0) return false;
    } else if (!this.#makeRoom(key)) return false;
    this.#held.delete(key);
    this.#held.set(key, { ...held, changesLeft: changesLeft - 1, changedAtMs: nowMs });
    return true;
  }

  #makeRoom(key: PeerText): boolean {
    const others = [...this.#held.keys()].filter((one) => !this.#members.has(one));
    if (this.#held.size < MAX_MEMBER_RECORDS + MAX_OTHER_RECORDS && others.length < MAX_OTHER_RECORDS)
      return true;
    const oldest = others[0];
    if (oldest !== undefined) this.#held.delete(oldest);
    return oldest !== undefined || this.#members.has(key);
  }

  #noteShown(from: PeerText, key: PeerText, sequence: number): void {
    const shown = this.#shown.get(from);
    if (shown === undefined || (shown.get(key) ?? 0) >= sequence) return;
    if (shown.has(key) || shown.size < MAX_MEMBER_RECORDS + MAX_OTHER_RECORDS) shown.set(key, sequence);
  }

  #send(peer: PeerText, record: AddressRecord): void {
    this.#ports.transport.send(peer, encodeMessage({ type: 'address', record }));
    this.#ports.transport.flush();
  }

  /** Others' records can be learned again: many come at once, and one write keeps them all. */
  #saveSoon(): void {
    if (this.#isSaveDue) return;
    this.#isSaveDue = true;
    this.#after(SAVE_AFTER_MS, () => this.#save());
  }

  #save(): void {
    this.#isSaveDue = false;
    const held = [...this.#held.values()].map(({ record, isFromHere }) => ({ record, isFromHere }));
    this.#ports.store.save({ sequence: this.#sequence, held });
  }

  #isSigned(record: AddressRecord): boolean {
    const bytes = addressSigningBytes(this.#chainId, record);
    return this.#ports.crypto.verify(record.signature, bytes, record.publicKey);
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#ports.clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}

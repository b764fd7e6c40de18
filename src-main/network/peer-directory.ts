/**
 * All peers by public key: those the owner registered, and strangers who proved their address and their key. Both
 * are bounded; strangers with a living session are never pushed out by others, and one address cannot take all places.
 */
import { fromText, toText } from '../core/bytes.ts';
import type { PeerText, PublicKey } from '../core/types.ts';
import type { PeerClass } from '../node/ports.ts';
import { MAX_PEERS, MAX_STRANGERS, MAX_STRANGERS_PER_ADDRESS } from './budgets.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import { TransportError } from './errors.ts';
import { toCurveKey } from './noise.ts';
import type { PeerDependencies } from './peer.ts';
import { Peer } from './peer.ts';
import type { TransportProfile } from './profiles.ts';

const PUBLIC_KEY_BYTES = 32;

export interface PeerDirectoryDependencies {
  readonly socket: DatagramSocket;
  readonly peerDependencies: () => PeerDependencies;
  /** A stranger that gives way; it is to be deleted. */
  readonly onEvicted: (peer: Peer) => void;
}

export class PeerDirectory {
  readonly #ownPublicKey: PublicKey;
  readonly #profile: TransportProfile;
  readonly #socket: DatagramSocket;
  readonly #peerDependencies: () => PeerDependencies;
  readonly #onEvicted: (peer: Peer) => void;
  /** At most MAX_PEERS registered ones and MAX_STRANGERS others. */
  readonly #peers = new Map<PeerText, Peer>();

  constructor(
    options: { readonly ownPublicKey: PublicKey; readonly profile: TransportProfile },
    dependencies: PeerDirectoryDependencies,
  ) {
    this.#ownPublicKey = options.ownPublicKey;
    this.#profile = options.profile;
    this.#socket = dependencies.socket;
    this.#peerDependencies = dependencies.peerDependencies;
    this.#onEvicted = dependencies.onEvicted;
  }

  get(text: PeerText): Peer | undefined {
    return this.#peers.get(text);
  }

  /** A copy, because peers may leave while one goes through them. */
  all(): Peer[] {
    return [...this.#peers.values()];
  }

  delete(peer: Peer): void {
    this.#peers.delete(peer.text);
  }

  /** The peer of the owner with this key. Throws a TransportError: `invalid-key`, `too-many-peers`. */
  register(text: PeerText, peerClass: PeerClass): Peer {
    const known = this.#peers.get(text);
    if (known?.isRegistered !== true && this.all().filter((peer) => peer.isRegistered).length === MAX_PEERS) {
      throw new TransportError('too-many-peers', `More than ${MAX_PEERS} peers.`);
    }
    const peer = known ?? this.#add(text, peerClass);
    peer.isRegistered = true;
    return peer;
  }

  /** The peer with this proven key; a new one needs room among the strangers. */
  admit(publicKey: PublicKey, address: string): Peer | null {
    const text = toText(publicKey);
    const known = this.#peers.get(text);
    if (known !== undefined) return known;
    const strangers = this.all().filter((peer) => !peer.isRegistered);
    const rateKey = this.#socket.rateKey(address);
    const neighbours = strangers.filter((peer) => this.#rateKeyOf(peer) === rateKey);
    const rivals = neighbours.length >= MAX_STRANGERS_PER_ADDRESS ? neighbours : strangers;
    if (rivals === neighbours || strangers.length >= MAX_STRANGERS) {
      const unused = rivals.find((peer) => peer.sessions.current === null);
      if (unused === undefined) return null;
      this.#onEvicted(unused);
    }
    return this.#add(text, 'stranger');
  }

  #rateKeyOf(peer: Peer): string | null {
    const address = peer.address ?? peer.sessions.pending?.session.address;
    return address === undefined ? null : this.#socket.rateKey(address);
  }

  #add(text: PeerText, peerClass: PeerClass): Peer {
    const publicKey = fromText(text);
    const curveKey = publicKey?.length === PUBLIC_KEY_BYTES ? toCurveKey(publicKey) : null;
    if (publicKey === undefined || curveKey === null || text === toText(this.#ownPublicKey)) {
      throw new TransportError('invalid-key', `Not a public key of a peer: ${text}`);
    }
    const options = { text, publicKey, curveKey, peerClass };
    const peer = new Peer(
      { ...options, ownPublicKey: this.#ownPublicKey, profile: this.#profile },
      this.#peerDependencies(),
    );
    this.#peers.set(text, peer);
    return peer;
  }
}

import { compareBytes } from '../core/bytes.ts';
import type { PeerText, PublicKey } from '../core/types.ts';
import type { PeerClass, PeerLink, Random } from '../node/ports.ts';
import { peerBudgets } from './budgets.ts';
import { readUint32 } from './byte-order.ts';
import type { DatagramOutput } from './channel.ts';
import { Channel } from './channel.ts';
import type { DatagramSocket } from './datagram-socket.ts';
import type { Attempt } from './attempt.ts';
import type { Outbox } from './outbox.ts';
import type { TransportProfile } from './profiles.ts';
import type { RecordWriter } from './records.ts';
import type { RejectionReason } from './rejections.ts';
import type { Session } from './session.ts';
import { SessionSet } from './session-set.ts';
import { TokenBucket } from './token-bucket.ts';

export interface PeerDependencies {
  readonly nowMs: number;
  readonly random: Random;
  readonly socket: DatagramSocket;
  readonly outbox: Outbox;
  readonly reject: (reason: RejectionReason) => void;
  readonly forgetSession: (session: Session) => void;
}

export interface PeerOptions {
  readonly text: PeerText;
  readonly publicKey: PublicKey;
  readonly curveKey: Uint8Array;
  readonly peerClass: PeerClass;
  readonly ownPublicKey: PublicKey;
  readonly profile: TransportProfile;
}

/** Everything about one peer: who it is, where it may be, the sessions, the messages, the budgets. */
export class Peer implements DatagramOutput {
  readonly text: PeerText;
  readonly publicKey: PublicKey;
  readonly curveKey: Uint8Array;
  readonly sessions: SessionSet;
  /** From setPeer, best first. */
  knownHints: readonly string[] = [];
  /** Those of them that can be reached from the own addresses. */
  hints: readonly string[] = [];
  /** Set by the owner; otherwise a stranger that is forgotten with its session. */
  isRegistered = false;
  isRemoved = false;
  attempt: Attempt | null = null;
  /** Wait after the next unanswered handshake datagram. */
  retryMs: number;
  /** When to ask again whether the current session still lives. */
  probeAtMs = Infinity;
  probeWaitMs: number;
  /** Ephemeral keys of the newest handshakes that the peer began; they are answered once. */
  readonly seenEphemeralKeys: Uint8Array[] = [];
  channel: Channel;
  readonly #options: PeerOptions;
  readonly #dependencies: PeerDependencies;
  #peerClass: PeerClass;
  #packets: TokenBucket;
  #bytes: TokenBucket;
  #address: string | null = null;
  #heardAtMs: number | null = null;
  #bytesSent = 0;
  #bytesReceived = 0;
  #datagramsSent = 0;
  #datagramsReceived = 0;

  constructor(options: PeerOptions, dependencies: PeerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.text = options.text;
    this.publicKey = options.publicKey;
    this.curveKey = options.curveKey;
    this.retryMs = options.profile.handshakeRetryMs;
    this.probeWaitMs = options.profile.handshakeRetryMs;
    this.sessions = new SessionSet(
      { isLower: compareBytes(options.ownPublicKey, options.publicKey) < 0 },
      { forget: dependencies.forgetSession },
    );
    this.#peerClass = options.peerClass;
    const budget = peerBudgets[options.peerClass];
    this.#packets = new TokenBucket(budget.packets, dependencies.nowMs);
    this.#bytes = new TokenBucket(budget.bytes, dependencies.nowMs);
    this.channel = this.#newChannel(dependencies.nowMs);
  }

  get peerClass(): PeerClass {
    return this.#peerClass;
  }

  get heardAtMs(): number | null {
    return this.#heardAtMs;
  }

  /** Where it was heard last. */
  get address(): string | null {
    return this.#address;
  }

  setClass(peerClass: PeerClass, nowMs: number): void {
    if (peerClass === this.#peerClass) return;
    this.#peerClass = peerClass;
    const budget = peerBudgets[peerClass];
    this.#packets = new TokenBucket(budget.packets, nowMs);
    this.#bytes = new TokenBucket(budget.bytes, nowMs);
    this.channel = this.#newChannel(nowMs);
  }

  /** A peer that restarted, or whose session was lost, knows nothing of half-sent messages. */
  resetChannel(nowMs: number): void {
    this.channel = this.#newChannel(nowMs);
  }

  /** Notes an authentic datagram and charges it; false when the peer exceeds its budget. */
  charge(sizeBytes: number, address: string, nowMs: number): boolean {
    this.#datagramsReceived++;
    this.#bytesReceived += sizeBytes;
    this.#address = address;
    this.#heardAtMs = nowMs;
    if (!this.#packets.take(1, nowMs)) {
      this.#dependencies.reject('packet-budget');
      return false;
    }
    if (!this.#bytes.take(sizeBytes, nowMs)) {
      this.#dependencies.reject('byte-budget');
      return false;
    }
    return true;
  }

  /** Sends a datagram of a handshake. */
  sendRaw(bytes: Uint8Array, address: string): void {
    this.#datagramsSent++;
    this.#bytesSent += bytes.length;
    if (!this.#dependencies.socket.send(bytes, address)) this.#dependencies.reject('send-failed');
  }

  begin(): RecordWriter {
    return this.#dependencies.outbox.begin();
  }

  /** Sends under the current session, which must exist. */
  end(writer: RecordWriter): void {
    const session = this.sessions.current!;
    this.sendRaw(this.#dependencies.outbox.end(writer, session), session.address);
  }

  link(): PeerLink {
    return {
      publicKey: this.text,
      peerClass: this.#peerClass,
      connected: this.sessions.current !== null,
      address: this.#address ?? this.hints[0] ?? null,
      roundTripMs: this.channel.roundTripMs,
      lastHeardAtMs: this.#heardAtMs,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      datagramsSent: this.#datagramsSent,
      datagramsReceived: this.#datagramsReceived,
    };
  }

  #newChannel(nowMs: number): Channel {
    const { random, reject } = this.#dependencies;
    return new Channel(
      { profile: this.#options.profile, budget: peerBudgets[this.#peerClass] },
      { nowMs, output: this, reject, firstMessageId: readUint32(random.bytes(4), 0) },
    );
  }
}

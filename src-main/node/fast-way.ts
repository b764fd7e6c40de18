/**
 * Takes the chain up to the checkpoint that an invitation pins, before there is a node: nothing of it is shown, served
 * or built upon until the checkpoint is reached. The blocks are bound to its hash by the links between them, so the
 * signatures of certificates and bundles are left for later (prover.ts); bodies, committees and results are not.
 *
 * Where what was taken does not lead there, all of it is good for nothing, and nobody knows who lied: the caller drops
 * it and goes the full way. A liar can only delay.
 */
import { equalBytes, toText } from '../core/bytes.ts';
import { CertificateVerifier, isCommitted } from '../core/certificates.ts';
import type { Timing } from '../core/context.ts';
import type { Crypto } from '../core/crypto.ts';
import type { CommittedBlock, DurableEffect } from '../core/effects.ts';
import {
  decodeBundle,
  decodeCertificate,
  decodeHeader,
  DecodeError,
  tryDecodeBundle,
} from '../core/encoding.ts';
import { decodeMessage, encodeMessage } from '../core/message-encoding.ts';
import type { Message, Status, SyncBlock } from '../core/messages.ts';
import { Peers } from '../core/peers.ts';
import { proofsRecord } from '../core/proofs-record.ts';
import { Committee } from '../core/quorum.ts';
import type { SealedBundle } from '../core/sealed.ts';
import { isSignedBundle } from '../core/signing.ts';
import { Sync } from '../core/sync.ts';
import type { Genesis, Hash, Height, PeerText } from '../core/types.ts';
import { decodeLedgerState, encodeLedgerState } from '../ledger/state.ts';
import { ChainFollower } from './chain-follower.ts';
import type { Clock, Store, Transport, TransportPeer } from './ports.ts';

const TICK_MS = 1_000;
/** Somebody is there, and no block comes: only liars or nobody who has them. */
const LONGEST_STALL_MS = 60_000;
/** The rest of a large block is waited for so long. */
const LONGEST_PULL_MS = 5_000;
/** Blocks that do not fit, while those before them are proved: each costs its sender a minute, and us a request. */
const MOST_MISFITS = 16;
const MAX_PULLED = 1024;
/** With the first block: this key has signed nothing yet, and its safety log begins here. */
const EMPTY_VIEWS = new Uint8Array(12);

export interface Checkpoint {
  readonly height: Height;
  readonly hash: Hash;
}

export interface FastWayOptions {
  readonly genesis: Genesis;
  readonly chainId: Hash;
  readonly timing: Timing;
  readonly checkpoint: Checkpoint;
  /** Whom to ask: those of the invitation. */
  readonly peers: readonly TransportPeer[];
  /** Asks to be a member: others are given little. Blocks are asked for once somebody says so; null: at once. */
  readonly join: (() => Message) | null;
  readonly onProgress?: (height: Height) => void;
}

export interface FastWayPorts {
  readonly clock: Clock;
  /** Opened and closed here. */
  readonly transport: Transport;
  /** Of the genesis, or of what an earlier run has taken. */
  readonly store: Store;
  readonly crypto: Crypto;
}

/**
 * taken: the store has the checkpoint, and what is unproved is recorded. other-chain: what came does not lead there.
 * stalled: nobody gives the blocks. In both cases the store is to be dropped.
 */
export type FastWayOutcome = 'taken' | 'other-chain' | 'stalled';

interface Incoming {
  readonly block: SyncBlock;
  readonly from: PeerText;
}

export class FastWay {
  readonly #options: FastWayOptions;
  readonly #ports: FastWayPorts;
  readonly #follower: ChainFollower;
  readonly #verifier: CertificateVerifier;
  readonly #peers = new Peers();
  readonly #sync: Sync;
  readonly #invited: ReadonlySet<PeerText>;
  /** Bundles of a block that is larger than one answer; at most MAX_PULLED. */
  readonly #pulled = new Map<string, SealedBundle>();
  #pullingUntilMs: number | null = null;
  #mayAsk: boolean;
  #misfits = 0;
  #progressAtMs: number;
  #cancelTick: () => void = () => undefined;
  #settle: { resolve: (outcome: FastWayOutcome) => void; reject: (error: unknown) => void } | null = null;

  constructor(options: FastWayOptions, ports: FastWayPorts) {
    this.#options = options;
    this.#ports = ports;
    const { chainId, genesis, timing, peers } = options;
    const { crypto, store, clock, transport } = ports;
    const { tip } = store.load();
    const state = decodeLedgerState(tip.snapshot);
    const followed = { chainId, parameters: genesis.parameters, state, tipHash: tip.hash };
    this.#follower = new ChainFollower(followed, { crypto, values: store });
    this.#verifier = new CertificateVerifier({ crypto, chainId });
    const send = (to: PeerText, message: Message): void => transport.send(to, encodeMessage(message));
    const context = { archive: store, crypto, timing, nowMs: () => clock.nowMs(), send };
    this.#sync = new Sync(context, this.#peers);
    this.#invited = new Set(peers.map(({ publicKey }) => publicKey));
    this.#peers.settle(this.#invited);
    this.#mayAsk = options.join === null;
    this.#progressAtMs = clock.nowMs();
  }

  /** Rejects with a TransportError, a StorageError, or the signal's reason: an other run goes on from there. */
  async run(signal?: AbortSignal): Promise<FastWayOutcome> {
    const { transport } = this.#ports;
    if (this.#isThere()) return 'taken';
    const done = new Promise<FastWayOutcome>((resolve, reject) => (this.#settle = { resolve, reject }));
    const abort = (): void => this.#settle?.reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      await transport.open({
        onMessage: (from, payload) => this.#guarded(() => this.#onPayload(from, payload)),
        onConnected: (peer) => this.#guarded(() => this.#onConnected(peer)),
        onDisconnected: (peer) => this.#peers.disconnected(peer),
      });
      for (const peer of this.#options.peers) transport.setPeer(peer);
      this.#tick();
      return await done;
    } finally {
      this.#settle = null;
      this.#cancelTick();
      signal?.removeEventListener('abort', abort);
      await transport.close();
    }
  }

  get height(): Height {
    return this.#follower.height;
  }

  #isThere(): boolean {
    return this.#follower.height >= this.#options.checkpoint.height;
  }

  /** A disk that fails, or a bug, ends it: whoever waits is told. */
  #guarded(work: () => void): void {
    if (this.#settle === null) return;
    try {
      work();
    } catch (error) {
      this.#settle?.reject(error);
    }
  }

  #onConnected(key: PeerText): void {
    const peer = this.#invited.has(key) ? this.#peers.entry(key) : undefined;
    if (peer === undefined) return;
    peer.connected = true;
    this.#askToJoin();
    this.#ports.transport.flush();
  }

  #onPayload(from: PeerText, payload: Uint8Array): void {
    if (!this.#invited.has(from)) return;
    let message: Message;
    try {
      message = decodeMessage(payload, this.#ports.crypto);
    } catch (error) {
      if (error instanceof DecodeError) return;
      throw error;
    }
    if (message.type === 'status') this.#noteTip(from, message, message.height - 1);
    else if (message.type === 'admission') {
      this.#noteTip(from, null, message.admission.height);
      this.#mayAsk ||= message.admission.decision === 'member';
    } else if (message.type === 'syncResponse') {
      this.#sync.onResponse(from, message.blocks, this.height);
      this.#apply();
    } else if (message.type === 'bundle') this.#onBundle(message.bytes);
    else return;
    this.#request();
  }

  /** One more than it has, and no more than is wanted: nobody else will bring the last block. */
  #noteTip(from: PeerText, status: Status | null, tip: Height): void {
    const peer = this.#peers.entry(from);
    if (peer === undefined) return;
    const height = Math.min(tip, this.#options.checkpoint.height) + 2;
    if (status !== null || peer.status === null || peer.status.height < height)
      peer.status = { ...(status ?? peer.status), height } as Status;
  }

  #request(): void {
    if (this.#settle !== null && this.#mayAsk && !this.#isThere()) this.#sync.request(this.height);
    this.#ports.transport.flush();
  }

  #tick(): void {
    this.#cancelTick = this.#ports.clock.schedule(TICK_MS, () => this.#guarded(() => this.#tick()));
    const nowMs = this.#ports.clock.nowMs();
    this.#askToJoin();
    if (this.#pullingUntilMs !== null && this.#pullingUntilMs <= nowMs) {
      const next = this.#sync.next(this.height);
      this.#pullingUntilMs = null;
      if (next !== undefined) this.#onMisfit(next.from);
    }
    const isSomebodyThere = [...this.#peers.all()].some(({ connected }) => connected);
    if (!isSomebodyThere || !this.#mayAsk) this.#progressAtMs = nowMs;
    if (nowMs - this.#progressAtMs > LONGEST_STALL_MS) return this.#settle?.resolve('stalled');
    this.#request();
  }

  #askToJoin(): void {
    if (this.#mayAsk || this.#options.join === null) return;
    const payload = encodeMessage(this.#options.join());
    for (const { publicKey, connected } of this.#peers.all())
      if (connected) this.#ports.transport.send(publicKey, payload);
  }

  // ---- blocks ----

  /** Takes what has come, as one durable turn. */
  #apply(): void {
    const turn: DurableEffect[] = [];
    let refused: PeerText | null = null;
    while (refused === null && !this.#isThere()) {
      const next = this.#sync.next(this.height);
      if (next === undefined) break;
      const taken = this.#take(next);
      if (taken === 'waits') break;
      if (taken === 'other-chain') return this.#settle?.resolve('other-chain');
      if (taken === 'unproved') this.#sync.ban(next.from);
      if (taken === 'misfit') refused = next.from;
      else if (typeof taken === 'object') {
        this.#sync.forgive(next.from);
        turn.push({ type: 'commitBlock', block: taken });
      }
    }
    this.#write(turn);
    if (this.#isThere()) this.#settle?.resolve('taken');
    else if (refused !== null) this.#onMisfit(refused);
  }

  #write(blocks: readonly DurableEffect[]): void {
    const [first] = blocks;
    if (first?.type !== 'commitBlock') return;
    const { checkpoint, onProgress } = this.#options;
    const turn: DurableEffect[] = [...blocks];
    if (first.block.sealed.header.height === 2) {
      const views = { height: 1, kind: 'views', key: '', bytes: EMPTY_VIEWS } as const;
      const record = proofsRecord({ proved: 1, to: checkpoint.height });
      turn.unshift({ type: 'persistSafety', record: views }, { type: 'persistNode', record });
    }
    this.#ports.store.write(turn);
    this.#progressAtMs = this.#ports.clock.nowMs();
    onProgress?.(this.height);
  }

  #take({ block, from }: Incoming): CommittedBlock | 'waits' | 'misfit' | 'unproved' | 'other-chain' {
    const { sealed, certificate } = block;
    const { checkpoint } = this.#options;
    const { committee } = this.#follower;
    if (this.#follower.linkFault(sealed) !== undefined || !this.#follower.hasState(sealed)) return 'misfit';
    const isOfBlock =
      certificate.kind === 'C' &&
      certificate.height === sealed.header.height &&
      equalBytes(certificate.hash, sealed.hash) &&
      committee.isQuorum(certificate.signers);
    const came = this.#open(block);
    if (!isOfBlock || came === undefined) return 'misfit';
    const isLast = sealed.header.height === checkpoint.height;
    if (isLast && !equalBytes(sealed.hash, checkpoint.hash)) return 'other-chain';
    const body = this.#follower.bodyOf(sealed, [...came, ...this.#pulled.values()]);
    if (!body.ok && 'missing' in body) return this.#pull(from, body.missing);
    if (!body.ok) return 'misfit';
    // The chain is the right one; but the checkpoint has to prove itself at once.
    const isProved = (): boolean =>
      isCommitted(committee, sealed, certificate, this.#verifier) && this.#areSigned(body.bundles);
    if (isLast && !isProved()) return 'unproved';
    const { transactions, writes } = this.#follower.execute(sealed, body.bundles);
    this.#pulled.clear();
    this.#pullingUntilMs = null;
    const snapshot = encodeLedgerState(this.#follower.state);
    const { members } = committee;
    return {
      sealed,
      certificate,
      bundles: body.bundles,
      transactions,
      writes,
      committee: members,
      snapshot,
    };
  }

  #open({ bundles }: SyncBlock): SealedBundle[] | undefined {
    const opened = bundles.flatMap((bytes) => tryDecodeBundle(bytes, this.#ports.crypto) ?? []);
    return opened.length === bundles.length ? opened : undefined;
  }

  /** A block that is larger than an answer comes without its last bundles. */
  #pull(
    from: PeerText,
    missing: readonly {
      readonly owner: { readonly publicKey: Uint8Array; readonly laneSeq: number };
      readonly tipDigest: Hash;
    }[],
  ): 'waits' {
    if (this.#pullingUntilMs === null) {
      this.#pullingUntilMs = this.#ports.clock.nowMs() + LONGEST_PULL_MS;
      const lanes = missing.map(({ owner, tipDigest }) => {
        return { origin: owner.publicKey, fromSeq: owner.laneSeq, tipDigest };
      });
      this.#ports.transport.send(from, encodeMessage({ type: 'pull', lanes, headers: [] }));
    }
    return 'waits';
  }

  /** It is not fetched a second time with its block, so its signature is checked now. */
  #onBundle(bytes: Uint8Array): void {
    if (this.#pullingUntilMs === null || this.#pulled.size >= MAX_PULLED) return;
    const sealed = tryDecodeBundle(bytes, this.#ports.crypto);
    if (sealed === undefined || !this.#areSigned([sealed])) return;
    this.#pulled.set(toText(sealed.digest), sealed);
    this.#apply();
  }

  #areSigned(bundles: readonly SealedBundle[]): boolean {
    return bundles.every((sealed) => isSignedBundle(sealed, this.#options.chainId, this.#ports.crypto));
  }

  /** Either its sender lies, or whoever sent what was taken before: if that is proved, it is the sender. */
  #onMisfit(from: PeerText): void {
    this.#misfits += 1;
    this.#pulled.clear();
    this.#pullingUntilMs = null;
    if (this.#misfits > MOST_MISFITS || !this.#isTipProved()) this.#settle?.resolve('other-chain');
    else this.#sync.ban(from);
  }

  #isTipProved(): boolean {
    const { crypto, store } = this.#ports;
    const stored = store.block(this.height);
    if (this.height === 1 || stored === undefined) return this.height === 1;
    const sealed = decodeHeader(stored.headerBytes, crypto);
    const certificate = decodeCertificate(stored.certificateBytes);
    const committee = new Committee(stored.committee, crypto);
    const bundles = stored.bundles.map((bytes) => decodeBundle(bytes, crypto));
    return isCommitted(committee, sealed, certificate, this.#verifier) && this.#areSigned(bundles);
  }
}

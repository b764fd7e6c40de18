/**
 * Checks, while the node runs, what was left unchecked when the chain was taken the fast way: the certificates of the
 * blocks below the checkpoint, and the signatures of their bundles. A little at a time; how far it is is durable. A
 * proof that is not valid is fetched again from other members: the block is bound by the checkpoint's hash, so all that
 * can be wrong is what its sender put beside it.
 */
import { checksOf } from '../core/answer-checks.ts';
import { equalBytes, toText } from '../core/bytes.ts';
import { CertificateVerifier, isCommitted } from '../core/certificates.ts';
import type { Crypto } from '../core/crypto.ts';
import {
  decodeBundle,
  decodeCertificate,
  decodeHeader,
  DecodeError,
  tryDecodeBundle,
} from '../core/encoding.ts';
import { encodeMessage } from '../core/message-encoding.ts';
import type { Message, SyncBlock } from '../core/messages.ts';
import type { NodeRecord } from '../core/effects.ts';
import { proofsRecord, unprovedOf, type Proofs } from '../core/proofs-record.ts';
import { Committee } from '../core/quorum.ts';
import type { SealedBundle, SealedHeader } from '../core/sealed.ts';
import { isSignedBundle } from '../core/signing.ts';
import type { Certificate, Hash, Height, PeerText } from '../core/types.ts';
import type { VerifyAhead } from './answers-ahead.ts';
import type { Clock, Store, StoredBlock, Transport } from './ports.ts';

/** Between two durable notes of how far it is. */
const BLOCKS_AT_ONCE = 64;
/** In one go, some milliseconds: what else the node has to do comes in between. */
const BLOCKS_PER_TURN = 8;
const PAUSE_MS = 2;
/** A member has so long to send a block again. */
const ANSWER_MS = 5_000;
/** When all that are here were asked in vain, they are asked once more: links lose things, and others come. */
const ASK_AGAIN_MS = 30_000;
const ROUNDS = 2;
const MAX_ANSWER_BYTES = 256 * 1024;

export interface ProverPorts {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly verifyAhead: VerifyAhead;
  readonly store: Store;
  readonly transport: Pick<Transport, 'links' | 'send' | 'flush'>;
}

/** Null: the records tell of nothing that is left to prove. */
export function proverFor(
  records: readonly NodeRecord[],
  options: { readonly chainId: Hash; readonly onFailure: (error: Error) => void },
  ports: ProverPorts,
): Prover | null {
  const unproved = unprovedOf(records);
  return unproved && new Prover({ ...options, unproved }, ports);
}

interface Opened {
  readonly sealed: SealedHeader;
  readonly certificate: Certificate;
  readonly bundles: readonly SealedBundle[];
  readonly committee: Committee;
}

interface Search {
  readonly height: Height;
  readonly asked: Set<PeerText>;
  waitsFor: PeerText | null;
  rounds: number;
}

export class Prover {
  readonly #chainId: Hash;
  readonly #ports: ProverPorts;
  readonly #onFailure: (error: Error) => void;
  readonly #verifier: CertificateVerifier;
  #proofs: Proofs;
  #search: Search | null = null;
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(
    options: {
      readonly chainId: Hash;
      readonly unproved: Proofs;
      readonly onFailure: (error: Error) => void;
    },
    ports: ProverPorts,
  ) {
    this.#chainId = options.chainId;
    this.#proofs = options.unproved;
    this.#onFailure = options.onFailure;
    this.#ports = ports;
    this.#verifier = new CertificateVerifier({ crypto: ports.crypto, chainId: options.chainId });
  }

  /** Null: every block is proved. */
  get unproved(): Proofs | null {
    return this.#proofs.proved < this.#proofs.to ? this.#proofs : null;
  }

  /** Whether nobody may be given this block. */
  isUnproved(height: Height): boolean {
    return height > this.#proofs.proved && height < this.#proofs.to;
  }

  start(): void {
    this.#after(PAUSE_MS, () => this.#proveSome());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** True: it was an answer to this, and nobody else's business. */
  take(from: PeerText, message: Message): boolean {
    const search = this.#search;
    if (search === null || message.type !== 'syncResponse' || search.waitsFor !== from) return false;
    const block = message.blocks.find(({ sealed }) => sealed.header.height === search.height);
    if (message.blocks[0]?.sealed.header.height !== search.height || block === undefined) return false;
    this.#guarded(() => this.#onAnswer(search, block));
    return true;
  }

  #after(delayMs: number, work: () => void): void {
    this.#cancel();
    if (this.#isClosed) return;
    this.#cancel = this.#ports.clock.schedule(delayMs, () => this.#guarded(work));
  }

  #guarded(work: () => void): void {
    if (this.#isClosed) return;
    try {
      work();
    } catch (error) {
      this.close();
      this.#onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  // ---- checking ----

  #proveSome(): void {
    const { proved, to } = this.#proofs;
    const last = Math.min(proved + BLOCKS_AT_ONCE, to - 1);
    if (proved >= last) return this.#note(to);
    const blocks: (Opened | null)[] = [];
    for (let height = proved + 1; height <= last; height++) blocks.push(this.#open(height));
    const checks = blocks.flatMap((block) => {
      if (block === null) return [];
      const { sealed, certificate, bundles, committee } = block;
      const encoded = bundles.map(({ bytes }) => bytes);
      const parts = { sealed, certificate, bundles: encoded, nextCommittee: null };
      return checksOf([parts], committee, this.#chainId, this.#ports.crypto);
    });
    const ahead = this.#ports.verifyAhead(checks);
    if (ahead === null) this.#proveNext(blocks, proved + 1);
    else void ahead.then(() => this.#guarded(() => this.#proveNext(blocks, proved + 1)));
  }

  #proveNext(blocks: readonly (Opened | null)[], from: Height): void {
    const turn = blocks.slice(0, BLOCKS_PER_TURN);
    const bad = turn.findIndex((block) => block === null || !this.#isProved(block));
    if (bad >= 0) {
      this.#note(from + bad - 1);
      return this.#searchFor(from + bad);
    }
    const rest = blocks.slice(BLOCKS_PER_TURN);
    const next = from + turn.length;
    if (rest.length > 0) return this.#after(PAUSE_MS, () => this.#proveNext(rest, next));
    this.#note(next - 1);
    this.#after(PAUSE_MS, () => this.#proveSome());
  }

  #isProved({ sealed, certificate, bundles, committee }: Opened): boolean {
    return (
      isCommitted(committee, sealed, certificate, this.#verifier) &&
      bundles.every((one) => isSignedBundle(one, this.#chainId, this.#ports.crypto))
    );
  }

  #note(proved: Height): void {
    if (proved === this.#proofs.proved) return;
    const proofs = { ...this.#proofs, proved };
    this.#ports.store.write([{ type: 'persistNode', record: proofsRecord(proofs) }]);
    this.#proofs = proofs;
  }

  /** Null: something of it cannot even be read. */
  #open(height: Height): Opened | null {
    const stored = this.#ports.store.block(height);
    return stored === undefined ? null : this.#decode(stored);
  }

  #decode({ headerBytes, certificateBytes, bundles, committee }: StoredBlock): Opened | null {
    const { crypto } = this.#ports;
    try {
      return {
        sealed: decodeHeader(headerBytes, crypto),
        certificate: decodeCertificate(certificateBytes),
        bundles: bundles.map((bytes) => decodeBundle(bytes, crypto)),
        committee: new Committee(committee, crypto),
      };
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  }

  // ---- fetching again ----

  #searchFor(height: Height): void {
    this.#search = { height, asked: new Set(), waitsFor: null, rounds: 0 };
    this.#ask(this.#search);
  }

  #ask(search: Search): void {
    const { transport } = this.#ports;
    const here = transport
      .links()
      .filter(({ connected, peerClass }) => connected && peerClass !== 'stranger');
    const next = here.find(({ publicKey }) => !search.asked.has(publicKey));
    search.waitsFor = next?.publicKey ?? null;
    if (next !== undefined) {
      search.asked.add(next.publicKey);
      const request = { type: 'syncRequest', fromHeight: search.height, maxBytes: MAX_ANSWER_BYTES } as const;
      transport.send(next.publicKey, encodeMessage(request));
      transport.flush();
      return this.#after(ANSWER_MS, () => this.#ask(search));
    }
    // Nobody here is no answer.
    if (here.length > 0) search.rounds += 1;
    if (search.rounds >= ROUNDS) {
      const what = `the signatures that came with block ${search.height} are not valid`;
      throw new Error(`${what}, and no member that is connected has valid ones`);
    }
    search.asked.clear();
    this.#after(ASK_AGAIN_MS, () => this.#ask(search));
  }

  #onAnswer(search: Search, { sealed, certificate, bundles: encoded }: SyncBlock): void {
    const { store, crypto } = this.#ports;
    const stored = this.#open(search.height);
    if (stored === null || !equalBytes(sealed.hash, stored.sealed.hash)) return this.#ask(search);
    const came = new Map<string, SealedBundle>();
    for (const bytes of encoded) {
      const bundle = tryDecodeBundle(bytes, crypto);
      if (bundle !== undefined && isSignedBundle(bundle, this.#chainId, crypto))
        came.set(toText(bundle.digest), bundle);
    }
    const bundles = stored.bundles.map((bundle) => came.get(toText(bundle.digest)) ?? bundle);
    if (!this.#isProved({ ...stored, certificate, bundles })) return this.#ask(search);
    const others = bundles.filter((bundle, index) => bundle !== stored.bundles[index]);
    store.write([{ type: 'replaceProof', height: search.height, certificate, bundles: others }]);
    this.#search = null;
    this.#after(PAUSE_MS, () => this.#proveSome());
  }
}

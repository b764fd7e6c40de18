/**
 * Lanes that their owners forked: two signed bundles with one number (PROTOCOL section 4.9). It costs no stake; it is
 * recorded and shown. Of each owner only the first fork is durable and published, so that one liar causes one write and
 * one line in the log, and not many.
 */
import { concatBytes, fromText, toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import type { NodeRecord } from './effects.ts';
import type { SealedBundle } from './sealed.ts';
import type { HashText, PeerText } from './types.ts';

export interface LaneFork {
  /** Number of both bundles in the lane of their owner. */
  readonly seq: number;
  /** The two bundles, by digest, with their owner's signatures as base64url. */
  readonly first: SignedDigest;
  readonly second: SignedDigest;
}

export interface SignedDigest {
  readonly digest: HashText;
  readonly signature: string;
}

/** As many as there can be members at a time; the oldest goes first. */
const MAX_FORKS = 128;
const KEY_BYTES = 32;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SEQ_BYTES = 4;
const RECORD_BYTES = KEY_BYTES + SEQ_BYTES + 2 * (DIGEST_BYTES + SIGNATURE_BYTES);

export class Forks {
  readonly #context: CoreContext;
  readonly #byOwner = new Map<PeerText, LaneFork>();

  /** `records`: what the node found on disk. */
  constructor(context: CoreContext, records: readonly NodeRecord[]) {
    this.#context = context;
    const bytes = records.find(({ key }) => key === 'forks')?.bytes ?? new Uint8Array(0);
    for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
      const [owner, fork] = decode(bytes.slice(at, at + RECORD_BYTES));
      this.#byOwner.set(owner, fork);
    }
  }

  of(owner: PeerText): LaneFork | null {
    return this.#byOwner.get(owner) ?? null;
  }

  /** Two variants of one bundle, with verified signatures. */
  note(first: SealedBundle, second: SealedBundle): void {
    const owner = toText(first.bundle.origin);
    if (this.#byOwner.has(owner)) return;
    const { seq } = first.bundle;
    const fork = { seq, first: signedDigest(first), second: signedDigest(second) };
    const [oldest] = this.#byOwner.keys();
    if (this.#byOwner.size >= MAX_FORKS && oldest !== undefined) this.#byOwner.delete(oldest);
    this.#byOwner.set(owner, fork);
    const bytes = concatBytes(...[...this.#byOwner].map(([key, known]) => encode(key, known)));
    this.#context.emit({ type: 'persistNode', record: { key: 'forks', bytes } });
    const digests = [fork.first.digest, fork.second.digest];
    this.#context.emit({ type: 'laneFork', origin: owner, seq, digests });
  }
}

function signedDigest({ digest, bundle }: SealedBundle): SignedDigest {
  return { digest: toText(digest), signature: toText(bundle.signature) };
}

function encode(owner: PeerText, { seq, first, second }: LaneFork): Uint8Array {
  const seqBytes = new Uint8Array([0, 8, 16, 24].map((shift) => (seq >>> shift) & 255));
  const texts = [first.digest, first.signature, second.digest, second.signature];
  return concatBytes(fromText(owner)!, seqBytes, ...texts.map((text) => fromText(text)!));
}

function decode(bytes: Uint8Array): [PeerText, LaneFork] {
  let at = 0;
  const take = (length: number): Uint8Array => bytes.slice(at, (at += length));
  const owner = toText(take(KEY_BYTES));
  const seq = take(SEQ_BYTES).reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
  const signed = (): SignedDigest => {
    const digest = toText(take(DIGEST_BYTES));
    return { digest, signature: toText(take(SIGNATURE_BYTES)) };
  };
  const first = signed();
  return [owner, { seq, first, second: signed() }];
}

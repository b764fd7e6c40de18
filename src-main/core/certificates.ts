/** Building and checking certificates (PROTOCOL section 3). */
import { equalBytes, toText } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import { encodeCertificate, ZERO_HASH } from './encoding.ts';
import type { Committee } from './quorum.ts';
import type { SealedHeader } from './sealed.ts';
import { hashSigningBytes, skipSigningBytes } from './signing.ts';
import type { Certificate, Hash, Height, Signature, View } from './types.ts';

const MAX_CACHED = 512;

/** Signed votes or commits of one view and hash, by committee index. */
export function hashCertificate(
  kind: 'N' | 'C',
  height: Height,
  view: View,
  hash: Hash,
  signatures: ReadonlyMap<number, Signature>,
): Certificate {
  const signers = [...signatures.keys()].sort((a, b) => a - b);
  return {
    kind,
    height,
    view,
    hash,
    hn: [],
    signers,
    signatures: signers.map((index) => signatures.get(index)!),
  };
}

export interface SkipBallot {
  readonly hn: View;
  readonly signature: Signature;
}

/**
 * The S of the smallest max hn that these skips allow: signers in the order of their hn, until they are a quorum.
 * Undefined while they are none. Fewer and older notarisations to carry make a proposal easier to justify.
 */
export function skipCertificate(
  height: Height,
  view: View,
  ballots: ReadonlyMap<number, SkipBallot>,
  committee: Committee,
): Certificate | undefined {
  const order = [...ballots.keys()].sort((a, b) => ballots.get(a)!.hn - ballots.get(b)!.hn || a - b);
  const chosen: number[] = [];
  for (const index of order) {
    chosen.push(index);
    if (!committee.isQuorum(chosen)) continue;
    const signers = chosen.sort((a, b) => a - b);
    return {
      kind: 'S',
      height,
      view,
      hash: ZERO_HASH,
      hn: signers.map((signer) => ballots.get(signer)!.hn),
      signers,
      signatures: signers.map((signer) => ballots.get(signer)!.signature),
    };
  }
  return undefined;
}

/** The highest notarised view that the signers of an S name; -1 for none. */
export function highestNamed(certificate: Certificate): View {
  return certificate.hn.reduce((highest, view) => Math.max(highest, view), -1);
}

/** Checks quorum and signatures; what was found valid once is remembered, by its exact bytes, bounded. */
export class CertificateVerifier {
  readonly #crypto: Crypto;
  readonly #chainId: Hash;
  /** Oldest first; at most MAX_CACHED. */
  readonly #valid = new Set<string>();
  /** The committee for which this very object was found valid: what catches up looks at each twice. */
  readonly #checked = new WeakMap<Certificate, Hash>();

  constructor(dependencies: { crypto: Crypto; chainId: Hash }) {
    this.#crypto = dependencies.crypto;
    this.#chainId = dependencies.chainId;
  }

  /** Whether `certificate` proves its claim for exactly this committee. */
  verify(certificate: Certificate, committee: Committee): boolean {
    const { signers, signatures, kind, hn, view } = certificate;
    if (signers.some((index) => index >= committee.size) || !committee.isQuorum(signers)) return false;
    if (kind === 'S' && hn.some((named) => named >= view + 1)) return false;
    const checkedFor = this.#checked.get(certificate);
    if (checkedFor !== undefined && equalBytes(checkedFor, committee.hash)) return true;
    const name = this.#nameOf(certificate, committee);
    if (this.#valid.has(name)) return true;
    const message = kind === 'S' ? undefined : this.#hashMessage(certificate);
    for (let position = 0; position < signers.length; position++) {
      const signed =
        message ??
        skipSigningBytes(this.#chainId, certificate.height, certificate.view, certificate.hn[position]!);
      const { publicKey } = committee.members[signers[position]!]!;
      if (!this.#crypto.verify(signatures[position]!, signed, publicKey)) return false;
    }
    this.#checked.set(certificate, committee.hash);
    this.#keep(name);
    return true;
  }

  /** For certificates built here from signatures that were checked one by one. */
  remember(certificate: Certificate, committee: Committee): void {
    this.#keep(this.#nameOf(certificate, committee));
  }

  #keep(name: string): void {
    if (this.#valid.size >= MAX_CACHED) this.#valid.delete(this.#valid.values().next().value!);
    this.#valid.add(name);
  }

  #nameOf(certificate: Certificate, committee: Committee): string {
    return toText(this.#crypto.hash(encodeCertificate(certificate))) + toText(committee.hash);
  }

  #hashMessage({ kind, height, view, hash }: Certificate): Uint8Array {
    return hashSigningBytes(kind === 'N' ? 'vote' : 'commit', this.#chainId, height, view, hash);
  }
}

/** Whether more than two thirds of the committee's stake signed COMMIT for this header (PROTOCOL section 4.6). */
export function isCommitted(
  committee: Committee,
  { header, hash }: SealedHeader,
  certificate: Certificate,
  verifier: CertificateVerifier,
): boolean {
  const isOfBlock =
    certificate.kind === 'C' && certificate.height === header.height && equalBytes(certificate.hash, hash);
  return isOfBlock && verifier.verify(certificate, committee);
}

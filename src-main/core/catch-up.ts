/** Applying what Sync received: block after block, each proved by its own commit certificate (PROTOCOL section 4.6). */
import { equalBytes, toText } from './bytes.ts';
import { isCommitted } from './certificates.ts';
import { tryDecodeBundle } from './encoding.ts';
import type { Parts } from './parts.ts';
import type { SealedBundle } from './sealed.ts';
import { isSignedBundle } from './signing.ts';
import type { Sync } from './sync.ts';
import type { Hash, HashText } from './types.ts';

export class CatchUp {
  readonly #parts: Parts;
  readonly #sync: Sync;

  constructor(parts: Parts, sync: Sync) {
    this.#parts = parts;
    this.#sync = sync;
  }

  /** Hands the next received block to the round, if it has come and proves itself. */
  applyNext(): void {
    const next = this.#sync.next(this.#parts.height);
    if (next === undefined || this.#parts.round.decision !== null) return;
    const { sealed, certificate, bundles } = next.block;
    const isNext =
      sealed.header.height === this.#parts.height + 1 && equalBytes(sealed.header.prev, this.#parts.tipHash);
    const { committee } = this.#parts.round.facts;
    const isFinal = isNext && isCommitted(committee, sealed, certificate, this.#parts.verifier);
    if (!isFinal || !this.#addCertified(sealed.header.cut, bundles)) {
      this.#sync.ban(next.from);
      return this.#parts.context.emit({ type: 'rejected', from: next.from, reason: 'sync-block' });
    }
    this.#sync.forgive(next.from);
    this.#parts.round.onCertificate(certificate, sealed, null);
  }

  /**
   * Takes the bundles that a certified cut cites. A digest does not cover the signature, so that is checked here
   * too: what is stored is served on and goes into proofs. False: its sender lies.
   */
  #addCertified(cut: readonly { readonly tipDigest: Hash }[], encoded: readonly Uint8Array[]): boolean {
    const bundles = new Map<HashText, SealedBundle>();
    for (const bytes of encoded) {
      const sealed = tryDecodeBundle(bytes, this.#parts.context.crypto);
      if (sealed === undefined || !this.isSigned(sealed)) return false;
      bundles.set(toText(sealed.digest), sealed);
    }
    const cited: Hash[] = [];
    for (const { tipDigest } of cut) {
      let digest = tipDigest;
      for (let sealed = bundles.get(toText(digest)); sealed !== undefined && cited.length < bundles.size;) {
        cited.push(digest);
        digest = sealed.bundle.prev;
        sealed = bundles.get(toText(digest));
      }
    }
    this.#parts.lanes.cite(cited);
    // A large block comes with its first bundles only: they are kept as any others, and the round pulls the rest.
    for (const sealed of bundles.values()) this.#parts.lanes.add(sealed);
    return true;
  }

  /** Whether a bundle is held already, and so was checked, or its signature is its origin's. */
  isSigned(sealed: SealedBundle): boolean {
    if (this.#parts.lanes.get(sealed.digest) !== undefined) return true;
    const { chainId, crypto } = this.#parts.context;
    return isSignedBundle(sealed, chainId, crypto);
  }
}

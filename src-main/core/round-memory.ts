/** What a round has learned and may need again; bounded, and gone with the height. */
import { toText } from './bytes.ts';
import { highestNamed } from './certificates.ts';
import type { Propose } from './messages.ts';
import type { Justification } from './safety-log.ts';
import type { SealedHeader } from './sealed.ts';
import type { Certificate, Hash, HashText, View } from './types.ts';

const MAX_HEADERS = 64;

export class RoundMemory {
  /** Headers that a proposal or a certificate named; at most MAX_HEADERS, the highest notarised one always. */
  readonly #headers = new Map<HashText, SealedHeader>();
  /** Justified proposals of views >= view; pruned on entering a view. */
  readonly #proposals = new Map<View, Propose>();
  /** Valid N by view: at most one hash each (PROTOCOL section 5, Lemma 1), and one per quorum of votes. */
  readonly #notarisations = new Map<View, Certificate>();
  /** The S with the smallest max hn per view, of views >= view - 1. */
  readonly #skipCertificates = new Map<View, Justification>();

  header(hash: Hash): SealedHeader | undefined {
    return this.#headers.get(toText(hash));
  }

  /** Whether it is new. */
  keepHeader(sealed: SealedHeader, highest: Hash | undefined): boolean {
    if (this.header(sealed.hash) !== undefined) return false;
    if (this.#headers.size >= MAX_HEADERS) {
      const kept = highest === undefined ? '' : toText(highest);
      const oldest = [...this.#headers.keys()].find((hash) => hash !== kept);
      if (oldest !== undefined) this.#headers.delete(oldest);
    }
    this.#headers.set(toText(sealed.hash), sealed);
    return true;
  }

  proposal(view: View): Propose | undefined {
    return this.#proposals.get(view);
  }

  keepProposal(propose: Propose): void {
    this.#proposals.set(propose.view, propose);
  }

  notarisation(view: View): Certificate | undefined {
    return this.#notarisations.get(view);
  }

  /** Whether it is new. */
  keepNotarisation(certificate: Certificate): boolean {
    if (this.#notarisations.has(certificate.view)) return false;
    this.#notarisations.set(certificate.view, certificate);
    return true;
  }

  /** The N of the highest view in [from, below). */
  highestNotarisation(from: View, below: View): Certificate | undefined {
    let best: Certificate | undefined;
    for (const [view, certificate] of this.#notarisations) {
      if (view >= from && view < below && (best === undefined || view > best.view)) best = certificate;
    }
    return best;
  }

  skipCertificate(view: View): Justification | undefined {
    return this.#skipCertificates.get(view);
  }

  /** Whether it is new, or easier to follow than the one that was held. */
  keepSkipCertificate(entry: Justification): boolean {
    const { view } = entry.certificate;
    const held = this.#skipCertificates.get(view);
    if (held !== undefined && highestNamed(held.certificate) <= highestNamed(entry.certificate)) return false;
    this.#skipCertificates.set(view, entry);
    return true;
  }

  /** On entering a view: what is behind it no longer counts. */
  enter(view: View): void {
    for (const old of [...this.#proposals.keys()]) if (old < view) this.#proposals.delete(old);
    for (const old of [...this.#skipCertificates.keys()])
      if (old < view - 1) this.#skipCertificates.delete(old);
  }
}

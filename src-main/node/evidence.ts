/** What is on the chain against a member, for people: read back from the state that the ledger wrote. */
import type { Height, PeerText } from '../core/types.ts';
import { evidenceKey, readEvidence, type EvidenceText } from '../ledger/evidence-value.ts';
import type { ChainReader } from './ports.ts';

export interface MemberEvidence extends EvidenceText {
  /** The block that holds it. */
  readonly block: Height;
}

/** A disk that cannot be read leaves the rest of a picture as it is; the next one tries again. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Keys that were looked up; the present members of a chain are at most 128. */
const MAX_REMEMBERED = 256;

/**
 * Evidence as snapshots need it: asked for many times a second, also of a node whose disk fails, and new only when the
 * stake of a member was taken to 0 again.
 */
export class EvidenceBook {
  readonly #reader: ChainReader;
  readonly #known = new Map<
    PeerText,
    { readonly punishedAt: Height; readonly evidence: MemberEvidence | null }
  >();

  constructor(reader: ChainReader) {
    this.#reader = reader;
  }

  /** What is on the chain against a member whose stake was last set to 0 at that height. */
  against(member: PeerText, punishedAt: Height): MemberEvidence | null {
    const known = this.#known.get(member);
    if (known?.punishedAt === punishedAt) return known.evidence;
    const evidence = ifReadable(() => evidenceAgainst(this.#reader, member));
    if (evidence === undefined) return null;
    if (this.#known.size === MAX_REMEMBERED) this.#known.clear();
    this.#known.set(member, { punishedAt, evidence });
    return evidence;
  }
}

/** The newest committed evidence against a key; null when there is none. Throws what the reader throws. */
export function evidenceAgainst(reader: ChainReader, culprit: PeerText): MemberEvidence | null {
  const found = reader.value(evidenceKey(culprit));
  if (found === undefined) return null;
  return { block: found.height, ...readEvidence(found.value) };
}

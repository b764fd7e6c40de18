/** What makes a proposal acceptable: its justification, and its header (PROTOCOL section 4.3). */
import { equalBytes } from './bytes.ts';
import { highestNamed } from './certificates.ts';
import type { CoreContext } from './context.ts';
import { PROTOCOL_VERSION, sealHeader } from './encoding.ts';
import type { LanePool } from './lanes.ts';
import type { Propose } from './messages.ts';
import type { RoundFacts } from './round-facts.ts';
import type { SealedHeader } from './sealed.ts';
import type { Certificate, View } from './types.ts';

/**
 * `justified(p)`: why a proposal proves nothing; null when S(view-1) and, where S obliges it to, an N stand behind
 * it. `isValid` checks quorum and signatures of a certificate.
 */
export function findUnjustified(
  propose: Propose,
  isValid: (certificate: Certificate) => boolean,
): string | null {
  const { view, sealed, skipCertificate, notarisation } = propose;
  const { header } = sealed;
  if (view === 0) {
    // Nothing stands behind view 0: a certificate beside it would be taken in unchecked.
    if (skipCertificate !== null || notarisation !== null) return 'needless-certificate';
    return header.view === 0 ? null : 'header-view';
  }
  if (skipCertificate === null || skipCertificate.kind !== 'S') return 'no-skip-certificate';
  if (skipCertificate.view !== view - 1 || !isValid(skipCertificate)) return 'skip-certificate';
  const named = highestNamed(skipCertificate);
  if (notarisation === null) return named === -1 && header.view === view ? null : 'not-carried-on';
  const carries = notarisation.kind === 'N' && notarisation.view >= named && notarisation.view < view;
  if (!carries || !equalBytes(notarisation.hash, sealed.hash)) return 'carries-another-block';
  return isValid(notarisation) ? null : 'notarisation';
}

/**
 * `valid(header)`: a function of the header, the cited bundles and the state only. Returns what is wrong, or null.
 * That the cut is well-formed and every bundle eligible has been found by LanePool.resolve.
 */
export function findInvalid(
  { header }: SealedHeader,
  view: View,
  sizeBytes: number,
  facts: RoundFacts,
  { chainId, parameters }: CoreContext,
): string | null {
  if (header.version !== PROTOCOL_VERSION || !equalBytes(header.chainId, chainId)) return 'header-chain';
  if (header.height !== facts.height || !equalBytes(header.prev, facts.tipHash)) return 'header-parent';
  if (header.view > view || header.proposer !== facts.leader(header.view).id) return 'header-proposer';
  if (!equalBytes(header.committeeHash, facts.committee.hash)) return 'header-committee';
  if (!equalBytes(header.nextCommitteeHash, facts.nextCommitteeHash)) return 'header-next-committee';
  if (!equalBytes(header.stateHash, facts.stateHash)) return 'header-state';
  if (header.cut.length === 0 && !facts.flush) return 'header-empty';
  return sizeBytes > parameters.maxBlockBytes ? 'block-too-large' : null;
}

/** A fresh header over everything that is pending; undefined when nothing is and no flush block is due. */
export function newHeader(
  view: View,
  facts: RoundFacts,
  lanes: LanePool,
  context: CoreContext,
): SealedHeader | undefined {
  const { chainId, parameters, crypto } = context;
  const cut = lanes.buildCut(facts.height, parameters.maxBlockBytes);
  if (cut.length === 0 && !facts.flush) return undefined;
  const header = {
    version: PROTOCOL_VERSION,
    chainId,
    height: facts.height,
    view,
    proposer: facts.leader(view).id,
    prev: facts.tipHash,
    committeeHash: facts.committee.hash,
    nextCommitteeHash: facts.nextCommitteeHash,
    stateHash: facts.stateHash,
    cut,
  };
  return sealHeader(header, crypto);
}

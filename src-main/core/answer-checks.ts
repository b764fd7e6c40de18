/**
 * Which signatures applying an answer to a SYNC_REQ will ask about, so that they can be checked before, elsewhere. It
 * decides nothing: what is left out here, or was foreseen for another committee, is checked when it is asked about.
 */
import { equalBytes } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import type { SyncBlock } from './messages.ts';
import { Committee } from './quorum.ts';
import { bundleSigningBytes, hashSigningBytes } from './signing.ts';
import type { Hash, PublicKey, Signature } from './types.ts';

export interface SignatureCheck {
  readonly signature: Signature;
  readonly message: Uint8Array;
  readonly publicKey: PublicKey;
}

/** The signature, and the origin behind it: the first signed field. */
const SIGNATURE_BYTES = 64;
const ORIGIN_END = SIGNATURE_BYTES + 32;

/** `committee`: the one that decides the next height; later ones come with the blocks that bind them. */
export function checksOf(
  blocks: readonly SyncBlock[],
  committee: Committee,
  chainId: Hash,
  crypto: Crypto,
): SignatureCheck[] {
  const checks: SignatureCheck[] = [];
  let current = committee;
  for (const { sealed, certificate, nextCommittee, bundles } of blocks) {
    if (equalBytes(sealed.header.committeeHash, current.hash)) {
      const { height, view, hash, signers, signatures } = certificate;
      const message = hashSigningBytes('commit', chainId, height, view, hash);
      for (const [position, index] of signers.entries()) {
        const publicKey = current.members[index]?.publicKey;
        const signature = signatures[position];
        if (publicKey !== undefined && signature !== undefined)
          checks.push({ signature, message, publicKey });
      }
    }
    for (const bytes of bundles) {
      if (bytes.length <= ORIGIN_END) continue;
      checks.push({
        signature: bytes.subarray(0, SIGNATURE_BYTES),
        message: bundleSigningBytes(chainId, bytes.subarray(SIGNATURE_BYTES)),
        publicKey: bytes.subarray(SIGNATURE_BYTES, ORIGIN_END),
      });
    }
    if (nextCommittee !== null) current = new Committee(nextCommittee, crypto);
  }
  return checks;
}

/**
 * Checks a stored chain from the genesis to its tip, trusting nothing but the genesis: that every block
 * follows, that its committee signed it, that its body is what the certified cut cites, and that executing it
 * again gives what the next header binds (PROTOCOL section 4.6, verifyChain, with bodies).
 */
import { equalBytes, toText } from '../core/bytes.ts';
import { CertificateVerifier, isCommitted } from '../core/certificates.ts';
import type { Crypto } from '../core/crypto.ts';
import * as encoding from '../core/encoding.ts';
import { decodeGenesis } from '../core/genesis.ts';
import type { SealedBundle, SealedHeader } from '../core/sealed.ts';
import { isSignedBundle } from '../core/signing.ts';
import type { Hash, Height } from '../core/types.ts';
import { genesisState } from '../ledger/ledger.ts';
import { ChainFollower } from '../node/chain-follower.ts';
import type { ChainReader, StoredBlock } from '../node/ports.ts';

export type ChainFault =
  | 'wrong-genesis'
  | 'missing-block'
  | 'malformed'
  | 'broken-link'
  | 'wrong-committee'
  | 'bad-certificate'
  | 'wrong-state'
  | 'wrong-body';

export type ChainVerdict =
  | { readonly valid: true; readonly height: Height; readonly hash: string; readonly transactions: number }
  | { readonly valid: false; readonly reason: ChainFault; readonly height: Height };

interface Checked {
  readonly chainId: Hash;
  readonly follower: ChainFollower;
  readonly verifier: CertificateVerifier;
  readonly crypto: Crypto;
  transactions: number;
}

/** One step per block, so that a caller can let others work in between; the generator's result is the verdict. */
export function* verifyChain(
  reader: ChainReader,
  chainId: Hash,
  crypto: Crypto,
): Generator<Height, ChainVerdict> {
  const genesisBytes = reader.genesisBytes();
  if (!equalBytes(crypto.hash(genesisBytes), chainId))
    return { valid: false, reason: 'wrong-genesis', height: 1 };
  const checked = begin(reader, genesisBytes, chainId, crypto);
  const last = reader.tip().height;
  for (let height = 2; height <= last; height++) {
    const reason = checkBlock(checked, reader.block(height), height);
    if (reason !== undefined) return { valid: false, reason, height };
    yield height;
  }
  return {
    valid: true,
    height: last,
    hash: toText(checked.follower.tipHash),
    transactions: checked.transactions,
  };
}

function begin(reader: ChainReader, genesisBytes: Uint8Array, chainId: Hash, crypto: Crypto): Checked {
  const genesis = decodeGenesis(genesisBytes);
  const { state } = genesisState(genesis, chainId);
  const values = { value: (key: string) => reader.value(key, state.height) };
  const options = { state, chainId, parameters: genesis.parameters, tipHash: chainId };
  const follower = new ChainFollower(options, { crypto, values });
  return {
    chainId,
    follower,
    verifier: new CertificateVerifier({ crypto, chainId }),
    crypto,
    transactions: 0,
  };
}

function checkBlock(
  checked: Checked,
  stored: StoredBlock | undefined,
  height: Height,
): ChainFault | undefined {
  if (stored === undefined) return 'missing-block';
  const { crypto, follower } = checked;
  try {
    const sealed = encoding.decodeHeader(stored.headerBytes, crypto);
    const certificate = encoding.decodeCertificate(stored.certificateBytes);
    const bundles = stored.bundles.map((bytes) => encoding.decodeBundle(bytes, crypto));
    if (sealed.header.height !== height || !equalBytes(sealed.hash, stored.hash)) return 'broken-link';
    const fault = follower.linkFault(sealed);
    if (fault !== undefined) return fault;
    if (!isCommitted(follower.committee, sealed, certificate, checked.verifier)) return 'bad-certificate';
    if (!follower.hasState(sealed)) return 'wrong-state';
    if (!isBodyOf(sealed, bundles, checked)) return 'wrong-body';
    checked.transactions += follower.execute(sealed, bundles).transactions.length;
    return undefined;
  } catch (error) {
    if (error instanceof encoding.DecodeError) return 'malformed';
    throw error;
  }
}

/** Whether these bundles, in this order, are what the cut cites, each signed by its origin. */
function isBodyOf(sealed: SealedHeader, bundles: readonly SealedBundle[], checked: Checked): boolean {
  const { chainId, crypto, follower } = checked;
  if (!bundles.every((bundle) => isSignedBundle(bundle, chainId, crypto))) return false;
  const cited = follower.bodyOf(sealed, bundles);
  if (!cited.ok || cited.bundles.length !== bundles.length) return false;
  return cited.bundles.every(({ digest }, index) => equalBytes(digest, bundles[index]!.digest));
}

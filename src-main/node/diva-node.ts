/** Opens a node on its ports: checks what the disk holds before anything is said. */
import { equalBytes } from '../core/bytes.ts';
import { CertificateVerifier, isCommitted } from '../core/certificates.ts';
import {
  decodeCertificate,
  decodeHeader,
  DecodeError,
  PROTOCOL_VERSION,
  ZERO_HASH,
} from '../core/encoding.ts';
import type { Crypto } from '../core/crypto.ts';
import { unprovedOf } from '../core/proofs-record.ts';
import { encodeGenesis } from '../core/genesis.ts';
import { Committee } from '../core/quorum.ts';
import type { Genesis, Hash, Member } from '../core/types.ts';
import { genesisState } from '../ledger/ledger.ts';
import { decodeLedgerState, encodeLedgerState } from '../ledger/state.ts';
import type { StateWrite } from '../ledger/types.ts';
import { NodeDriver, type NodeOptions, type NodePorts } from './driver.ts';
import type { NodeFacade } from './facade.ts';
import type { Store } from './ports.ts';

/** The stored chain does not fit together; nothing was changed. */
export class NodeStartError extends Error {
  readonly code: 'damaged-tip' | 'wrong-chain' | 'wrong-version';
  constructor(code: NodeStartError['code'], message: string) {
    super(message);
    this.name = 'NodeStartError';
    this.code = code;
  }
}

/** What a new store begins with: block 1 and the state after it. */
export interface GenesisBlock {
  readonly chainId: Hash;
  readonly genesisBytes: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly writes: readonly StateWrite[];
  readonly committee: readonly Member[];
}

export function genesisBlock(genesis: Genesis, crypto: Crypto): GenesisBlock {
  const genesisBytes = encodeGenesis(genesis);
  const chainId = crypto.hash(genesisBytes);
  const { state, writes } = genesisState(genesis, chainId);
  return { chainId, genesisBytes, snapshot: encodeLedgerState(state), writes, committee: state.committee };
}

/** Verifies the tip, then starts. Rejects with NodeStartError, StorageError or TransportError. */
export async function openNode(options: NodeOptions, ports: NodePorts): Promise<NodeFacade> {
  if (options.genesis.version !== PROTOCOL_VERSION) {
    throw new NodeStartError(
      'wrong-version',
      `the network speaks protocol version ${options.genesis.version}`,
    );
  }
  verifyTip(options.chainId, ports.store, ports.crypto);
  const driver = new NodeDriver(options, ports);
  await driver.start();
  return driver;
}

/** The tip must be what its hash, its certificate and its committee say. @throws NodeStartError */
export function verifyTip(chainId: Hash, store: Store, crypto: Crypto): void {
  const { tip, records } = store.load();
  const damaged = (what: string) =>
    new NodeStartError('damaged-tip', `block ${tip.height} in the database is damaged: ${what}`);
  if (!equalBytes(crypto.hash(store.genesisBytes()), chainId)) {
    throw new NodeStartError('wrong-chain', 'the database belongs to another network');
  }
  try {
    const state = decodeLedgerState(tip.snapshot);
    if (state.height !== tip.height) throw damaged('its state is of another height');
    if (!equalBytes(state.recentHashes.at(-1) ?? ZERO_HASH, tip.hash))
      throw damaged('its state is of another block');
    const unproved = unprovedOf(records);
    if (unproved !== null && tip.height < unproved.to)
      throw damaged('the fast way leads past it, and was not finished');
    if (tip.height === 1) return;
    const block = store.block(tip.height);
    if (block === undefined) throw damaged('it is missing');
    const sealed = decodeHeader(block.headerBytes, crypto);
    const committee = new Committee(block.committee, crypto);
    const certificate = decodeCertificate(block.certificateBytes);
    const fits = equalBytes(sealed.hash, tip.hash) && equalBytes(sealed.header.committeeHash, committee.hash);
    if (!fits) throw damaged('its header is of another block');
    const verifier = new CertificateVerifier({ crypto, chainId });
    if (!isCommitted(committee, sealed, certificate, verifier))
      throw damaged('its certificate does not prove it');
  } catch (error) {
    if (error instanceof DecodeError) throw damaged(error.message);
    throw error;
  }
}

/** Blocks as DIVA clients know them (docs/api.md). Their fields come first; what is only ours follows. */
import { equalBytes, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import type { CommittedBlock } from '../core/effects.ts';
import { decodeBundle, decodeCertificate, decodeHeader } from '../core/encoding.ts';
import type { SealedBundle, SealedHeader } from '../core/sealed.ts';
import type { Certificate, Command, Genesis, Member } from '../core/types.ts';
import type { CommandResult, ExecutedTransaction } from '../ledger/types.ts';
import { statementText } from '../ledger/evidence-value.ts';
import type { ChainReader, StoredBlock } from '../node/ports.ts';

/** The block version that DIVA clients expect. */
const BLOCK_VERSION = 7;
/** How DIVA spells "nobody": as key (43 characters) and as signature (86). */
const NO_KEY = '0'.repeat(43);
const NO_SIGNATURE = '0'.repeat(86);

export type CommandJson = Readonly<Record<string, string | number | object>> & { readonly command: string };

export interface TransactionJson {
  readonly ident: string;
  readonly origin: string;
  readonly commands: readonly CommandJson[];
  /** The signature of the bundle that holds the transaction. */
  readonly sig: string;
}

export interface BlockJson {
  readonly version: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly tx: readonly TransactionJson[];
  readonly height: number;
  readonly votes: readonly { readonly origin: string; readonly sig: string }[];
  /** Everything below is ours; the genesis has none of it. */
  readonly proposer?: string;
  readonly view?: number;
  readonly committeeHash?: string;
  readonly nextCommitteeHash?: string;
  readonly stateHash?: string;
  readonly cut?: readonly { readonly origin: string; readonly toSeq: number; readonly tipDigest: string }[];
  readonly certificate?: { readonly view: number; readonly signedStake: number; readonly totalStake: number };
}

interface BlockParts {
  readonly sealed: SealedHeader;
  readonly certificate: Certificate;
  readonly bundles: readonly SealedBundle[];
  readonly transactions: readonly ExecutedTransaction[];
  readonly committee: readonly Member[];
}

export function committedBlockJson(block: CommittedBlock): BlockJson {
  return blockJson(block);
}

/** The block at a height, undefined when there is none. */
export function readBlockJson(reader: ChainReader, genesis: Genesis, crypto: Crypto, height: number) {
  const block = reader.block(height);
  if (block === undefined) return undefined;
  return height === 1 ? genesisJson(block, genesis) : blockJson(partsOf(block, crypto));
}

function partsOf(block: StoredBlock, crypto: Crypto): BlockParts {
  return {
    sealed: decodeHeader(block.headerBytes, crypto),
    certificate: decodeCertificate(block.certificateBytes),
    bundles: block.bundles.map((bytes) => decodeBundle(bytes, crypto)),
    transactions: block.transactions,
    committee: block.committee,
  };
}

function genesisJson(block: StoredBlock, genesis: Genesis): BlockJson {
  const commands = genesis.members.map(({ publicKey, stake }, index) => {
    return { seq: index + 1, command: 'addPeer', http: '', udp: '', publicKey: toText(publicKey), stake };
  });
  return {
    version: BLOCK_VERSION,
    previousHash: NO_KEY,
    hash: toText(block.hash),
    tx: [{ ident: 'genesis', origin: NO_KEY, commands, sig: NO_SIGNATURE }],
    height: 1,
    votes: [],
  };
}

function blockJson({ sealed, certificate, bundles, transactions, committee }: BlockParts): BlockJson {
  const { header, hash } = sealed;
  const keyOfIndex = (index: number) => toText(committee[index]!.publicKey);
  const stakeOf = (members: readonly Member[]) => members.reduce((sum, member) => sum + member.stake, 0);
  const proposer = committee.find((member) => member.id === header.proposer);
  return {
    version: BLOCK_VERSION,
    previousHash: toText(header.prev),
    hash: toText(hash),
    tx: transactions.map((executed) => transactionJson(executed, bundles[executed.bundleIndex]!)),
    height: header.height,
    votes: certificate.signers.map((index, position) => {
      return { origin: keyOfIndex(index), sig: toText(certificate.signatures[position]!) };
    }),
    proposer: proposer === undefined ? NO_KEY : toText(proposer.publicKey),
    view: header.view,
    committeeHash: toText(header.committeeHash),
    nextCommitteeHash: toText(header.nextCommitteeHash),
    stateHash: toText(header.stateHash),
    cut: header.cut.map(({ toSeq, tipDigest }) => {
      const tip = bundles.find(({ digest }) => equalBytes(digest, tipDigest));
      return { origin: tip ? toText(tip.bundle.origin) : NO_KEY, toSeq, tipDigest: toText(tipDigest) };
    }),
    certificate: {
      view: certificate.view,
      signedStake: stakeOf(certificate.signers.map((index) => committee[index]!)),
      totalStake: stakeOf(committee),
    },
  };
}

export function transactionJson(executed: ExecutedTransaction, sealed: SealedBundle): TransactionJson {
  const { ident, commands } = sealed.bundle.transactions[executed.transactionIndex]!;
  return {
    ident,
    origin: executed.origin,
    commands: commands.map((command, index) => commandJson(command, index + 1, executed.results[index])),
    sig: toText(sealed.bundle.signature),
  };
}

export function commandJson(command: Command, seq: number, result?: CommandResult): CommandJson {
  const fields = { seq, command: command.kind, ...commandFields(command) };
  if (result === undefined) return fields;
  const { outcome } = result;
  return { ...fields, result: outcome === 'rejected' ? { outcome, reason: result.reason } : { outcome } };
}

function commandFields(command: Command): Readonly<Record<string, string | number | object>> {
  switch (command.kind) {
    case 'data':
      return { ns: command.ns, d: command.d };
    case 'decision':
      return { ns: command.ns, h: command.h, d: command.d };
    case 'addPeer':
      // Addresses are never on the chain; DIVA's clients expect the fields.
      return { http: '', udp: '', publicKey: toText(command.join.publicKey) };
    case 'removePeer':
      return { publicKey: toText(command.publicKey) };
    case 'modifyStake':
      return { publicKey: toText(command.publicKey), ident: command.ident, stake: command.delta };
    case 'ready':
      return { height: command.height, hash: toText(command.blockHash) };
    case 'evidence':
      return {
        publicKey: toText(command.first.signer),
        height: command.first.height,
        first: statementText(command.first),
        second: statementText(command.second),
      };
  }
}

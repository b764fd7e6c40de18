/** Turns stored and freshly committed blocks into what the window shows. */
import { equalBytes, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import type { CommittedBlock } from '../core/effects.ts';
import {
  decodeBundle,
  decodeCertificate,
  decodeHeader,
  encodeTransaction,
  ZERO_HASH,
} from '../core/encoding.ts';
import { Committee } from '../core/quorum.ts';
import type { SealedBundle } from '../core/sealed.ts';
import type { Certificate, Command, Genesis, Header, Member } from '../core/types.ts';
import type { CommandResult, ExecutedTransaction } from '../ledger/types.ts';
import { statementText } from '../ledger/evidence-value.ts';
import type { StoredBlock } from '../node/ports.ts';
import type * as contract from './contract/chain.ts';
import { smallestQuorum } from './margin.ts';
import { statementView } from './statement-view.ts';

const MAX_STRIPES = 64;
const GENESIS_IDENT = 'genesis';
const NOBODY = toText(ZERO_HASH);

/** A block above the genesis, from the store or just committed; its bundles are decoded when they are needed. */
export interface BlockParts {
  readonly hash: Uint8Array;
  readonly header: Header;
  readonly certificate: Certificate;
  readonly committee: readonly Member[];
  readonly transactions: readonly ExecutedTransaction[];
  readonly bundleCount: number;
  readonly sizeBytes: number;
  bundle(index: number): SealedBundle;
}

export function partsOfStored(block: StoredBlock, crypto: Crypto): BlockParts {
  return {
    hash: block.hash,
    header: decodeHeader(block.headerBytes, crypto).header,
    certificate: decodeCertificate(block.certificateBytes),
    committee: block.committee,
    transactions: block.transactions,
    bundleCount: block.bundles.length,
    sizeBytes: block.bundles.reduce((sum, bytes) => sum + bytes.length, block.headerBytes.length),
    bundle: (index) => decodeBundle(block.bundles[index]!, crypto),
  };
}

export function partsOfCommitted(block: CommittedBlock): BlockParts {
  return {
    hash: block.sealed.hash,
    header: block.sealed.header,
    certificate: block.certificate,
    committee: block.committee,
    transactions: block.transactions,
    bundleCount: block.bundles.length,
    sizeBytes: block.bundles.reduce((sum, bundle) => sum + bundle.bytes.length, block.sealed.bytes.length),
    bundle: (index) => block.bundles[index]!,
  };
}

export function summaryOf(parts: BlockParts, seenAtMs: number | null): contract.BlockSummary {
  const { header, certificate, committee, transactions } = parts;
  return {
    height: header.height,
    hash: toText(parts.hash),
    proposer: keyOf(committee, header.proposer),
    view: header.view,
    transactionCount: transactions.length,
    commandCount: transactions.reduce((sum, transaction) => sum + transaction.results.length, 0),
    sizeBytes: parts.sizeBytes,
    stripes: stripesOf(parts),
    signedStake: certificate.signers.reduce((sum, index) => sum + (committee[index]?.stake ?? 0), 0),
    signerCount: certificate.signers.length,
    memberCount: committee.length,
    totalStake: totalStake(committee),
    seenAtMs,
  };
}

export function detailOf(
  parts: BlockParts,
  seenAtMs: number | null,
  page: { readonly offset: number; readonly limit: number },
): contract.BlockDetail {
  const { header } = parts;
  const transactions = parts.transactions.slice(page.offset, page.offset + page.limit);
  return {
    summary: summaryOf(parts, seenAtMs),
    previousHash: toText(header.prev),
    committeeHash: toText(header.committeeHash),
    nextCommitteeHash: toText(header.nextCommitteeHash),
    stateHash: equalBytes(header.stateHash, ZERO_HASH) ? null : toText(header.stateHash),
    cut: cutOf(parts),
    certificate: certificateView(parts),
    transactionOffset: page.offset,
    transactions: transactionsOf(parts, transactions),
  };
}

/** The executed transactions with their commands; neighbours share a bundle, which is decoded once. */
export function transactionsOf(
  parts: BlockParts,
  executed: readonly ExecutedTransaction[],
): contract.Transaction[] {
  const bundles = new Map<number, SealedBundle>();
  return executed.map(({ origin, ident, bundleIndex, transactionIndex, results }) => {
    const sealed = bundles.get(bundleIndex) ?? parts.bundle(bundleIndex);
    bundles.set(bundleIndex, sealed);
    const commands = sealed.bundle.transactions[transactionIndex]?.commands ?? [];
    return {
      origin,
      ident,
      seq: sealed.bundle.seq,
      commands: commands.map((command, index) => ({
        command: commandView(command),
        result: results[index] === undefined ? null : resultView(results[index]),
      })),
    };
  });
}

export function resultView(result: CommandResult): contract.CommandResult {
  return { outcome: result.outcome, reason: result.outcome === 'rejected' ? result.reason : null };
}

function commandView(command: Command): contract.Command {
  switch (command.kind) {
    case 'data':
      return { kind: 'data', ns: command.ns, d: command.d };
    case 'decision':
      return { kind: 'decision', ns: command.ns, h: command.h, d: command.d };
    case 'addPeer':
      return { kind: 'addPeer', publicKey: toText(command.join.publicKey), stake: null };
    case 'removePeer':
      return { kind: 'removePeer', publicKey: toText(command.publicKey) };
    case 'modifyStake':
      return {
        kind: 'modifyStake',
        publicKey: toText(command.publicKey),
        ident: command.ident,
        delta: command.delta,
      };
    case 'ready':
      return { kind: 'ready', height: command.height };
    case 'evidence':
      return {
        kind: 'evidence',
        publicKey: toText(command.first.signer),
        first: statementView(statementText(command.first)),
        second: statementView(statementText(command.second)),
      };
  }
}

function stripesOf(parts: BlockParts): contract.Stripe[] {
  const stripes: contract.Stripe[] = [];
  for (let index = 0; index < parts.bundleCount && stripes.length < MAX_STRIPES; index++) {
    for (const { commands } of parts.bundle(index).bundle.transactions) {
      for (const command of commands) {
        if (stripes.length === MAX_STRIPES) return stripes;
        const sizeBytes = encodeTransaction({ ident: GENESIS_IDENT, commands: [command] }).length;
        stripes.push({ kind: command.kind, sizeBytes });
      }
    }
  }
  return stripes;
}

/** Which pages of which lanes the block took in: the bundles of one lane stand together (PROTOCOL section 3). */
function cutOf(parts: BlockParts): contract.CutEntry[] {
  const entries: { origin: string; fromSeq: number; toSeq: number; tipDigest: string }[] = [];
  for (let index = 0; index < parts.bundleCount; index++) {
    const { bundle, digest } = parts.bundle(index);
    const origin = toText(bundle.origin);
    const last = entries.at(-1);
    if (last?.origin !== origin) {
      entries.push({ origin, fromSeq: bundle.seq, toSeq: bundle.seq, tipDigest: toText(digest) });
    } else {
      last.toSeq = bundle.seq;
      last.tipDigest = toText(digest);
    }
  }
  return entries;
}

function certificateView(parts: BlockParts): contract.Certificate {
  const { certificate, committee } = parts;
  const signers = new Set(certificate.signers);
  const members = committee.map((member, index) => ({
    publicKey: toText(member.publicKey),
    stake: member.stake,
    signed: signers.has(index),
  }));
  const total = totalStake(committee);
  return {
    view: certificate.view,
    members,
    signedStake: members.reduce((sum, member) => sum + (member.signed ? member.stake : 0), 0),
    quorumStake: smallestQuorum(total),
    totalStake: total,
  };
}

/** Block 1: nobody proposed or signed it; it names the founding members. */
export function genesisDetail(
  genesis: Genesis,
  chainId: string,
  sizeBytes: number,
  crypto: Crypto,
): contract.BlockDetail {
  const members = genesis.members.map(({ publicKey, stake }, id) => ({ id, publicKey, stake }));
  const committeeHash = toText(new Committee(members, crypto).hash);
  return {
    summary: {
      height: 1,
      hash: chainId,
      proposer: null,
      view: 0,
      transactionCount: 1,
      commandCount: members.length,
      sizeBytes,
      stripes: members.slice(0, MAX_STRIPES).map(() => ({ kind: 'addPeer', sizeBytes: 40 })),
      signedStake: null,
      signerCount: 0,
      memberCount: members.length,
      totalStake: totalStake(members),
      seenAtMs: null,
    },
    previousHash: NOBODY,
    committeeHash,
    nextCommitteeHash: committeeHash,
    stateHash: null,
    cut: [],
    certificate: null,
    transactionOffset: 0,
    transactions: [
      {
        origin: NOBODY,
        ident: GENESIS_IDENT,
        seq: 0,
        commands: members.map(({ publicKey, stake }) => ({
          command: { kind: 'addPeer', publicKey: toText(publicKey), stake },
          result: { outcome: 'applied', reason: null },
        })),
      },
    ],
  };
}

function keyOf(committee: readonly Member[], id: number): string | null {
  const member = committee.find((candidate) => candidate.id === id);
  return member === undefined ? null : toText(member.publicKey);
}

function totalStake(committee: readonly Member[]): number {
  return committee.reduce((sum, member) => sum + member.stake, 0);
}

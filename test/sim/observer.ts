/**
 * Sees every durable write, every message and every publication of every node, and checks the invariants of PROTOCOL
 * section 9 on each. Knows the keys of the honest; what others sign counts for quorums only.
 */
import { equalBytes, toText } from '../../src-main/core/bytes.ts';
import type { Crypto } from '../../src-main/core/crypto.ts';
import type { CommittedBlock, PublishEffect } from '../../src-main/core/effects.ts';
import { CertificateVerifier, isCommitted } from '../../src-main/core/certificates.ts';
import {
  decodeBundle,
  decodeCertificate,
  decodeHeader,
  encodeMembers,
} from '../../src-main/core/encoding.ts';
import { decodeMessage } from '../../src-main/core/message-encoding.ts';
import type { Message } from '../../src-main/core/messages.ts';
import { unprovedOf } from '../../src-main/core/proofs-record.ts';
import { Committee } from '../../src-main/core/quorum.ts';
import { isSignedBundle } from '../../src-main/core/signing.ts';
import type { Hash, Height, PublicKey } from '../../src-main/core/types.ts';
import { decodeLedgerState, type LedgerState } from '../../src-main/ledger/state.ts';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import type { Counters } from './counters.ts';
import { countBlock } from './coverage.ts';
import type { VirtualDisk } from './disk.ts';
import { DurableHistory } from './durability.ts';
import { conflictOf, isQuorum, Oracle, statementOf } from './oracle.ts';
import { Silences } from './silences.ts';
import { InvariantViolation } from './violation.ts';

export interface ObservedNode {
  readonly index: number;
  readonly publicKey: PublicKey;
  readonly disk: VirtualDisk;
  readonly isHonest: boolean;
  /** Its disk failed, and it said so. */
  readonly isHalted: boolean;
}

/** What all honest nodes must agree on per height. */
interface AgreedBlock {
  readonly hash: Hash;
  readonly snapshotHash: Hash;
}

export class Observer {
  readonly oracle: Oracle;
  readonly #crypto: Crypto;
  readonly #counters: Counters;
  /** Nobody honest stands lower: what is below can be forgotten. */
  readonly #lowestTip: () => Height;
  readonly #proposers = new WeakMap<Message, number>();
  readonly #histories = new Map<number, DurableHistory>();
  readonly #agreed = new Map<Height, AgreedBlock>();
  /** After the newest block that anybody has. */
  #state: LedgerState | null = null;
  readonly #notarised = new Map<string, Hash>();
  readonly #committed = new Map<Height, Hash>();
  /** Per node: the next seq of each lane. */
  readonly #nextSeq = new Map<string, number>();
  /** Nodes that lost what they wrote: what they once said they may pass on when others give it back. */
  readonly #forgetful = new Set<number>();
  readonly #silences: Silences;
  /** Checked last, and nothing has happened since: said to the next peer, it need not be checked again. */
  #checked: { readonly node: ObservedNode; readonly message: Message } | null = null;
  /** Of nodes that joined the fast way: up to where everything was looked at. */
  readonly #provedTo = new Map<number, Height>();
  /** Accepted transactions that no block of their own node holds yet: `origin/ident`. */
  readonly waiting = new Set<string>();

  constructor(dependencies: { chainId: Hash; crypto: Crypto; counters: Counters; lowestTip: () => Height }) {
    this.oracle = new Oracle(dependencies.chainId, dependencies.crypto);
    this.#crypto = dependencies.crypto;
    this.#counters = dependencies.counters;
    this.#lowestTip = dependencies.lowestTip;
    this.#silences = new Silences(dependencies.counters);
  }

  /** The state after the genesis: its committee decides heights 2 and 3. */
  onGenesis(snapshot: Uint8Array): void {
    this.#state = decodeLedgerState(snapshot);
    const { committee } = this.#state;
    this.oracle.setCommittee(2, committee);
    this.oracle.setCommittee(3, committee);
  }

  /** After the turn is on disk. */
  onWritten(node: ObservedNode, turn: DurableTurn): void {
    this.#checked = null;
    if (!node.isHonest) return;
    const unproved = unprovedOf([...node.disk.records.values()]);
    // What is taken the fast way is nobody's claim before it has reached the checkpoint.
    const isTaking = unproved !== null && node.disk.tip.height < unproved.to;
    for (const effect of turn) {
      if (effect.type === 'commitBlock' && !isTaking) this.#onBlock(node, effect.block, unproved?.to ?? 0);
      if (effect.type === 'persistNode' && effect.record.key === 'proofs') this.#onProved(node);
      if (effect.type === 'replaceProof') this.#counters.add('proofs fetched again');
      if (effect.type === 'persistNode' && effect.record.key === 'amnesia')
        this.#silences.onRecord(node, effect.record.bytes, node.disk.tip.height);
      // A proposal may be durable, never leave for a crash, and be voted for after the restart.
      if (effect.type === 'persistSafety' && effect.record.kind === 'proposal')
        this.#onLogged(node, effect.record.bytes);
    }
    this.#historyOf(node).onWritten(turn);
  }

  /** Before a message leaves; `message` decoded from the very bytes. */
  onSend(node: ObservedNode, message: Message, payload: Uint8Array): void {
    if (this.#checked?.message === message && this.#checked.node === node) return;
    this.#check(node, message, payload);
    // What is counted of a proposal is counted for each who gets it.
    this.#checked = message.type === 'propose' ? null : { node, message };
  }

  #check(node: ObservedNode, message: Message, payload: Uint8Array): void {
    const height = heightOf(message);
    const committee = height === undefined ? [] : (this.oracle.committee(height) ?? []);
    if (message.type === 'syncResponse' && node.isHonest) this.#onServed(node, message);
    if (message.type === 'propose' && !this.#isOwnProposal(node, message)) return;
    if (message.type === 'propose') this.#onPropose(node, message);
    const statement = statementOf(message, node.publicKey, committee);
    // Peers show each other what they forgot: a ballot of somebody else need not be durable here.
    const isBallot = message.type === 'vote' || message.type === 'commit' || message.type === 'skip';
    const isOthers = isBallot && statement === undefined;
    const isRepeated =
      statement !== undefined && this.#forgetful.has(node.index) && this.oracle.knows(statement);
    if (node.isHonest && !isOthers && !isRepeated) {
      this.#historyOf(node).onSend(message, payload);
      if (statement !== undefined) this.#silences.onStatement(node, statement);
    }
    if (statement === undefined) return;
    const earlier = this.oracle.record(statement, node.isHonest);
    if (earlier === undefined) return;
    for (const other of node.isHonest ? earlier : []) {
      const conflict = conflictOf(statement, other);
      if (conflict !== undefined)
        throw new InvariantViolation('I3', `node ${node.index}, height ${statement.height}: ${conflict}`);
    }
    if (statement.kind === 'vote') this.#checkVote(node, statement.height, statement.view, statement.hash);
    if (statement.kind === 'commit') this.#checkCommit(statement.height, statement.view, statement.hash);
    if (
      statement.kind === 'skip' &&
      !earlier.some((other) => other.kind === 'skip' && other.view === statement.view)
    ) {
      this.#counters.add('skips');
    }
  }

  /** Nobody is given a block whose proof was not checked. */
  #onServed(node: ObservedNode, { blocks }: Message & { type: 'syncResponse' }): void {
    const unproved = unprovedOf([...node.disk.records.values()]);
    if (unproved === null) return;
    const given = blocks.find(({ sealed: { header } }) => {
      return header.height > unproved.proved && header.height < unproved.to;
    });
    if (given !== undefined)
      throw new InvariantViolation('I5', `node ${node.index} gives away what it has not checked`);
  }

  onPublish(node: ObservedNode, event: PublishEffect): void {
    this.#checked = null;
    if (!node.isHonest) return;
    const key = (ident: string): string => `${toText(node.publicKey)}/${ident}`;
    if (event.type === 'accepted' && !node.disk.transactions.has(key(event.ident)))
      this.waiting.add(key(event.ident));
    if (event.type === 'signing' && event.silent === 'halted' && !node.isHalted) {
      throw new InvariantViolation('halted', `node ${node.index} found an invariant of its own broken`);
    }
    if (event.type === 'signing') this.#silences.onSigning(node, event.silent);
    this.#counters.add(`published ${event.type}`);
  }

  onOverride(node: ObservedNode): void {
    this.#checked = null;
    this.#silences.onOverride(node);
  }

  /** The safety log is another one, or gone; what was signed stays signed. */
  onForgot(node: ObservedNode): void {
    this.#checked = null;
    this.#forgetful.add(node.index);
    this.#histories.delete(node.index);
    const records = [...node.disk.safety.values()];
    this.#historyOf(node).onWritten(records.map((record) => ({ type: 'persistSafety', record })));
  }

  /** Another disk holds another past. */
  onReplaced(node: ObservedNode): void {
    this.onForgot(node);
    for (const key of [...this.#nextSeq.keys()])
      if (key.startsWith(`${node.index}/`)) this.#nextSeq.delete(key);
    // What it accepted and had not bundled is lost; the rest may still be committed.
    const own = `${toText(node.publicKey)}/`;
    for (const key of this.waiting) if (key.startsWith(own)) this.waiting.delete(key);
    for (const bundleKey of node.disk.laneBundles.keys()) {
      const [origin, seq] = bundleKey.split('/') as [string, string];
      const key = `${node.index}/${origin}`;
      this.#nextSeq.set(key, Math.max(this.#nextSeq.get(key) ?? 1, Number(seq) + 1));
    }
  }

  #historyOf(node: ObservedNode): DurableHistory {
    const known = this.#histories.get(node.index);
    if (known !== undefined) return known;
    const history = new DurableHistory(node, { oracle: this.oracle, crypto: this.#crypto });
    this.#histories.set(node.index, history);
    return history;
  }

  /** Each message object is asked about once per recipient; the signature is checked once. */
  #isOwnProposal(node: ObservedNode, message: Message & { type: 'propose' }): boolean {
    const known = this.#proposers.get(message);
    if (known !== undefined) return known === node.index;
    const isOwn = this.oracle.signedProposal(message.propose, node.publicKey);
    if (isOwn) this.#proposers.set(message, node.index);
    return isOwn;
  }

  #onLogged(node: ObservedNode, bytes: Uint8Array): void {
    const message = decodeMessage(bytes, this.#crypto);
    if (message.type === 'propose') this.#learnProposal(node, message);
  }

  #learnProposal(node: ObservedNode, { propose }: Message & { type: 'propose' }): void {
    this.oracle.recordProposal(propose);
    if (node.isHonest && !this.oracle.isJustified(propose)) {
      const what = `node ${node.index} proposed without justification in view ${propose.view}`;
      throw new InvariantViolation('I9', what);
    }
  }

  #onPropose(node: ObservedNode, message: Message & { type: 'propose' }): void {
    const { propose } = message;
    this.#learnProposal(node, message);
    if (propose.notarisation !== null) this.#counters.add('re-proposals');
    if (propose.skipCertificate?.hn.some((hn) => hn >= 0)) this.#counters.add('S carried an N');
  }

  #checkVote(node: ObservedNode, height: Height, view: number, hash: Hash): void {
    // Of heights that everybody has decided nothing is remembered; a node that catches up may still say its vote.
    const isRemembered = height >= this.#lowestTip() - 1;
    if (node.isHonest && isRemembered && !this.oracle.wasJustified(height, view, hash)) {
      throw new InvariantViolation(
        'I9',
        `node ${node.index} voted for an unjustified proposal at ${height}/${view}`,
      );
    }
    if (!this.oracle.hasQuorum('vote', height, view, hash)) return;
    const key = `${height}/${view}`;
    const known = this.#notarised.get(key);
    if (known === undefined) this.#notarised.set(key, hash);
    else if (!equalBytes(known, hash)) throw new InvariantViolation('I2', `two notarisations at ${key}`);
  }

  #checkCommit(height: Height, view: number, hash: Hash): void {
    if (!this.oracle.hasQuorum('commit', height, view, hash)) return;
    const known = this.#committed.get(height);
    if (known === undefined) this.#committed.set(height, hash);
    else if (!equalBytes(known, hash))
      throw new InvariantViolation('I1', `two commit certificates at ${height}`);
  }

  #onBlock(node: ObservedNode, block: CommittedBlock, checkpoint: Height): void {
    const { header, hash } = block.sealed;
    const { height } = header;
    const who = `node ${node.index}, height ${height}`;
    if (height < checkpoint) return;
    if (height === checkpoint) this.#onCheckpoint(node, checkpoint);
    this.#checkChain(node, block, who);
    const snapshotHash = this.#crypto.hash(block.snapshot);
    const agreed = this.#agreed.get(height);
    if (agreed === undefined) {
      this.#agreed.set(height, { hash, snapshotHash });
      const state = decodeLedgerState(block.snapshot);
      this.oracle.setCommittee(height + 1, state.committee);
      countBlock(this.#counters, block, state, this.#state);
      this.#state = state;
      this.oracle.forgetBelow(this.#lowestTip() - 1);
    } else {
      if (!equalBytes(agreed.hash, hash))
        throw new InvariantViolation('I1', `${who}: another block than other nodes`);
      if (!equalBytes(agreed.snapshotHash, snapshotHash))
        throw new InvariantViolation('I6', `${who}: another state`);
    }
    this.#checkLanes(node, block, who);
    for (const { origin, ident } of block.transactions) this.waiting.delete(`${origin}/${ident}`);
  }

  /** All below it is what everybody has, whatever stands beside it (I1), and its lanes are whole (I7). */
  #onCheckpoint(node: ObservedNode, checkpoint: Height): void {
    for (let height = 2; height < checkpoint; height++) {
      const agreed = this.#agreed.get(height);
      if (agreed === undefined || !equalBytes(agreed.hash, node.disk.blocks.get(height)!.hash))
        throw new InvariantViolation('I1', `node ${node.index}: the fast way led to another block ${height}`);
    }
    this.#provedTo.set(node.index, 1);
    for (const [key, { height }] of node.disk.laneBundles) {
      const [origin, seq] = key.split('/') as [string, string];
      const lane = `${node.index}/${origin}`;
      if (height < checkpoint)
        this.#nextSeq.set(lane, Math.max(this.#nextSeq.get(lane) ?? 1, Number(seq) + 1));
    }
  }

  /** What a node has noted as proved has valid certificates and signatures (I5). */
  #onProved(node: ObservedNode): void {
    const from = this.#provedTo.get(node.index);
    const record = node.disk.records.get('proofs');
    if (from === undefined || record === undefined) return;
    const to = unprovedOf([record])?.proved ?? node.disk.tip.height;
    for (let height = from + 1; height <= to; height++) {
      const { headerBytes, certificateBytes, bundles, committee } = node.disk.blocks.get(height)!;
      const chainId = node.disk.blocks.get(1)!.hash;
      const verifier = new CertificateVerifier({ crypto: this.#crypto, chainId });
      const isValid =
        isCommitted(
          new Committee(committee, this.#crypto),
          decodeHeader(headerBytes, this.#crypto),
          decodeCertificate(certificateBytes),
          verifier,
        ) &&
        bundles.every((bytes) => isSignedBundle(decodeBundle(bytes, this.#crypto), chainId, this.#crypto));
      if (!isValid) throw new InvariantViolation('I5', `node ${node.index}: block ${height} is not proved`);
    }
    this.#provedTo.set(node.index, to);
  }

  /** verifyChain, one step (PROTOCOL section 4.6). */
  #checkChain(node: ObservedNode, block: CommittedBlock, who: string): void {
    const { header, hash } = block.sealed;
    const { certificate } = block;
    const stored = node.disk.blocks.get(header.height);
    const previous = node.disk.blocks.get(header.height - 1);
    const fail = (what: string): never => {
      throw new InvariantViolation('I5', `${who}: ${what}`);
    };
    if (stored === undefined || previous === undefined) return fail('not stored');
    if (!equalBytes(this.#crypto.hash(stored.headerBytes), hash)) fail('the stored header has another hash');
    if (!equalBytes(header.prev, previous.hash)) fail('prev is not the previous block');
    const committee = this.oracle.committee(header.height);
    if (committee === undefined) return fail('nobody knows its committee');
    if (!equalBytes(header.committeeHash, this.#crypto.hash(encodeMembers(committee))))
      fail('another committee');
    const decoded = decodeCertificate(stored.certificateBytes);
    if (decoded.kind !== 'C' || decoded.height !== header.height || !equalBytes(decoded.hash, hash))
      fail('another C');
    if (!isQuorum(committee, certificate.signers) || !this.oracle.isValid(certificate)) fail('an invalid C');
  }

  #checkLanes(node: ObservedNode, block: CommittedBlock, who: string): void {
    for (const { bundle } of block.bundles) {
      const key = `${node.index}/${toText(bundle.origin)}`;
      const expected = this.#nextSeq.get(key) ?? 1;
      if (bundle.seq !== expected) {
        throw new InvariantViolation('I7', `${who}: seq ${bundle.seq} of a lane at ${expected}`);
      }
      this.#nextSeq.set(key, expected + 1);
    }
  }
}

function heightOf(message: Message): Height | undefined {
  if (message.type === 'propose') return message.propose.height;
  return message.type === 'vote' || message.type === 'commit' || message.type === 'skip'
    ? message.height
    : undefined;
}

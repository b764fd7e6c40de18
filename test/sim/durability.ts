/**
 * I4 and I9 for one node: nothing it signed leaves before the write that holds it, with everything PROTOCOL
 * section 4.1 wants beside it, and no view is entered and no notarisation taken up without a valid certificate.
 */
import { equalBytes, toText } from '../../src-main/core/bytes.ts';
import type { Crypto } from '../../src-main/core/crypto.ts';
import { decodeMessage } from '../../src-main/core/message-encoding.ts';
import type { Message, Skip, Status, Vote } from '../../src-main/core/messages.ts';
import type { Height, View } from '../../src-main/core/types.ts';
import type { DurableTurn } from '../../src-main/node/ports.ts';
import { holdsBundle, type VirtualDisk } from './disk.ts';
import type { Oracle } from './oracle.ts';
import { InvariantViolation } from './violation.ts';

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
const KEPT_HEIGHTS = 2;

export interface Owner {
  readonly index: number;
  readonly publicKey: Uint8Array;
  readonly disk: VirtualDisk;
}

/** What one node has ever made durable, across its restarts. */
export class DurableHistory {
  readonly #owner: Owner;
  readonly #oracle: Oracle;
  readonly #crypto: Crypto;
  /** `height/kind/key` of safety records; `height/kind/signature` of own statements. */
  readonly #records = new Set<string>();
  #skipped: { height: Height; view: View } = { height: 0, view: -1 };
  #highest: { height: Height; view: View } = { height: 0, view: -1 };
  #entered: { height: Height; view: View } = { height: 0, view: -1 };

  constructor(owner: Owner, dependencies: { oracle: Oracle; crypto: Crypto }) {
    this.#owner = owner;
    this.#oracle = dependencies.oracle;
    this.#crypto = dependencies.crypto;
  }

  /** After the turn is on disk. */
  onWritten(turn: DurableTurn): void {
    let touched = false;
    for (const effect of turn) {
      if (effect.type === 'commitBlock') this.#forgetBelow(effect.block.sealed.header.height - KEPT_HEIGHTS);
      if (effect.type !== 'persistSafety') continue;
      touched = true;
      const { height, kind, key, bytes } = effect.record;
      this.#records.add(`${height}/${kind}/${key}`);
      if (kind === 'vote' || kind === 'commit' || kind === 'skip') {
        const message = decodeMessage(bytes, this.#crypto) as Vote | Skip;
        this.#records.add(`${height}/${kind}/${toText(message.signature)}`);
        this.#checkGivenUp(message);
      }
      if (kind === 'proposal') this.#records.add(`${height}/${kind}/${toText(this.#crypto.hash(bytes))}`);
      if (kind === 'highNotarisation') this.#noteHighest(height, bytes);
    }
    if (touched) this.#checkEntered();
  }

  /** Before a message leaves: throws unless what it says is durable. */
  onSend(message: Message, payload: Uint8Array): void {
    switch (message.type) {
      case 'propose':
        return this.#require(
          message.propose.height,
          'proposal',
          toText(this.#crypto.hash(payload)),
          'PROPOSE',
        );
      case 'vote':
        return this.#checkVote(message);
      case 'commit':
        this.#require(message.height, 'commit', toText(message.signature), `COMMIT(${message.view})`);
        return this.#requireHighest(message.height, message.view);
      case 'skip':
        this.#require(message.height, 'skip', toText(message.signature), `SKIP(${message.view})`);
        return this.#checkNamed(message);
      case 'bundle':
        return this.#checkBundle(message.bytes);
      case 'status':
        return this.#checkInstance(message);
      default:
        return;
    }
  }

  /**
   * Rule 3: after SKIP(v) no VOTE and no COMMIT in any view <= v. Records come in the order in which they
   * were made.
   */
  #checkGivenUp({ type, height, view }: Vote | Skip): void {
    const before = this.#skipped.height === height ? this.#skipped.view : -1;
    if (type === 'skip') this.#skipped = { height, view: Math.max(view, before) };
    else if (view <= before)
      this.#violate('I3', `${type.toUpperCase()}(${view}) after SKIP(${before}) at height ${height}`);
  }

  #checkVote(vote: Vote): void {
    const { height, view, blockHash, signature } = vote;
    this.#require(height, 'vote', toText(signature), `VOTE(${view})`);
    this.#require(height, 'header', toText(blockHash), `the header of VOTE(${view})`);
    for (const entry of this.#oracle.cutOf(height, blockHash)) {
      this.#require(height, 'bundle', toText(entry.tipDigest), `a bundle cited by VOTE(${view})`);
    }
  }

  /** hn is the view of highN, also after a crash: nothing higher was ever durable, and at least this was. */
  #checkNamed({ height, view, hn, notarisation }: Skip): void {
    if (hn >= 0) this.#requireHighest(height, hn);
    if (hn >= 0 && (notarisation === null || notarisation.view < hn))
      this.#fail(`SKIP(${view}) without the N behind hn ${hn}`);
  }

  #checkBundle(bytes: Uint8Array): void {
    const fields = bytes.subarray(SIGNATURE_BYTES);
    if (!equalBytes(fields.subarray(0, KEY_BYTES), this.#owner.publicKey)) return;
    if (!holdsBundle(this.#owner.disk, this.#crypto.hash(fields)))
      this.#fail('an own BUNDLE left before it was durable');
  }

  #checkInstance({ instance }: Status): void {
    const stored = this.#owner.disk.records.get('instances')?.bytes;
    const view = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
      Buffer.from(buffer, byteOffset, byteLength);
    if (stored === undefined || !view(stored).includes(view(instance.nonce)))
      this.#fail('STATUS with an instance nonce not on disk');
  }

  #noteHighest(height: Height, bytes: Uint8Array): void {
    const message = decodeMessage(bytes, this.#crypto);
    if (message.type !== 'certificate') return;
    const { kind, view } = message.certificate;
    const known = this.#highest;
    if (kind !== 'N' || message.certificate.height !== height || !this.#oracle.isValid(message.certificate))
      this.#violate('I9', `took up a notarisation that is none at ${height}/${view}`);
    if (known.height === height && view < known.view) this.#fail(`highN fell from ${known.view} to ${view}`);
    this.#highest = { height, view };
  }

  #requireHighest(height: Height, view: View): void {
    if (height <= this.#owner.disk.tip.height) return;
    const { height: at, view: highest } = this.#highest;
    if (at < height || (at === height && highest < view))
      this.#fail(`highN is not durable at ${height}/${view}`);
  }

  #checkEntered(): void {
    const { disk } = this.#owner;
    const height = disk.tip.height + 1;
    const views = disk.safetyRecord(height, 'views', '')?.bytes;
    if (views === undefined) return;
    const view = new DataView(views.buffer, views.byteOffset).getUint32(0, true) - 1;
    const before = this.#entered.height === height ? this.#entered.view : -1;
    this.#entered = { height, view };
    if (view < before) this.#violate('I9', `fell back from view ${before} to ${view}`);
    if (view <= 0) return;
    const entry = disk.safetyRecord(height, 'entryCertificate', '')?.bytes;
    const message = entry === undefined ? undefined : decodeMessage(entry, this.#crypto);
    if (message?.type !== 'certificate')
      return this.#violate('I9', `in view ${view} of ${height} without a certificate`);
    const { certificate, notarisation } = message;
    const leads = certificate.kind === 'S' ? certificate.view === view - 1 : certificate.view === view;
    if (
      certificate.height !== height ||
      certificate.kind === 'C' ||
      !leads ||
      !this.#oracle.isValid(certificate)
    ) {
      this.#violate('I9', `in view ${view} of ${height} with a certificate that does not lead there`);
    }
    const highest = Math.max(-1, ...certificate.hn);
    const behind = notarisation?.view ?? this.#highestAt(height);
    if (certificate.kind === 'S' && highest > behind)
      this.#violate('I9', `an S without the N behind its hn ${highest}`);
  }

  #highestAt(height: Height): View {
    return this.#highest.height === height ? this.#highest.view : -1;
  }

  #require(height: Height, kind: string, key: string, what: string): void {
    // What is said in the very turn that decides its height needs no record: the block itself forbids to contradict it.
    if (height <= this.#owner.disk.tip.height) return;
    if (!this.#records.has(`${height}/${kind}/${key}`))
      this.#fail(`${what} of height ${height} is not durable`);
  }

  #fail(what: string): never {
    return this.#violate('I4', what);
  }

  #violate(invariant: 'I3' | 'I4' | 'I9', what: string): never {
    throw new InvariantViolation(invariant, `node ${this.#owner.index}: ${what}`);
  }

  #forgetBelow(height: Height): void {
    for (const key of this.#records)
      if (Number(key.slice(0, key.indexOf('/'))) < height) this.#records.delete(key);
  }
}

/**
 * Answers to SYNC_REQ on their way to the state machine: their signatures are checked on other processors before it
 * sees them, where there are some. Only what was asked for costs that much.
 */
import { checksOf, type SignatureCheck } from '../core/answer-checks.ts';
import type { Crypto } from '../core/crypto.ts';
import type { Message } from '../core/messages.ts';
import type { Committee } from '../core/quorum.ts';
import type { Hash, PeerText } from '../core/types.ts';

/** Resolves when `Crypto.verify` knows these; null: nobody is there to do it. Never rejects. */
export type VerifyAhead = (checks: readonly SignatureCheck[]) => Promise<void> | null;

/** More answers than may be asked for at once: what comes beyond them is checked when it is applied. */
const MOST_AT_ONCE = 8;

export class AnswersAhead {
  readonly #chainId: Hash;
  readonly #crypto: Crypto;
  readonly #verifyAhead: VerifyAhead;
  /** By connected peer: requests that it has not answered. */
  readonly #asked = new Map<PeerText, number>();
  #underway = 0;

  constructor(chainId: Hash, ports: { readonly crypto: Crypto; readonly verifyAhead: VerifyAhead }) {
    this.#chainId = chainId;
    this.#crypto = ports.crypto;
    this.#verifyAhead = ports.verifyAhead;
  }

  onSent(to: readonly PeerText[], message: Message): void {
    if (message.type !== 'syncRequest') return;
    for (const peer of to) this.#asked.set(peer, (this.#asked.get(peer) ?? 0) + 1);
  }

  onDisconnected(peer: PeerText): void {
    this.#asked.delete(peer);
  }

  /** Calls back when the message may be handed on: at once, unless it is an answer that is checked first. */
  take(from: PeerText, message: Message, committee: Committee, handOn: () => void): void {
    const checked = this.#check(from, message, committee);
    if (checked === null) return handOn();
    this.#underway += 1;
    void checked.then(() => {
      this.#underway -= 1;
      handOn();
    });
  }

  #check(from: PeerText, message: Message, committee: Committee): Promise<void> | null {
    const asked = this.#asked.get(from);
    if (message.type !== 'syncResponse' || asked === undefined) return null;
    if (asked > 1) this.#asked.set(from, asked - 1);
    else this.#asked.delete(from);
    if (this.#underway >= MOST_AT_ONCE) return null;
    return this.#verifyAhead(checksOf(message.blocks, committee, this.#chainId, this.#crypto));
  }
}

/**
 * What the messages of a run are on the wire. All its nodes live in one process: what several of them hear, or one of
 * them again, is decoded once, and they share it. So it cannot be changed: what is decoded is frozen, and of its bytes,
 * which cannot be frozen, a sample is compared with what came in.
 */
import { isDeepStrictEqual } from 'node:util';
import { decodeMessage, encodeMessage } from '../../src-main/core/message-encoding.ts';
import type { Message } from '../../src-main/core/messages.ts';
import { simulatorCrypto } from './crypto.ts';

/** Both memories are emptied when they are full; most is heard within some hundred messages. */
const MAX_PAYLOADS = 4096;
const MAX_CONTENTS = 2048;
/** Of so many distinct messages one is kept for the comparison. */
const EVERY = 64;

export class Wire {
  /** By the very bytes that were sent, and by their content as latin1. */
  readonly #heard = new Map<Uint8Array, Message>();
  readonly #contents = new Map<string, Message>();
  /** What faulty nodes mean by bytes that may be no message. */
  readonly #meant = new WeakMap<Uint8Array, Message>();
  readonly #sample: { readonly payload: Uint8Array; readonly message: Message }[] = [];
  #decoded = 0;

  /** What a node hears. @throws DecodeError */
  decode(payload: Uint8Array): Message {
    const known = this.#heard.get(payload);
    if (known !== undefined) return known;
    const message = this.#byContent(payload);
    if (this.#heard.size >= MAX_PAYLOADS) this.#heard.clear();
    this.#heard.set(payload, message);
    return message;
  }

  /** What its sender means, for those who look on. */
  meaningOf(payload: Uint8Array): Message {
    return this.#meant.get(payload) ?? this.decode(payload);
  }

  /** What a faulty node sends. */
  encode(message: Message): Uint8Array {
    const payload = encodeMessage(message);
    this.#meant.set(payload, message);
    return payload;
  }

  /** Messages that are not any more what was received: there must be none. */
  changed(): readonly Message[] {
    return this.#sample
      .filter(({ payload, message }) => !isDeepStrictEqual(decodeMessage(payload, simulatorCrypto), message))
      .map(({ message }) => message);
  }

  /** What is said to everybody, or again, is often encoded anew and the same. */
  #byContent(payload: Uint8Array): Message {
    const { buffer, byteOffset, byteLength } = payload;
    const content = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    const known = this.#contents.get(content);
    if (known !== undefined) return known;
    const message = decodeMessage(payload, simulatorCrypto);
    freeze(message);
    if (this.#decoded++ % EVERY === 0) this.#sample.push({ payload: payload.slice(), message });
    if (this.#contents.size >= MAX_CONTENTS) this.#contents.clear();
    this.#contents.set(content, message);
    return message;
  }
}

/** Objects and lists; a view of bytes cannot be frozen. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inside of Object.values(value)) freeze(inside);
}

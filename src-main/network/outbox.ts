import { RecordWriter } from './records.ts';
import type { Session } from './session.ts';
import { SESSION_HEADER_BYTES, SESSION_TAG_BYTES } from './session.ts';

const SLAB_BYTES = 256 * 1024;

/**
 * Builds datagrams in large slabs, because an allocation per datagram costs as much as its encryption. A slab is not
 * reused: datagrams may wait in the kernel or for an injected delay.
 */
export class Outbox {
  readonly #datagramBytes: number;
  #slab = new Uint8Array(0);
  #used = 0;

  constructor(options: { readonly datagramBytes: number }) {
    this.#datagramBytes = options.datagramBytes;
  }

  /** Only one datagram is built at a time. */
  begin(): RecordWriter {
    if (this.#used + this.#datagramBytes > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const end = this.#used + this.#datagramBytes - SESSION_TAG_BYTES;
    return new RecordWriter(this.#slab, this.#used + SESSION_HEADER_BYTES, end);
  }

  /** The encrypted datagram. */
  end(writer: RecordWriter, session: Session): Uint8Array {
    const end = writer.length + SESSION_TAG_BYTES;
    const datagram = this.#slab.subarray(this.#used, end);
    this.#used = end;
    session.seal(datagram);
    return datagram;
  }
}

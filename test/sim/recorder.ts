/** Everything that happens in one run, as a list that an explanation can be cut from. */
import type { Message } from '../../src-main/core/messages.ts';
import type { Height } from '../../src-main/core/types.ts';

interface Happened {
  readonly atUs: number;
  /** The node it happens at; null: to all of them. */
  readonly node: number | null;
  /** The height that this node decides at the time. */
  readonly height: Height;
}

export type Happening =
  | (Happened & { readonly kind: 'note'; readonly what: string })
  /** Both ends share the very message. */
  | (Happened & { readonly kind: 'send' | 'receive'; readonly peer: number; readonly message: Message });

export class Recorder {
  readonly happenings: Happening[] = [];
  readonly #heightOf: (node: number) => Height;

  constructor(heightOf: (node: number) => Height) {
    this.#heightOf = heightOf;
  }

  note(atUs: number, who: string, what: string): void {
    const node = who === '***' ? null : Number(who.slice(1));
    const height = node === null ? 0 : this.#heightOf(node);
    this.happenings.push({ atUs, node, height, kind: 'note', what });
  }

  passed(kind: 'send' | 'receive', atUs: number, node: number, peer: number, message: Message): void {
    this.happenings.push({ atUs, node, height: this.#heightOf(node), kind, peer, message });
  }
}

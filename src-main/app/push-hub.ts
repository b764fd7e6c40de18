/**
 * Carries pushes from the app to its windows. A window attaches once, subscribes by name and says when it is hidden;
 * a hidden one gets nothing, and the newest state when it is shown again.
 */
import type { PushOf } from './contract/contract.ts';
import type { PushName } from './contract/names.ts';

/** Sends one push to one window. */
export type PushSink = (name: PushName, value: unknown) => void;

/** Pushes that are the newest state of something: a new subscriber gets it at once. The rest are events. */
const STATES: ReadonlySet<PushName> = new Set([
  'settings',
  'identity',
  'networks',
  'machine',
  'leftovers',
  'nearby',
  'node',
  'admission',
  'openedLink',
  'task',
]);

export class PushHub {
  readonly #attachments = new Set<Attachment>();
  readonly #newest = new Map<PushName, unknown>();
  readonly #onAudience: (name: PushName) => void;

  /** `onAudience` is called when a window begins to see a name: a lazily made state is then made afresh. */
  constructor(onAudience: (name: PushName) => void) {
    this.#onAudience = onAudience;
  }

  publish<Name extends PushName>(name: Name, value: PushOf<Name>): void {
    if (STATES.has(name)) this.#newest.set(name, value);
    for (const attachment of this.#attachments) if (attachment.sees(name)) attachment.send(name, value);
  }

  hasAudience(name: PushName): boolean {
    for (const attachment of this.#attachments) if (attachment.sees(name)) return true;
    return false;
  }

  attach(sink: PushSink): Attachment {
    const attachment = new Attachment(
      sink,
      (name) => {
        if (this.#newest.has(name)) attachment.send(name, this.#newest.get(name));
        this.#onAudience(name);
      },
      () => this.#attachments.delete(attachment),
    );
    this.#attachments.add(attachment);
    return attachment;
  }
}

/** One window's view of the hub. */
export class Attachment {
  readonly #names = new Set<PushName>();
  readonly #sink: PushSink;
  readonly #onSeen: (name: PushName) => void;
  readonly #onDetach: () => void;
  #visible = true;

  constructor(sink: PushSink, onSeen: (name: PushName) => void, onDetach: () => void) {
    this.#sink = sink;
    this.#onSeen = onSeen;
    this.#onDetach = onDetach;
  }

  sees(name: PushName): boolean {
    return this.#visible && this.#names.has(name);
  }

  send(name: PushName, value: unknown): void {
    this.#sink(name, value);
  }

  /** Also on a repeated subscription the newest state is sent: the window may have been loaded again. */
  subscribe(name: PushName): void {
    this.#names.add(name);
    if (this.#visible) this.#onSeen(name);
  }

  unsubscribe(name: PushName): void {
    this.#names.delete(name);
  }

  /** The window was loaded afresh: what its former page had subscribed to is over. */
  reset(): void {
    this.#names.clear();
  }

  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible) for (const name of this.#names) this.#onSeen(name);
  }

  detach(): void {
    this.#names.clear();
    this.#onDetach();
  }
}

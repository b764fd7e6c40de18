/** Says on some interfaces that a network is here: when that begins, when it changes, and whenever somebody asks. */
import { asksForUs, toGoodbye, toRecords } from './announcement.ts';
import type { Announcement } from './announcement.ts';
import type { Link, LinksPorts } from './links.ts';
import { Links } from './links.ts';

/** RFC 6762, section 8.3: at least twice, a second apart. */
const REPEAT_AFTER_MS = 1_000;
/** Many ask at once when a room opens its laptops: one answer serves them all. */
const ANSWER_EVERY_MS = 250;

export interface AnnouncerOptions {
  /** What is said now; null says nothing. */
  readonly current: () => (Announcement & { readonly port: number }) | null;
  /** Interfaces whose owner agreed. */
  readonly isAllowed: (interfaceName: string) => boolean;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #ports: LinksPorts;
  readonly #links: Links;
  readonly #waiting = new Map<Link, () => void>();
  #said: (Announcement & { readonly port: number }) | null = null;

  constructor(options: AnnouncerOptions, ports: LinksPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#links = new Links(({ kind, name }) => kind !== 'loopback' && options.isAllowed(name), ports, {
      onPacket: (packet, link) => {
        if (asksForUs(packet)) this.#sayLater(link, ANSWER_EVERY_MS);
      },
      onLink: (link) => this.#begin(link),
    });
    this.#links.look();
  }

  /** What is to be said, or where, is something else now. */
  changed(): void {
    const said = this.#said;
    const current = this.#options.current();
    if (current === null && said !== null)
      for (const link of this.#links.all) this.#links.respond(link, toGoodbye(said));
    this.#said = null;
    this.#links.look();
    if (current !== null) for (const link of this.#links.all) this.#sayLater(link, REPEAT_AFTER_MS);
  }

  async close(): Promise<void> {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    if (this.#said !== null)
      for (const link of this.#links.all) this.#links.respond(link, toGoodbye(this.#said));
    await this.#links.close();
  }

  #begin(link: Link): void {
    this.#sayLater(link, 0);
    this.#ports.clock.schedule(REPEAT_AFTER_MS, () => {
      if (this.#links.all.includes(link)) this.#sayLater(link, 0);
    });
  }

  #sayLater(link: Link, delayMs: number): void {
    if (this.#waiting.has(link)) return;
    const cancel = this.#ports.clock.schedule(delayMs, () => {
      this.#waiting.delete(link);
      const current = this.#options.current();
      this.#said = current;
      if (current === null || !this.#links.all.includes(link)) return;
      const hosts = link.addresses.map(({ host }) => host);
      this.#links.respond(link, toRecords(current, { port: current.port, hosts }));
    });
    this.#waiting.set(link, cancel);
  }
}

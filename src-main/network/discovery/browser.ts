/** Looks for networks that are announced nearby, and finds out why there are none. */
import { toText } from '../../core/bytes.ts';
import type { NetworkInterface } from '../interfaces.ts';
import { readAnnouncements, readGoodbyes, SERVICE } from './announcement.ts';
import type { HeardAnnouncement } from './announcement.ts';
import { diagnose } from './diagnosis.ts';
import type { Diagnosis } from './diagnosis.ts';
import { Links } from './links.ts';
import type { Link, LinksPorts } from './links.ts';

const MAX_NETWORKS = 32;
const MAX_NODES_PER_NETWORK = 16;
/** Asked at these moments, and then at the last distance. */
const ASK_AFTER_MS = [0, 1_000, 3_000, 9_000] as const;
const ASK_EVERY_MS = 20_000;
/** Nothing was found for so long: why that may be is worth saying. */
export const DIAGNOSE_AFTER_MS = 10_000;

/** A network nearby, and the nodes of it that say so. */
export interface NearbyNetwork {
  readonly chainId: Uint8Array;
  readonly networkName: string;
  readonly memberCount: number;
  readonly checkpoint: HeardAnnouncement['checkpoint'];
  readonly nodes: readonly { readonly publicKey: Uint8Array; readonly addressHints: readonly string[] }[];
}

interface Found {
  readonly heard: HeardAnnouncement;
  readonly untilMs: number;
}

export class Browser {
  readonly #ports: LinksPorts;
  readonly #links: Links;
  readonly #changed: () => void;
  /** By network, then by node; at most MAX_NETWORKS and MAX_NODES_PER_NETWORK. */
  readonly #found = new Map<string, Map<string, Found>>();
  /** A timer may come a moment before its time by the clock: it says itself that it came. */
  #isEarly = true;
  readonly #timers = new Set<() => void>();
  #interfaces: readonly NetworkInterface[] = [];

  /** `changed` is called when `networks()` or `diagnosis()` say something else. */
  constructor(ports: LinksPorts, changed: () => void) {
    this.#ports = ports;
    this.#changed = changed;
    const readInterfaces = (): readonly NetworkInterface[] => (this.#interfaces = ports.readInterfaces());
    const isLan = ({ kind }: NetworkInterface): boolean => kind !== 'loopback' && kind !== 'mobile';
    this.#links = new Links(
      isLan,
      { ...ports, readInterfaces },
      {
        onPacket: (packet, link) => {
          for (const instance of readGoodbyes(packet)) this.#forget(instance);
          for (const heard of readAnnouncements(packet, link.addresses)) this.#remember(heard);
        },
        // One that comes later is asked at once as well.
        onLink: () => this.#after(0, () => this.#links.query(SERVICE)),
      },
    );
    this.#links.look();
    for (const delayMs of ASK_AFTER_MS) this.#after(delayMs, () => this.#links.query(SERVICE));
    this.#after(ASK_EVERY_MS, () => this.#askAgain());
    this.#after(DIAGNOSE_AFTER_MS, () => {
      this.#isEarly = false;
      changed();
    });
  }

  /** By name. */
  networks(): readonly NearbyNetwork[] {
    const nowMs = this.#ports.clock.nowMs();
    const networks = [...this.#found.values()].flatMap((nodes) => {
      const living = [...nodes.values()].filter(({ untilMs }) => untilMs > nowMs).map(({ heard }) => heard);
      // The highest block is the most recent word about the rest.
      const [newest] = living.toSorted((a, b) => b.checkpoint.height - a.checkpoint.height);
      if (newest === undefined) return [];
      const { chainId, networkName, memberCount, checkpoint } = newest;
      return [{ chainId, networkName, memberCount, checkpoint, nodes: living }];
    });
    return networks.sort((a, b) => (a.networkName < b.networkName ? -1 : 1));
  }

  /** Why nothing is found; null before it was looked for long enough, and while something is. */
  diagnosis(): Diagnosis | null {
    return this.#isEarly || this.networks().length > 0 ? null : diagnose(this.#evidence());
  }

  async close(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await this.#links.close();
  }

  #evidence(): Parameters<typeof diagnose>[0] {
    const usable = this.#interfaces.filter(
      ({ kind, addresses }) => kind !== 'loopback' && addresses.length > 0,
    );
    return {
      hasInterface: usable.length > 0,
      links: this.#links.all.map(({ name, kind, addresses, ...rest }: Link) => {
        return { name, kind, hosts: addresses.map(({ host }) => host.split('%')[0]!), ...rest };
      }),
    };
  }

  #remember(heard: HeardAnnouncement): void {
    const key = toText(heard.chainId);
    const nodes = this.#found.get(key) ?? new Map<string, Found>();
    if (!this.#found.has(key) && this.#found.size >= MAX_NETWORKS) return;
    if (!nodes.has(heard.instance) && nodes.size >= MAX_NODES_PER_NETWORK) return;
    this.#found.set(key, nodes);
    const before = nodes.get(heard.instance);
    // What two interfaces or families say of one node belongs together.
    const addressHints = [...new Set([...heard.addressHints, ...(before?.heard.addressHints ?? [])])].slice(
      0,
      4,
    );
    nodes.set(heard.instance, {
      heard: { ...heard, addressHints },
      untilMs: this.#ports.clock.nowMs() + heard.lifetimeMs,
    });
    this.#changed();
  }

  #forget(instance: string): void {
    for (const nodes of this.#found.values()) if (nodes.delete(instance)) this.#changed();
    this.#dropEmpty();
  }

  #expire(): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const nodes of this.#found.values())
      for (const [instance, { untilMs }] of nodes)
        if (untilMs <= nowMs && nodes.delete(instance)) this.#changed();
    this.#dropEmpty();
  }

  #dropEmpty(): void {
    for (const [key, nodes] of this.#found) if (nodes.size === 0) this.#found.delete(key);
  }

  #askAgain(): void {
    this.#links.query(SERVICE);
    this.#after(ASK_EVERY_MS, () => this.#askAgain());
    this.#expire();
    // The reason may have changed as well.
    this.#changed();
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#ports.clock.schedule(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}

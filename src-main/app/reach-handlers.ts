/** Requests about other machines, and the `nearby` push: it is looked for only while somebody looks at it. */
import type { Crypto } from '../core/crypto.ts';
import type { LinksPorts } from '../network/discovery/links.ts';
import { NearbyNetworks } from '../networks/nearby.ts';
import type { Clock, Logger } from '../node/ports.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import type { OpenNetworkHolder } from './open-network.ts';
import type { PushHub } from './push-hub.ts';
import { nearbyView, reachView } from './reach-view.ts';
import { Throttle } from './throttle.ts';

const PUBLISH_INTERVAL_MS = 250;
/** How soon it ends when the last window looks away. */
const AUDIENCE_INTERVAL_MS = 2_000;

export type DiscoveryPorts = Pick<LinksPorts, 'readInterfaces' | 'open'>;

export interface ReachDependencies {
  readonly hub: PushHub;
  readonly open: OpenNetworkHolder;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly discovery: DiscoveryPorts;
}

export class ReachHandlers {
  readonly #dependencies: ReachDependencies;
  readonly #publishing: Throttle;
  #nearby: NearbyNetworks | null = null;
  #cancelLook: () => void = () => undefined;

  constructor(dependencies: ReachDependencies) {
    this.#dependencies = dependencies;
    this.#publishing = new Throttle(dependencies.clock, PUBLISH_INTERVAL_MS, () => this.#publish());
  }

  readonly handlers: Pick<Handlers, 'listInterfaces' | 'setReach'> = {
    listInterfaces: () => ({
      interfaces: this.#dependencies.discovery
        .readInterfaces()
        .filter(({ kind }) => kind !== 'loopback')
        .map(({ name, kind, addresses }) => {
          return { name, kind, hosts: addresses.map(({ host }) => host.split('%')[0]!) };
        }),
    }),
    setReach: async ({ interfaces, announce }) => {
      const { open, logger } = this.#dependencies;
      const reach = open.get()?.own()?.reach ?? null;
      if (reach === null) throw new AppError(open.get() === null ? 'no-network' : 'other-kind');
      await reach.setConsent({ interfaces, announce });
      logger.log('info', 'its owner agreed to where it is reached', { interfaces, announce });
      open.refresh();
      return reachView(reach.status());
    },
  };

  /** A window begins to look. */
  onAudience(): void {
    const { clock, crypto, logger, discovery } = this.#dependencies;
    this.#nearby ??= new NearbyNetworks({ clock, crypto, logger, ...discovery }, () => {
      this.#publishing.request();
    });
    this.#publishing.request();
    this.#cancelLook();
    this.#cancelLook = clock.schedule(AUDIENCE_INTERVAL_MS, () => this.#lookForAudience());
  }

  async close(): Promise<void> {
    this.#cancelLook();
    this.#publishing.cancel();
    const nearby = this.#nearby;
    this.#nearby = null;
    await nearby?.close();
  }

  #lookForAudience(): void {
    if (this.#dependencies.hub.hasAudience('nearby')) {
      this.#cancelLook = this.#dependencies.clock.schedule(AUDIENCE_INTERVAL_MS, () => {
        this.#lookForAudience();
      });
    } else void this.close();
  }

  #publish(): void {
    if (this.#nearby !== null) this.#dependencies.hub.publish('nearby', nearbyView(this.#nearby.look()));
  }
}

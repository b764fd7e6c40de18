/** Node processes that outlived an earlier start of the app: found when it starts, ended when the person says so. */
import type { Leftover } from '../networks/leftovers.ts';
import type { Clock, Logger } from '../node/ports.ts';
import type { AppBackend } from './backend.ts';
import type { EndLeftoversRequest, Leftovers as LeftoverState } from './contract/networks.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import type { OpenNetworkHolder } from './open-network.ts';

/** They may also end by themselves, when whatever froze them lets go. */
const LOOK_EVERY_MS = 5_000;
const MOST = 64;

export interface LeftoverDependencies {
  readonly backend: Pick<AppBackend, 'leftovers' | 'endLeftover'>;
  readonly open: OpenNetworkHolder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publish: (state: LeftoverState) => void;
  /** The nodes run again: in the open network, or with this one. */
  readonly restart: (networkId: string, publicKeys: readonly string[]) => void;
}

export class Leftovers {
  readonly #dependencies: LeftoverDependencies;
  #found: readonly Leftover[] = [];
  #told = '';
  #cancel: () => void = () => undefined;
  #isEnded = false;

  constructor(dependencies: LeftoverDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: Pick<Handlers, 'endLeftovers'> = {
    endLeftovers: (request) => this.#endAll(request),
  };

  /** Looks now, and again as long as there are some. */
  async look(): Promise<void> {
    this.#cancel();
    this.#found = await this.#find();
    if (this.#isEnded) return;
    const nodes = this.#found.map(({ networkId, networkName, name, pid }) => {
      return { networkId, networkName, name, pid };
    });
    const text = JSON.stringify(nodes);
    if (text !== this.#told) this.#dependencies.publish({ nodes });
    this.#told = text;
    this.#cancel();
    if (nodes.length > 0)
      this.#cancel = this.#dependencies.clock.schedule(LOOK_EVERY_MS, () => void this.look());
  }

  end(): void {
    this.#isEnded = true;
    this.#cancel();
  }

  /** Without those of the open network, which are ours. */
  async #find(): Promise<readonly Leftover[]> {
    const { backend, open, logger } = this.#dependencies;
    try {
      const all = await backend.leftovers();
      const ours = new Set(
        open
          .get()
          ?.nodes()
          .map(({ pid }) => pid),
      );
      return all.filter(({ pid }) => !ours.has(pid)).slice(0, MOST);
    } catch (error) {
      logger.log('warn', 'whether nodes were left behind is not known', { error: String(error) });
      return [];
    }
  }

  async #endAll({ networkId, restart }: EndLeftoversRequest): Promise<object> {
    const { backend, open, logger } = this.#dependencies;
    const another = open.get() !== null && open.get()?.id !== networkId;
    if (restart && another) throw new AppError('network-open');
    await this.look();
    const nodes = this.#found.filter((leftover) => leftover.networkId === networkId);
    await Promise.all(nodes.map((leftover) => backend.endLeftover(leftover)));
    for (const { name, pid } of nodes)
      logger.log('info', 'a node that was left behind has ended', { name, pid });
    await this.look();
    const publicKeys = nodes.map(({ publicKey }) => publicKey);
    if (restart) this.#dependencies.restart(networkId, publicKeys);
    return {};
  }
}

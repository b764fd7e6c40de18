/** The app behind a window: composes the handlers and carries the pushes. Both hosts make one of these. */
import path from 'node:path';
import type { Crypto } from '../core/crypto.ts';
import type { LocalNode } from '../networks/types.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { Clock, Logger } from '../node/ports.ts';
import { Admissions } from './admission-handlers.ts';
import type { AppBackend } from './backend.ts';
import { chainHandlers } from './chain-handlers.ts';
import type { ContractError } from './contract/errors.ts';
import type { AppInfo, OpenedLink, Settings } from './contract/shell.ts';
import { createDispatch, type Dispatch, type Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import { OwnIdentity } from './identity-handlers.ts';
import { invitationHandlers } from './invitation-handlers.ts';
import { Keeping, type ChooseFile } from './keeping-handlers.ts';
import { Leftovers } from './leftover-handlers.ts';
import { membershipHandlers } from './membership-handlers.ts';
import { Machine, readFreeBytes, readUptimeMs } from './machine.ts';
import { Networks } from './network-handlers.ts';
import { OpenNetworkHolder } from './open-network.ts';
import { PushHub, type Attachment, type PushSink } from './push-hub.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { ReachHandlers, type DiscoveryPorts } from './reach-handlers.ts';
import { Records } from './record-handlers.ts';
import { SettingsStore } from './settings.ts';
import { TaskRunner, workOf } from './tasks.ts';
import { toContractError } from './translate-errors.ts';

export interface AppOptions {
  readonly dataDir: string;
  readonly logDir: string;
  readonly host: AppInfo['host'];
  readonly version: string;
  readonly systemLanguage: AppInfo['systemLanguage'];
  readonly overrides: Partial<Settings>;
}

export interface AppDependencies {
  readonly backend: AppBackend;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shows a folder in the system's file manager; null where the host cannot. */
  readonly openFolder: ((folder: string) => Promise<void>) | null;
  /** How networks nearby are looked for, where it is not the system's own way. */
  readonly discovery?: DiscoveryPorts;
  /** The system's dialog for a file; null where the host has none. */
  readonly chooseFile: ChooseFile | null;
}

export class App {
  readonly dispatch: Dispatch;
  readonly settings: SettingsStore;
  readonly #options: AppOptions;
  readonly #dependencies: AppDependencies;
  readonly #hub: PushHub;
  readonly #open: OpenNetworkHolder;
  readonly #tasks: TaskRunner;
  readonly #networks: Networks;
  readonly #records: Records;
  readonly #admissions: Admissions;
  readonly #identity: OwnIdentity;
  readonly #reach: ReachHandlers;
  readonly #keeping: Keeping;
  readonly #machine: Machine;
  readonly #leftovers: Leftovers;
  /** To be opened as soon as the key is. */
  #waitingNetworkId: string | null = null;
  readonly #settingsListeners = new Set<(settings: Settings) => void>();

  private constructor(options: AppOptions, dependencies: AppDependencies, settings: SettingsStore) {
    const { clock, logger, backend, crypto } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    this.settings = settings;
    this.#hub = new PushHub((name) => {
      if (name === 'node') this.#open.refresh();
      else if (name === 'nearby') this.#reach.onAudience();
    });
    this.#open = new OpenNetworkHolder({
      hub: this.#hub,
      clock,
      onDesk: (desk) => this.#admissions.follow(desk),
      onCommitted: (block, self) => this.#records.committed(block, self),
    });
    this.#tasks = new TaskRunner({
      clock,
      publish: (task) => {
        this.#hub.publish('task', task);
        if (task.state === 'done') this.#keeping.roll();
      },
      describe: (error) => toContractError(error, logger, 'task'),
    });
    const node = (): NodeFacade => this.#open.node();
    this.#records = new Records({
      crypto,
      node,
      publish: (progress) => this.#hub.publish('transaction', progress),
    });
    this.#networks = new Networks({
      backend,
      settings,
      logger,
      tasks: this.#tasks,
      open: this.#open,
      changed: () => this.#publishNetworks(),
    });
    this.#identity = this.#makeIdentity();
    this.#reach = new ReachHandlers({
      ...{ hub: this.#hub, open: this.#open, crypto, clock, logger },
      discovery: dependencies.discovery ?? { readInterfaces },
    });
    this.#keeping = this.#makeKeeping();
    this.#machine = this.#makeMachine();
    this.#leftovers = this.#makeLeftovers();
    const chain = chainHandlers({ crypto, node, seenAtMs: (height) => this.#open.seenAtMs(height) });
    this.#admissions = new Admissions({
      clock,
      desk: () => this.#open.desk(),
      publish: (state) => this.#hub.publish('admission', state),
    });
    const invitations = invitationHandlers({ backend, crypto, open: this.#open });
    const handlers: Handlers = {
      ...this.#shellHandlers(),
      ...this.#identity.handlers,
      ...this.#keeping.handlers,
      ...this.#networks.handlers,
      ...this.#leftovers.handlers,
      ...invitations,
      ...this.#admissions.handlers,
      ...this.#reach.handlers,
      ...membershipHandlers({ settings, open: this.#open }),
      ...chain,
      ...this.#records.handlers,
    };
    this.dispatch = createDispatch(handlers, logger);
  }

  static async create(options: AppOptions, dependencies: AppDependencies): Promise<App> {
    const { dataDir, overrides } = options;
    const app = new App(
      options,
      dependencies,
      await SettingsStore.load({ dataDir, overrides }, dependencies.logger),
    );
    app.#hub.publish('settings', app.settings.state());
    app.#publishNetworks();
    app.#keeping.roll();
    await app.#machine.look();
    await app.#leftovers.look();
    return app;
  }

  /** Whether nodes run, or are about to. */
  get hasOpenNetwork(): boolean {
    return this.#open.get() !== null;
  }

  /**
   * Opens a network: this one, or the one that was open when the app was last closed. Where the person has to open
   * the key first, that comes with it; resolves with what is in the way.
   */
  async resume(networkId = this.settings.openNetworkId): Promise<ContractError | null> {
    this.#waitingNetworkId = networkId;
    const obstacle = await this.#identity.open();
    if (obstacle === null) this.#openWaiting();
    return obstacle;
  }

  /** The system says that it has woken. */
  woke(): void {
    void this.#machine.look();
  }

  /** A window comes; its sink gets what it subscribes to until it detaches. */
  attach(sink: PushSink): Attachment {
    return this.#hub.attach(sink);
  }

  /** An invitation that was clicked elsewhere: a window shows what it says, and asks before anything is sent. */
  openInvitation(opened: OpenedLink): void {
    this.#hub.publish('openedLink', opened);
  }

  onSettings(listener: (settings: Settings) => void): void {
    this.#settingsListeners.add(listener);
  }

  /** Cancels what can be cancelled and stops the open network: every process that it started has ended then. */
  async close(): Promise<void> {
    await this.#tasks.close();
    await this.#networks.close();
    await this.#reach.close();
    await this.#keeping.close();
    this.#machine.end();
    this.#leftovers.end();
    this.#open.end();
    this.#admissions.end();
  }

  /** Of the open network: those that run, or are about to start or to stop. */
  get unfinishedNodes(): readonly LocalNode[] {
    const nodes = this.#open.get()?.nodes() ?? [];
    return nodes.filter(({ state }) => state === 'running' || state === 'starting' || state === 'stopping');
  }

  /** For an app that ends without waiting for its nodes: none of their processes stays behind. */
  abandon(): void {
    const network = this.#open.get();
    if (network?.kind !== 'local') return;
    for (const { publicKey, isOwn } of this.unfinishedNodes) if (!isOwn) void network.killNode(publicKey);
  }

  #makeMachine(): Machine {
    const { dataDir } = this.#options;
    return new Machine({
      ...{ dataDir, clock: this.#dependencies.clock, freeBytes: readFreeBytes, uptimeMs: readUptimeMs },
      wallMs: Date.now,
      publish: (state) => this.#hub.publish('machine', state),
    });
  }

  #makeLeftovers(): Leftovers {
    const { backend, clock, logger } = this.#dependencies;
    return new Leftovers({
      ...{ backend, open: this.#open, clock, logger },
      publish: (state) => this.#hub.publish('leftovers', state),
      restart: (networkId, publicKeys) => this.#networks.restartNodes(networkId, publicKeys),
    });
  }

  #makeIdentity(): OwnIdentity {
    const { backend, logger } = this.#dependencies;
    return new OwnIdentity({
      backend,
      settings: this.settings,
      logger,
      publish: (state) => this.#hub.publish('identity', state),
      unlocked: () => this.#openWaiting(),
      startedOver: () => this.#publishNetworks(),
      // An older copy would still open with the former passphrase, or without any.
      protectionChanged: () => this.#keeping.roll(true),
      refuseWhileUsed: () => this.#refuseWhileUsed(),
    });
  }

  #makeKeeping(): Keeping {
    const { backend, logger, chooseFile } = this.#dependencies;
    return new Keeping({
      backend,
      logger,
      chooseFile,
      settings: this.settings,
      tasks: this.#tasks,
      refuseWhileUsed: () => this.#refuseWhileUsed(),
      closeForLock: async (report) => {
        this.#waitingNetworkId = this.#open.get()?.id ?? null;
        await this.#networks.close(workOf(report));
      },
      locked: () => this.#identity.publish(),
      restored: async () => {
        await this.settings.reload();
        this.#publishSettings();
        this.#publishNetworks();
      },
    });
  }

  #openWaiting(): void {
    const networkId = this.#waitingNetworkId;
    this.#waitingNetworkId = null;
    if (networkId === null || this.hasOpenNetwork || this.#tasks.isRunning) return;
    this.#networks.openNetwork(networkId);
  }

  #refuseWhileUsed(): void {
    if (this.hasOpenNetwork) throw new AppError('network-open');
    this.#tasks.refuseWhileRunning();
  }

  /** With the key: the first network makes it. */
  #publishNetworks(): void {
    void this.#identity.publish();
    this.#networks.list().then(
      (list) => this.#hub.publish('networks', list),
      (error: unknown) =>
        this.#dependencies.logger.log('error', 'networks cannot be listed', { error: String(error) }),
    );
  }

  #shellHandlers(): Pick<
    Handlers,
    'appInfo' | 'getSettings' | 'setSettings' | 'openFolder' | 'forgetOpenedLink'
  > {
    const { dataDir, logDir } = this.#options;
    const { openFolder } = this.#dependencies;
    return {
      appInfo: () => this.#info(),
      getSettings: () => this.settings.state(),
      setSettings: async (change) => {
        const state = await this.settings.set(change);
        this.#publishSettings();
        this.#keeping.roll();
        return state;
      },
      forgetOpenedLink: () => {
        this.#hub.publish('openedLink', { link: null, fault: null });
        return {};
      },
      openFolder: async ({ folder }) => {
        if (openFolder === null) throw new AppError('not-available');
        await openFolder(folder === 'data' ? dataDir : logDir);
        return {};
      },
    };
  }

  #publishSettings(): void {
    const state = this.settings.state();
    this.#hub.publish('settings', state);
    for (const listener of this.#settingsListeners) listener(state.settings);
  }

  #info(): AppInfo {
    const { host, version, dataDir, logDir, systemLanguage } = this.#options;
    return {
      name: 'DIVA Node',
      version,
      license: 'AGPL-3.0-or-later',
      host,
      platform: process.platform,
      dataDir: path.resolve(dataDir),
      logDir: path.resolve(logDir),
      systemLanguage,
      canOpenFolders: this.#dependencies.openFolder !== null,
    };
  }
}

/** Requests about networks: long work as tasks, and the processes of the open one. */
import { JOIN_STAGES } from '../networks/shared/joining.ts';
import type { LocalNetwork, LocalNode, Network, WorkOptions } from '../networks/types.ts';
import type { Logger } from '../node/ports.ts';
import type { AppBackend } from './backend.ts';
import type { JoinNetworkRequest, LeaveNetworkRequest } from './contract/joining.ts';
import type { NetworkList, NetworkSummary, StageName } from './contract/networks.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import type { OpenNetworkHolder } from './open-network.ts';
import type { SettingsStore } from './settings.ts';
import { workOf, type TaskPlan, type TaskReporter, type TaskRunner } from './tasks.ts';

const CREATE_STAGES = {
  createLocalNetwork: ['keys', 'genesis', 'starting', 'connecting', 'agreement'],
  createSharedNetwork: ['genesis', 'starting', 'agreement'],
} as const satisfies Partial<Record<TaskPlan['kind'], readonly StageName[]>>;

export interface NetworkDependencies {
  readonly backend: AppBackend;
  readonly tasks: TaskRunner;
  readonly open: OpenNetworkHolder;
  readonly settings: SettingsStore;
  readonly logger: Logger;
  /** The list of networks has changed. */
  readonly changed: () => void;
}

type NetworkHandlers = Pick<
  Handlers,
  | 'listNetworks'
  | 'createLocalNetwork'
  | 'createSharedNetwork'
  | 'joinNetwork'
  | 'leaveNetwork'
  | 'openNetwork'
  | 'reopenNetwork'
  | 'closeNetwork'
  | 'removeNetwork'
  | 'addNode'
  | 'removeNode'
  | 'cancelTask'
  | 'startNode'
  | 'stopNode'
  | 'killNode'
  | 'overrideSilence'
>;

export class Networks {
  readonly #dependencies: NetworkDependencies;

  constructor(dependencies: NetworkDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: NetworkHandlers = {
    listNetworks: () => this.list(),
    createLocalNetwork: (options) => {
      const { backend } = this.#dependencies;
      return this.#create('createLocalNetwork', options.displayName, (report) =>
        backend.createLocalNetwork(options, workOf(report)),
      );
    },
    createSharedNetwork: (options) => {
      const { backend } = this.#dependencies;
      return this.#create('createSharedNetwork', options.displayName, (report) =>
        backend.createSharedNetwork(options, workOf(report)),
      );
    },
    joinNetwork: (options) => this.#joinNetwork(options),
    leaveNetwork: (options) => this.#leaveNetwork(options),
    openNetwork: ({ networkId, newDatabase }) => this.openNetwork(networkId, newDatabase),
    reopenNetwork: () => this.#reopen(),
    closeNetwork: ({ networkId }) => {
      const network = this.#openNetwork(networkId);
      const plan = { kind: 'closeNetwork', stages: ['stopping'], cancellable: false, networkId } as const;
      return this.#dependencies.tasks.start(plan, async (report) => {
        await this.#stop(network, workOf(report));
        await this.#dependencies.settings.setOpenNetwork(null);
      });
    },
    removeNetwork: ({ networkId, confirmedName }) => this.#remove(networkId, confirmedName),
    addNode: () => {
      const network = this.#openLocalNetwork();
      const plan = {
        kind: 'addNode',
        stages: ['keys', 'starting', 'sponsor', 'stake'],
        cancellable: true,
      } as const;
      return this.#dependencies.tasks.start({ ...plan, networkId: network.id }, async (report) => {
        await network.addNode(workOf(report));
        this.#dependencies.changed();
      });
    },
    removeNode: ({ publicKey }) => {
      const network = this.#openLocalNetwork();
      const { members } = this.#dependencies.open.node().snapshot();
      // A member may be without a node here: nobody but the others can remove it then.
      if (!members.some((member) => member.publicKey === publicKey && !member.isSelf))
        findProcess(network, publicKey);
      const plan = {
        kind: 'removeNode',
        stages: ['agreement', 'stopping', 'backup'],
        cancellable: true,
      } as const;
      return this.#dependencies.tasks.start({ ...plan, networkId: network.id }, async (report) => {
        const { backupPath } = await network.removeNode(publicKey, workOf(report));
        if (backupPath !== null) report.backupPath(backupPath);
        this.#dependencies.changed();
      });
    },
    cancelTask: ({ taskId }) => ({ cancelling: this.#dependencies.tasks.cancel(taskId) }),
    startNode: ({ publicKey }) => {
      this.#startNode(publicKey);
      return {};
    },
    stopNode: async ({ publicKey }) => {
      const network = this.#openLocalNetwork();
      findProcess(network, publicKey);
      await network.stopNode(publicKey);
      return {};
    },
    killNode: async ({ publicKey }) => {
      const network = this.#openLocalNetwork();
      findProcess(network, publicKey);
      await network.killNode(publicKey);
      return {};
    },
    overrideSilence: async ({ decision }) => {
      await this.#dependencies.open.node().overrideSilence(decision);
      this.#dependencies.logger.log('warn', 'the owner decided about the silent node', { decision });
      return {};
    },
  };

  async list(): Promise<NetworkList> {
    const { backend, open } = this.#dependencies;
    const networks = await backend.listNetworks();
    return {
      networks: networks.slice(0, 64).map((stored): NetworkSummary => {
        return { ...stored, chainId: stored.id, state: open.stateOf(stored.id) };
      }),
    };
  }

  openNetwork(networkId: string, newDatabase = false): { taskId: string } {
    this.#refuseWhileOpen();
    const { tasks, backend, settings } = this.#dependencies;
    const plan = { kind: 'openNetwork', stages: ['starting'], cancellable: true, networkId } as const;
    return tasks.start(plan, async (report) => {
      const network = await backend.loadNetwork(networkId, { newDatabase });
      report.stages(network.stages());
      await this.#start(network, report);
      await settings.setOpenNetwork(networkId);
    });
  }

  /** These nodes of it are started again; with the whole network, where it is closed. */
  restartNodes(networkId: string, publicKeys: readonly string[]): void {
    if (this.#dependencies.open.get() === null) this.openNetwork(networkId);
    else for (const publicKey of publicKeys) this.#startNode(publicKey);
  }

  #startNode(publicKey: string): void {
    const network = this.#openLocalNetwork();
    const node = findProcess(network, publicKey);
    // It takes seconds; how it goes, and why it failed, is in the node snapshots.
    network.startNode(publicKey).catch((error: unknown) => {
      this.#dependencies.logger.log('warn', 'node did not start', { node: node.name, error: String(error) });
    });
  }

  #reopen(): { taskId: string } {
    const { tasks, backend } = this.#dependencies;
    const { id: networkId } = this.#openNetwork();
    const plan = { kind: 'openNetwork', stages: ['stopping'], cancellable: false, networkId } as const;
    return tasks.start(plan, async (report) => {
      await this.close(workOf(report));
      const network = await backend.loadNetwork(networkId, { newDatabase: false });
      report.stages(network.stages());
      await this.#start(network, report);
    });
  }

  #joinNetwork(options: JoinNetworkRequest): { taskId: string } {
    this.#refuseWhileOpen();
    const { tasks, backend, settings, changed } = this.#dependencies;
    const plan = { kind: 'joinNetwork', stages: JOIN_STAGES, cancellable: true } as const;
    return tasks.start(plan, async (report) => {
      try {
        const network = await backend.joinNetwork(options);
        await settings.setDisplayName(options.displayName);
        report.networkId(network.id);
        // Whatever interrupts it, the next start goes on.
        await settings.setOpenNetwork(network.id);
        await this.#start(network, report);
      } finally {
        changed();
      }
    });
  }

  #leaveNetwork({ networkId, confirmedName, keepFolder }: LeaveNetworkRequest): { taskId: string } {
    const network = this.#openNetwork(networkId);
    if (network.kind !== 'shared') throw new AppError('other-kind');
    if (network.name !== confirmedName)
      throw new AppError('invalid-request', { request: 'leaveNetwork', path: '/confirmedName' });
    const { tasks, backend, settings, changed } = this.#dependencies;
    const stages: StageName[] = ['leaving', 'stopping', ...(keepFolder ? [] : (['backup'] as const))];
    return tasks.start({ kind: 'leaveNetwork', stages, cancellable: true, networkId }, async (report) => {
      await network.leave(workOf(report));
      await this.#stop(network, { onStage: workOf(report).onStage });
      await settings.setOpenNetwork(null);
      if (keepFolder) return;
      report.stage('backup');
      report.backupPath(await backend.removeNetwork(networkId));
      changed();
    });
  }

  #create(
    kind: keyof typeof CREATE_STAGES,
    displayName: string,
    make: (report: TaskReporter) => Promise<Network>,
  ): { taskId: string } {
    this.#refuseWhileOpen();
    const { tasks, backend, open, settings, changed } = this.#dependencies;
    return tasks.start({ kind, stages: CREATE_STAGES[kind], cancellable: true }, async (report) => {
      try {
        const network = await make(report);
        await settings.setDisplayName(displayName);
        report.networkId(network.id);
        await this.#start(network, report).catch(async (error: unknown) => {
          // Cancelling the set-up means not wanting the network; a failed start may be tried again.
          if (report.signal.aborted) await backend.removeNetwork(network.id);
          throw error;
        });
        await settings.setOpenNetwork(open.get()?.id ?? null);
      } finally {
        changed();
      }
    });
  }

  /** Stops the open network; it opens again at the next start. */
  async close(work: WorkOptions = {}): Promise<void> {
    const network = this.#dependencies.open.get();
    if (network !== null) await this.#stop(network, work);
  }

  async #start(network: Network, report: TaskReporter): Promise<void> {
    const { open, changed, logger } = this.#dependencies;
    open.begin(network);
    changed();
    try {
      await network.start(workOf(report));
    } catch (error) {
      await this.#stop(network);
      throw error;
    }
    open.opened();
    changed();
    // Not always the ones that were wanted.
    logger.log('info', 'network is open', { network: network.id, ...network.own()?.ports });
  }

  async #stop(network: Network, work: WorkOptions = {}): Promise<void> {
    const { open, changed } = this.#dependencies;
    open.closing();
    changed();
    try {
      await network.stop(work);
    } finally {
      open.closed();
      changed();
    }
  }

  async #remove(networkId: string, confirmedName: string): Promise<{ taskId: string }> {
    const { backend, tasks, open, settings } = this.#dependencies;
    const stored = (await backend.listNetworks()).find((network) => network.id === networkId);
    if (stored === undefined) throw new AppError('not-found');
    if (stored.name !== confirmedName) {
      throw new AppError('invalid-request', { request: 'removeNetwork', path: '/confirmedName' });
    }
    const plan = {
      kind: 'removeNetwork',
      stages: ['stopping', 'backup'],
      cancellable: false,
      networkId,
    } as const;
    return tasks.start(plan, async (report) => {
      const network = open.get();
      if (network?.id === networkId) await this.#stop(network, workOf(report));
      report.stage('backup');
      report.backupPath(await backend.removeNetwork(networkId));
      if (settings.openNetworkId === networkId) await settings.setOpenNetwork(null);
      this.#dependencies.changed();
    });
  }

  #refuseWhileOpen(): void {
    if (this.#dependencies.open.get() !== null) throw new AppError('network-open');
  }

  /**
   * The network whose nodes may be told something; with an id, only that one. Not while it is being closed: a node
   * that starts after the others have stopped would run on without its network.
   */
  #openNetwork(networkId?: string): Network {
    const { open } = this.#dependencies;
    const network = open.get();
    if (
      network === null ||
      network.id !== (networkId ?? network.id) ||
      open.stateOf(network.id) === 'closing'
    )
      throw new AppError('no-network');
    return network;
  }

  /** The same, for what only a network of this machine alone has: processes. */
  #openLocalNetwork(): LocalNetwork {
    const network = this.#openNetwork();
    if (!isLocal(network)) throw new AppError('other-kind');
    return network;
  }
}

function isLocal(network: Network): network is LocalNetwork {
  return network.kind === 'local';
}

/** A node with a process of its own. */
function findProcess(network: LocalNetwork, publicKey: string): LocalNode {
  const node = network.nodes().find((candidate) => candidate.publicKey === publicKey);
  if (node === undefined) throw new AppError('not-found');
  if (node.isOwn) throw new AppError('own-node');
  return node;
}

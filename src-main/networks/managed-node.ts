/** The nodes of a local network as their supervisor holds them: one in this process, all others in their own. */
import { NetworkError } from './errors.ts';
import type { TakenPort } from './free-ports.ts';
import { carryOut, failureOf, readFromNode } from './node-messages.ts';
import type { FromNode, NodeOrder, ToNode } from './node-messages.ts';
import { watchStatus } from './node-status.ts';
import type { NodeStatus } from './node-status.ts';
import { toNetworkError } from './translate-errors.ts';
import type { NodeChild, NodeInstance, NodePorts, NodeProcessState, ProcessHost } from './types.ts';

/** On a small, busy machine a process takes seconds to load; longer than this means that it hangs. */
const LONGEST_START_MS = 120_000;
const LONGEST_STOP_MS = 20_000;

export interface ManagedNode {
  readonly state: NodeProcessState;
  readonly pid: number | null;
  readonly failure: NetworkError | null;
  /** What it said last while it runs. */
  readonly status: NodeStatus | null;
  /** Resolves when it takes part; rejects with NetworkError. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  order(order: NodeOrder): Promise<void>;
}

/** What a supervisor wants to hear of a node. */
export interface NodeEvents {
  /** State or status is another one. */
  changed(): void;
  ready(ports: NodePorts): void;
  portTaken(taken: TakenPort): void;
}

interface ProcessNodeOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly networkId: string;
  readonly logFile: string;
}

export class ProcessNode implements ManagedNode {
  state: NodeProcessState = 'stopped';
  failure: NetworkError | null = null;
  status: NodeStatus | null = null;
  readonly #options: ProcessNodeOptions;
  readonly #processes: ProcessHost;
  readonly #events: NodeEvents;
  #child: NodeChild | null = null;
  #isKilled = false;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: ProcessNodeOptions, dependencies: { processes: ProcessHost; events: NodeEvents }) {
    this.#options = options;
    this.#processes = dependencies.processes;
    this.#events = dependencies.events;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    if (this.#child !== null) await this.#exited;
    this.failure = null;
    this.#isKilled = false;
    const child = this.#processes.start(this.#options);
    this.#child = child;
    this.#enter('starting');
    const ready = new Promise<void>((resolve) => {
      child.onMessage((received) => {
        const message = readFromNode(received);
        if (message?.type === 'ready') resolve();
        if (message !== undefined && child === this.#child) this.#onMessage(message);
      });
    });
    this.#exited = new Promise((resolve) => {
      child.onExit((exit) => {
        this.#onExit(exit);
        resolve();
      });
    });
    const timer = setTimeout(() => {
      this.failure = new NetworkError('timeout', `${this.#options.name} did not start`, {
        stage: 'starting',
      });
      this.#signal('SIGKILL');
    }, LONGEST_START_MS);
    await Promise.race([ready, this.#exited]);
    clearTimeout(timer);
    if (this.#child === null)
      throw this.failure ?? new NetworkError('cancelled', 'stopped while it was starting');
  }

  async stop(): Promise<void> {
    if (this.#child === null) return;
    this.#enter('stopping');
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => this.#signal('SIGKILL'), LONGEST_STOP_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    if (this.#child === null) return;
    this.#isKilled = true;
    this.#signal('SIGKILL');
    await this.#exited;
  }

  order(order: NodeOrder): Promise<void> {
    this.#send({ type: 'order', order });
    return Promise.resolve();
  }

  #onMessage(message: FromNode): void {
    switch (message.type) {
      case 'hello': {
        const { dataDir, networkId } = this.#options;
        return this.#send({ type: 'start', dataDir, networkId });
      }
      case 'portTaken':
        return this.#events.portTaken({
          purpose: message.purpose,
          wanted: message.wanted,
          used: message.used,
        });
      case 'ready':
        this.#enter('running');
        return this.#events.ready(message.ports);
      case 'status':
        this.status = message.status;
        return this.#events.changed();
      case 'failed':
        this.failure = failureOf(message);
    }
  }

  #onExit({ code, signal }: { readonly code: number | null; readonly signal: string | null }): void {
    const before = this.state;
    this.#child = null;
    this.status = null;
    if (this.failure !== null) return this.#enter('failed');
    if (before === 'stopping') return this.#enter('stopped');
    if (this.#isKilled || signal === 'SIGKILL') return this.#enter('killed');
    if (before === 'running' && code === 0) return this.#enter('stopped');
    const { name, logFile: log } = this.#options;
    const how = signal ?? `exit code ${code ?? 'unknown'}`;
    const params = { name, log, ...(signal === null ? { exitCode: code ?? -1 } : { signal }) };
    this.failure = new NetworkError('node-ended', `${name} has ended (${how}); see ${log}`, params);
    this.#enter('failed');
  }

  #send(message: ToNode): void {
    this.#child?.send(message);
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended in this very moment.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #enter(state: NodeProcessState): void {
    this.state = state;
    this.#events.changed();
  }
}

/** The node of this process. */
export class InnerNode implements ManagedNode {
  state: NodeProcessState = 'stopped';
  failure: NetworkError | null = null;
  status: NodeStatus | null = null;
  instance: NodeInstance | null = null;
  readonly #open: (onPortTaken: (taken: TakenPort) => void) => Promise<NodeInstance>;
  readonly #events: NodeEvents;
  #endWatching: () => void = () => undefined;

  constructor(
    open: (onPortTaken: (taken: TakenPort) => void) => Promise<NodeInstance>,
    dependencies: { events: NodeEvents },
  ) {
    this.#open = open;
    this.#events = dependencies.events;
  }

  get pid(): number | null {
    return this.instance === null ? null : process.pid;
  }

  async start(): Promise<void> {
    this.failure = null;
    this.#enter('starting');
    try {
      this.instance = await this.#open((taken) => this.#events.portTaken(taken));
    } catch (error) {
      const known = toNetworkError(error);
      this.failure =
        known instanceof NetworkError ? known : new NetworkError('internal', String(error), {}, error);
      this.#enter('failed');
      throw this.failure;
    }
    this.#enter('running');
    this.#events.ready(this.instance.ports);
    this.#endWatching = watchStatus(this.instance, (status) => {
      this.status = status;
      this.#events.changed();
    });
  }

  async stop(): Promise<void> {
    const { instance } = this;
    if (instance === null) return;
    this.#enter('stopping');
    this.#endWatching();
    await instance.close();
    this.instance = null;
    this.status = null;
    this.#enter('stopped');
  }

  kill(): Promise<void> {
    return Promise.reject(new NetworkError('own-node', 'the own node stops with its network'));
  }

  async order(order: NodeOrder): Promise<void> {
    if (this.instance !== null) await carryOut(this.instance, order);
  }

  #enter(state: NodeProcessState): void {
    this.state = state;
    this.#events.changed();
  }
}

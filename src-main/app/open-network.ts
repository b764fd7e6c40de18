/**
 * The one network that is open, and everything that follows it: the `node` snapshots, the `block` pushes, and when
 * this machine saw a block.
 */
import type { CommittedBlock, PublishEffect } from '../core/effects.ts';
import type { MembershipDesk } from '../networks/shared/desk-types.ts';
import type { Network } from '../networks/types.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { Clock } from '../node/ports.ts';
import { partsOfCommitted, summaryOf } from './block-view.ts';
import type { NetworkSummary } from './contract/networks.ts';
import type { NodeSnapshot } from './contract/node.ts';
import { AppError } from './errors.ts';
import { openNetworkView, phaseOf, reasonOf } from './node-view.ts';
import type { PushHub } from './push-hub.ts';
import { Throttle } from './throttle.ts';

/** Faster than anybody reads, slow enough to cost nothing. */
const SNAPSHOT_INTERVAL_MS = 150;
/** "Heard 3 s ago" changes by itself. */
const QUIET_SNAPSHOT_INTERVAL_MS = 1000;
const BLOCK_INTERVAL_MS = 50;
const MAX_SEEN_TIMES = 4096;

export interface OpenNetworkDependencies {
  readonly hub: PushHub;
  readonly clock: Clock;
  /** Called when the own node comes and goes, with its desk; null without one. */
  readonly onDesk: (desk: MembershipDesk | null) => void;
  /** Called for every block that the own node commits. */
  readonly onCommitted: (block: CommittedBlock, self: string) => void;
}

export class OpenNetworkHolder {
  readonly #dependencies: OpenNetworkDependencies;
  readonly #snapshots: Throttle;
  readonly #blocks: Throttle;
  readonly #seenAtMs = new Map<number, number>();
  #network: Network | null = null;
  #state: NetworkSummary['state'] = 'closed';
  #node: NodeFacade | null = null;
  #newestBlock: CommittedBlock | null = null;
  #unsubscribeNetwork: () => void = () => undefined;
  #unsubscribeNode: () => void = () => undefined;
  #cancelQuiet: () => void = () => undefined;
  #version = 0;

  constructor(dependencies: OpenNetworkDependencies) {
    this.#dependencies = dependencies;
    this.#snapshots = new Throttle(dependencies.clock, SNAPSHOT_INTERVAL_MS, () => this.#publishSnapshot());
    this.#blocks = new Throttle(dependencies.clock, BLOCK_INTERVAL_MS, () => this.#publishBlock());
  }

  get(): Network | null {
    return this.#network;
  }

  stateOf(networkId: string): NetworkSummary['state'] {
    return this.#network?.id === networkId ? this.#state : 'closed';
  }

  /** @throws AppError `no-network` while the own node does not run */
  node(): NodeFacade {
    const node = this.#network?.own()?.facade;
    if (node === undefined) throw new AppError('no-network');
    return node;
  }

  /** @throws AppError `no-network`, or `other-kind` in a local network */
  desk(): MembershipDesk {
    const own = this.#network?.own();
    if (own === null || own === undefined) throw new AppError('no-network');
    if (own.desk === null) throw new AppError('other-kind');
    return own.desk;
  }

  seenAtMs(height: number): number | null {
    return this.#seenAtMs.get(height) ?? null;
  }

  begin(network: Network): void {
    this.#network = network;
    this.#state = 'opening';
    this.#unsubscribeNetwork = network.subscribe(() => this.refresh());
    this.refresh();
  }

  opened(): void {
    this.#state = 'open';
    this.refresh();
  }

  closing(): void {
    this.#state = 'closing';
    this.refresh();
  }

  closed(): void {
    this.#unsubscribeNetwork();
    this.#network = null;
    this.#state = 'closed';
    this.refresh();
  }

  /** Something may have changed. */
  refresh(): void {
    this.#followNode();
    if (this.#dependencies.hub.hasAudience('node')) this.#snapshots.request();
  }

  /** Publishes nothing more. */
  end(): void {
    this.#cancelQuiet();
    this.#snapshots.cancel();
    this.#blocks.cancel();
    this.#unsubscribeNode();
  }

  /** The own node comes and goes with the network: a new instance has to be listened to. */
  #followNode(): void {
    const node = this.#network?.own()?.facade ?? null;
    if (node === this.#node) return;
    this.#unsubscribeNode();
    this.#node = node;
    this.#newestBlock = null;
    this.#seenAtMs.clear();
    this.#dependencies.onDesk(this.#network?.own()?.desk ?? null);
    this.#unsubscribeNode = node === null ? () => undefined : node.subscribe((event) => this.#onEvent(event));
  }

  #onEvent(event: PublishEffect): void {
    if (event.type === 'committed') {
      this.#rememberSeen(event.height);
      this.#dependencies.onCommitted(event.executed, this.#node?.publicKey ?? '');
      this.#newestBlock = event.executed;
      if (this.#dependencies.hub.hasAudience('block')) this.#blocks.request();
    }
    this.refresh();
  }

  #rememberSeen(height: number): void {
    const [oldest] = this.#seenAtMs.keys();
    if (this.#seenAtMs.size >= MAX_SEEN_TIMES && oldest !== undefined) this.#seenAtMs.delete(oldest);
    this.#seenAtMs.set(height, Date.now());
  }

  #publishBlock(): void {
    const block = this.#newestBlock;
    if (block === null) return;
    const summary = summaryOf(partsOfCommitted(block), this.seenAtMs(block.sealed.header.height));
    this.#dependencies.hub.publish('block', summary);
  }

  #publishSnapshot(): void {
    this.#cancelQuiet();
    this.#followNode();
    if (!this.#dependencies.hub.hasAudience('node')) return;
    this.#dependencies.hub.publish('node', this.#snapshot());
    if (this.#network === null) return;
    const { clock } = this.#dependencies;
    this.#cancelQuiet = clock.schedule(QUIET_SNAPSHOT_INTERVAL_MS, () => this.#snapshots.request());
  }

  #snapshot(): NodeSnapshot {
    this.#version += 1;
    const version = this.#version;
    const network = this.#network;
    if (network === null) return { version, phase: 'none', reason: null, network: null };
    const isClosing = this.#state === 'closing';
    const node = this.#node;
    if (node === null) {
      return { version, phase: isClosing ? 'stopping' : 'starting', reason: null, network: null };
    }
    const state = node.snapshot();
    return {
      version,
      phase: isClosing ? 'stopping' : phaseOf(state),
      reason: reasonOf(state),
      network: openNetworkView(network, node, state),
    };
  }
}

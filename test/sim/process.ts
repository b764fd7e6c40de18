/** The process of a node: the app's own driver and core, opened as the app opens them, on simulated ports. */
import type { Crypto, Signer } from '../../src-main/core/crypto.ts';
import type { OwnerDecision, PublishEffect } from '../../src-main/core/effects.ts';
import type { Message } from '../../src-main/core/messages.ts';
import type { MembershipPolicy } from '../../src-main/core/policy.ts';
import type { Command, Genesis, Hash, PeerText } from '../../src-main/core/types.ts';
import { SHARED_PARAMETERS } from '../../src-main/networks/genesis.ts';
import { openNode } from '../../src-main/node/diva-node.ts';
import type { NodeFacade } from '../../src-main/node/facade.ts';
import type { Clock, Defer, Store, Transport } from '../../src-main/node/ports.ts';
import { FastWay, type Checkpoint, type FastWayOutcome } from '../../src-main/node/fast-way.ts';
import { TIMINGS } from '../../src-main/node/timing.ts';
import type { Draw } from './random.ts';

export interface ProcessOptions {
  readonly genesis: Genesis;
  readonly chainId: Hash;
  readonly draw: Draw;
  /** It joins the fast way: to this block, by asking these. */
  readonly fastWay: FastWayPlan | null;
}

export interface FastWayPlan {
  readonly checkpoint: Checkpoint;
  readonly peers: readonly PeerText[];
}

export interface ProcessPorts {
  readonly store: () => Store;
  readonly transport: () => Transport;
  readonly clock: Clock;
  readonly defer: Defer;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly decode: (payload: Uint8Array) => Message;
}

export interface ProcessEvents {
  onEvent(event: PublishEffect): void;
  /** What the fast way came to, before there is a node; if it was not taken, the disk is to be a new one. */
  onFastWay(outcome: FastWayOutcome): void;
  /** The node halted, or never started. */
  onError(message: string): void;
}

/** As in a local network, or in one over several machines: those alone let one member sponsor many at once. */
function raisingOf({ parameters, members }: Genesis): Pick<MembershipPolicy, 'raiseTo' | 'keepsFounder'> {
  const isShared = parameters.sponsorIntervalHeights === SHARED_PARAMETERS.sponsorIntervalHeights;
  return { raiseTo: isShared ? (members[0]?.stake ?? 1) : 1, keepsFounder: isShared };
}

export class NodeProcess {
  /** null until it is open, a few microtasks after the start. */
  #facade: NodeFacade | null = null;
  #isOpening = true;
  #isOnFastWay = false;

  constructor(options: ProcessOptions, ports: ProcessPorts, events: ProcessEvents) {
    const { genesis, chainId, draw, fastWay } = options;
    const open = (): Promise<NodeFacade> => {
      [this.#isOpening, this.#isOnFastWay] = [true, false];
      return openNode(
        {
          genesis,
          chainId,
          timing: TIMINGS.loopback,
          policy: { sponsor: 'automatic', ...raisingOf(genesis), announceReady: true },
          addressHintsOf: () => [],
          contacts: fastWay?.peers ?? [],
        },
        {
          ...ports,
          store: ports.store(),
          transport: ports.transport(),
          random: { bytes: (length) => draw.bytes(length) },
          logger: {
            log: (level, message, fields) =>
              level === 'error' && events.onError(`${message}: ${String(fields?.['error'])}`),
          },
        },
      );
    };
    void (fastWay === null ? open() : this.#take(fastWay, options, ports, events).then(open))
      .then(
        (facade) => {
          this.#facade = facade;
          facade.subscribe((event) => events.onEvent(event));
        },
        (error: unknown) => events.onError(String(error)),
      )
      .finally(() => (this.#isOpening = false));
  }

  /** That takes time, in which others go on. */
  async #take(
    { checkpoint, peers }: FastWayPlan,
    { genesis, chainId }: ProcessOptions,
    ports: ProcessPorts,
    events: ProcessEvents,
  ): Promise<void> {
    [this.#isOpening, this.#isOnFastWay] = [false, true];
    const known = peers.map((publicKey) => ({ publicKey, peerClass: 'member', addressHints: [] }) as const);
    const options = { genesis, chainId, checkpoint, peers: known, join: null, timing: TIMINGS.loopback };
    const { clock, crypto } = ports;
    const way = new FastWay(options, { clock, crypto, transport: ports.transport(), store: ports.store() });
    events.onFastWay(await way.run());
  }

  /** False while it is not open. */
  submit(ident: string, commands: readonly Command[]): boolean {
    // What becomes of it is seen on the disk and in the events; a refusal needs no answer.
    this.#facade?.submit(commands, ident).catch(() => undefined);
    return this.#facade !== null;
  }

  /** Its owner decides that it signs, whatever it may have forgotten, or whoever else has its key. */
  override(decision: OwnerDecision): void {
    // What came of it is seen in the events.
    this.#facade?.overrideSilence(decision).catch(() => undefined);
  }

  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** Whoever lets time pass looks after each event whether it has ended. */
  get isOnFastWay(): boolean {
    return this.#isOnFastWay;
  }

  get facade(): NodeFacade | null {
    return this.#facade;
  }
}

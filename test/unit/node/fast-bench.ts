/** Peers that serve a chain, honestly or not, to whoever takes it the fast way or proves it; time is the test's. */
import { equalBytes } from '../../../src-main/core/bytes.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/core/message-encoding.ts';
import type { Message, SyncBlock } from '../../../src-main/core/messages.ts';
import type { Height, PeerText } from '../../../src-main/core/types.ts';
import type { Clock, PeerLink, Transport, TransportHandlers } from '../../../src-main/node/ports.ts';
import { makeChain } from '../../bench/chain.ts';
import { crypto, networkOf } from '../core/builders.ts';

export const network = networkOf([1, 1, 1, 1]);
export const CHECKPOINT = 130;
const made = makeChain(network, { blocks: 150, bundles: 3 });
export const blocks: readonly SyncBlock[] = made.map(({ block }) => block);
export const blockAt = (height: Height): SyncBlock => blocks[height - 2]!;
export const checkpoint = { height: CHECKPOINT, hash: blockAt(CHECKPOINT).sealed.hash };

/** What somebody sends in place of an honest block. */
export type Lie = (block: SyncBlock) => SyncBlock;

export const broken = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
};

/** The right block, with signatures that are not those of its committee. */
export const garbageCertificate: Lie = (block) => ({
  ...block,
  certificate: {
    ...block.certificate,
    signatures: block.certificate.signatures.map((signature) => broken(signature, 3)),
  },
});

/** The right bundles, with signatures that are not their origins'. */
export const garbageBundles: Lie = (block) => ({
  ...block,
  bundles: block.bundles.map((bytes) => broken(bytes, 3)),
});

export class FastBench {
  nowMs = 0;
  readonly sent: { to: PeerText; message: Message }[] = [];
  readonly #timers = new Map<object, { dueAtMs: number; callback: () => void }>();
  readonly #liars = new Map<PeerText, Lie>();
  readonly #pullLies = new Map<PeerText, (bytes: Uint8Array) => Uint8Array>();
  readonly #silent = new Set<PeerText>();
  readonly #connected = new Set<PeerText>();
  /** Requests that are answered when the test says so. */
  #waiting: { to: PeerText; message: Message }[] = [];
  #handlers: TransportHandlers | null = null;

  readonly peers = network.keys.slice(0, 3).map(({ text }) => text);

  liesWhenPulled(index: number, lie: (bytes: Uint8Array) => Uint8Array): void {
    this.#pullLies.set(this.peers[index]!, lie);
  }

  lies(index: number, lie: Lie): void {
    this.#liars.set(this.peers[index]!, lie);
  }

  saysNothing(index: number): void {
    this.#silent.add(this.peers[index]!);
  }

  leave(index: number): void {
    this.#connected.delete(this.peers[index]!);
    this.#handlers?.onDisconnected(this.peers[index]!);
  }

  /** For those who only prove: there is no transport of their own to open. */
  connect(deliver: (from: PeerText, message: Message) => void): void {
    for (const peer of this.peers) this.#connected.add(peer);
    this.#handlers = {
      onMessage: (from, payload) => deliver(from, decodeMessage(payload, crypto)),
      onConnected: () => undefined,
      onDisconnected: () => undefined,
    };
  }

  readonly clock: Clock = {
    nowMs: () => this.nowMs,
    schedule: (delayMs, callback) => {
      const timer = {};
      this.#timers.set(timer, { dueAtMs: this.nowMs + delayMs, callback });
      return () => void this.#timers.delete(timer);
    },
  };

  readonly transport: Transport = {
    localAddress: '127.0.0.1:1',
    open: (handlers) => {
      this.#handlers = handlers;
      return Promise.resolve();
    },
    setPeer: ({ publicKey }) => {
      this.#connected.add(publicKey);
      this.#handlers!.onConnected(publicKey);
      this.say(publicKey, blocks.length + 1);
    },
    removePeer: () => undefined,
    send: (to, payload) => {
      const message = decodeMessage(payload, crypto);
      this.sent.push({ to, message });
      this.#waiting.push({ to, message });
    },
    flush: () => undefined,
    links: () => [...this.#connected].map((publicKey) => linkTo(publicKey)),
    rejections: () => ({}),
    setFaults: () => undefined,
    close: () => {
      this.#handlers = null;
      return Promise.resolve();
    },
  };

  /** What a peer answers a joiner; it also tells its tip. */
  say(from: PeerText, height: Height, decision: 'accepted' | 'member' = 'member'): void {
    const admission = { decision, reason: 'none', height, raises: true, genesis: new Uint8Array(0) } as const;
    this.#handlers?.onMessage(from, encodeMessage({ type: 'admission', admission }));
  }

  /** Answers what was asked, until nothing is asked any more or `isEnough`. */
  answer(isEnough: () => boolean = () => false): void {
    while (this.#waiting.length > 0 && this.#handlers !== null && !isEnough()) {
      const { to, message } = this.#waiting.shift()!;
      if (this.#silent.has(to) || !this.#connected.has(to)) continue;
      if (message.type === 'pull') this.#giveBundles(to, message.lanes);
      if (message.type !== 'syncRequest') continue;
      const lie = this.#liars.get(to) ?? ((block: SyncBlock) => block);
      const from = message.fromHeight - 2;
      const answered: Message = { type: 'syncResponse', blocks: blocks.slice(from, from + 64).map(lie) };
      this.#handlers.onMessage(to, encodeMessage(answered));
    }
  }

  /** What stands behind the tips that are asked for. */
  #giveBundles(from: PeerText, lanes: readonly { readonly tipDigest: Uint8Array }[]): void {
    const lie = this.#pullLies.get(from) ?? ((bytes: Uint8Array) => bytes);
    for (const { tipDigest } of lanes) {
      const block = blocks.find(({ sealed }) =>
        sealed.header.cut.some((entry) => equalBytes(entry.tipDigest, tipDigest)),
      );
      for (const bytes of block?.bundles ?? [])
        this.#handlers?.onMessage(from, encodeMessage({ type: 'bundle', bytes: lie(bytes) }));
    }
  }

  /** Millisecond by millisecond, for a minute at most. */
  passUntil(condition: () => boolean): void {
    for (let waitedMs = 0; !condition(); waitedMs++) {
      if (waitedMs > 60_000) throw new Error('it does not come to that');
      this.pass(1);
    }
  }

  /** Time passes, step by step, and what is asked meanwhile is answered. */
  pass(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      this.answer();
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.dueAtMs - b.dueAtMs);
      if (next === undefined || next[1].dueAtMs > endMs) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].dueAtMs);
      next[1].callback();
    }
    this.nowMs = endMs;
  }
}

function linkTo(publicKey: PeerText): PeerLink {
  return {
    ...{ publicKey, peerClass: 'member', connected: true, address: null, roundTripMs: null },
    ...{ lastHeardAtMs: null, bytesSent: 0, bytesReceived: 0, datagramsSent: 0, datagramsReceived: 0 },
  };
}

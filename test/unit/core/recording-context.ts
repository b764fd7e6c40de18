/** What the parts of the core share, with everything they ask of the world written down. */
import type { BlockArchive, CoreContext } from '../../../src-main/core/context.ts';
import type { Effect } from '../../../src-main/core/effects.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { TIMINGS } from '../../../src-main/node/timing.ts';
import { crypto, type TestKey, type TestNetwork } from './builders.ts';

export const EMPTY_ARCHIVE: BlockArchive = {
  block: () => undefined,
  heightOfHash: () => undefined,
  bundle: () => undefined,
  committee: () => undefined,
  value: () => undefined,
  transaction: () => undefined,
};

export class Recorder {
  readonly context: CoreContext;
  effects: Effect[] = [];
  nowMs = 0;
  progressCount = 0;
  /** What the injected randomness answers, capped by what it is asked. */
  randomValue = 0;

  constructor(network: TestNetwork, key: TestKey, archive: Partial<BlockArchive> = {}) {
    this.context = {
      crypto,
      signer: key.signer,
      self: key.text,
      chainId: network.chainId,
      parameters: network.genesis.parameters,
      timing: TIMINGS.loopback,
      archive: { ...EMPTY_ARCHIVE, ...archive },
      random: (below) => Math.min(this.randomValue, below - 1),
      nowMs: () => this.nowMs,
      emit: (effect) => void this.effects.push(effect),
      broadcast: (message) => void this.effects.push({ type: 'send', to: ['all'], message }),
      send: (to, message) => void this.effects.push({ type: 'send', to: [to], message }),
      progress: () => void this.progressCount++,
    };
  }

  of<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  /** Messages said so far, oldest first. */
  get said(): readonly Message[] {
    return this.of('send').map(({ message }) => message);
  }

  saidOf<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.said.filter((message): message is Extract<Message, { type: T }> => message.type === type);
  }

  forget(): void {
    this.effects = [];
  }
}

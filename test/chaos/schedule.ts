/** What is done to the network, and in which order: a function of the seed alone. When is up to the network. */
import { drawFrom } from '../sim/random.ts';
import type { Draw } from '../sim/random.ts';

/**
 * Nodes are numbers here: 0 … n-1 in the order of their creation, whoever joins gets the next one. A fault lasts for
 * its round, except wrong clocks, which stay wrong, and those of membership.
 */
export type Fault =
  /** kill -9; started again. */
  | { readonly kind: 'kill'; readonly nodes: readonly number[] }
  /** SIGSTOP; SIGCONT. */
  | { readonly kind: 'sleep'; readonly nodes: readonly number[] }
  | { readonly kind: 'loss'; readonly percent: number }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** These against all others. */
  | { readonly kind: 'split'; readonly nodes: readonly number[] }
  /** Nobody hears these; they hear everybody. */
  | { readonly kind: 'mute'; readonly nodes: readonly number[] }
  | { readonly kind: 'full-disk'; readonly nodes: readonly number[] }
  | { readonly kind: 'clock'; readonly nodes: readonly number[]; readonly offsetSeconds: number }
  /** A copy of the database is made, time passes, and the copy is put back. */
  | { readonly kind: 'old-database'; readonly nodes: readonly number[] }
  | { readonly kind: 'lost-database'; readonly nodes: readonly number[] }
  | { readonly kind: 'join' }
  | { readonly kind: 'leave'; readonly nodes: readonly number[] };
export type FaultKind = Fault['kind'];

export interface Round {
  readonly number: number;
  readonly faults: readonly Fault[];
  readonly holdMs: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly nodes: number;
  /** How long a round lasts, in ms, before it is healed. */
  readonly hold: { readonly leastMs: number; readonly mostMs: number };
  /** Nodes whose disk can be filled. */
  readonly smallDisks: readonly number[];
}

/** Each is dealt once before any comes again, so that a short run has seen all of them. */
const CARDS = [
  'kill',
  'sleep',
  'weather',
  'split',
  'mute',
  'full-disk',
  'clock',
  'old-database',
  'lost-database',
  'membership',
  'membership',
  'third-away',
  'halves',
  'blackout',
] as const;
type Card = (typeof CARDS)[number];

const DAY_SECONDS = 86_400;
/** The network grows by so many at most, and shrinks to where it began. */
const MOST_NEWCOMERS = 2;

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #draw: Draw;
  #members: number[];
  #next: number;
  #deck: Card[] = [];
  #round = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#draw = drawFrom(options.seed, 'chaos');
    this.#members = Array.from({ length: options.nodes }, (_, index) => index);
    this.#next = options.nodes;
  }

  next(): Round {
    if (this.#deck.length === 0) this.#deck = this.#draw.shuffle(CARDS);
    const card = this.#deck.pop()!;
    const { leastMs, mostMs } = this.#options.hold;
    const faults = [...this.#deal(card), ...this.#besides(card)];
    return { number: ++this.#round, faults, holdMs: this.#draw.between(leastMs, mostMs) };
  }

  /** How many may be away without stopping the others. */
  get #tolerated(): number {
    return Math.floor((this.#members.length - 1) / 3);
  }

  #deal(card: Card): Fault[] {
    switch (card) {
      case 'kill':
      case 'sleep':
      case 'split':
      case 'mute':
      case 'old-database':
      case 'lost-database':
        return [{ kind: card, nodes: this.#some(1, this.#tolerated) }];
      case 'full-disk':
        return [{ kind: card, nodes: [this.#draw.pick(this.#options.smallDisks)] }];
      case 'weather':
        return [this.#loss(30), this.#delay(100)];
      case 'clock':
        return [this.#clock()];
      case 'membership':
        return [this.#membership()];
      case 'third-away':
        return this.#thirdAway();
      case 'halves':
        return [
          { kind: 'split', nodes: this.#draw.shuffle(this.#members).slice(0, this.#members.length >> 1) },
        ];
      case 'blackout':
        return [{ kind: 'kill', nodes: [...this.#members] }];
    }
  }

  /** Often the links are bad as well, or a clock is wrong: whoever is away already needs the others to be there. */
  #besides(card: Card): Fault[] {
    const faults: Fault[] = [];
    if (card !== 'weather' && this.#draw.chance(250)) faults.push(this.#loss(10));
    if (card !== 'weather' && this.#draw.chance(250)) faults.push(this.#delay(30));
    if (card !== 'clock' && this.#draw.chance(150)) faults.push(this.#clock());
    return faults;
  }

  #thirdAway(): Fault[] {
    const away = this.#some(this.#tolerated + 1, this.#tolerated + 1);
    const killed = this.#draw.between(0, away.length);
    const faults: Fault[] = [
      { kind: 'kill', nodes: away.slice(0, killed) },
      { kind: 'sleep', nodes: away.slice(killed) },
    ];
    return faults.filter((fault) => 'nodes' in fault && fault.nodes.length > 0);
  }

  #membership(): Fault {
    const newcomers = this.#members.length - this.#options.nodes;
    const leaves = newcomers === MOST_NEWCOMERS || (newcomers > 0 && this.#draw.chance(500));
    if (!leaves) {
      this.#members.push(this.#next++);
      return { kind: 'join' };
    }
    const able = this.#members.filter((node) => !this.#options.smallDisks.includes(node));
    const gone = this.#draw.pick(able);
    this.#members = this.#members.filter((node) => node !== gone);
    return { kind: 'leave', nodes: [gone] };
  }

  #loss(most: number): Fault {
    return { kind: 'loss', percent: this.#draw.between(1, most) };
  }

  #delay(most: number): Fault {
    return { kind: 'delay', delayMs: this.#draw.between(1, most) };
  }

  #clock(): Fault {
    const offsetSeconds = this.#draw.between(-30 * DAY_SECONDS, 30 * DAY_SECONDS);
    return { kind: 'clock', nodes: this.#some(1, this.#members.length), offsetSeconds };
  }

  #some(least: number, most: number): number[] {
    const count = this.#draw.between(least, Math.max(least, most));
    return this.#draw.shuffle(this.#members).slice(0, count);
  }
}

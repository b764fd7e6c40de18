/** Who waits for what a later turn does: told when that turn is durable, or that the node has stopped. */
import type { OwnerDecision, PublishEffect, SubmitRefusal } from '../core/effects.ts';
import { DecisionError, SubmitError } from './facade.ts';

interface Caller<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export class Callers {
  /** By ident; bounded by the lane's queue. */
  readonly #submits = new Map<string, Caller<{ ident: string }>>();
  /** In the order in which they are handled; each is settled by the next turn. */
  readonly #decisions: Caller<void>[] = [];

  hasSubmit(ident: string): boolean {
    return this.#submits.has(ident);
  }

  submit(ident: string): Promise<{ ident: string }> {
    return new Promise((resolve, reject) => void this.#submits.set(ident, { resolve, reject }));
  }

  decision(): Promise<void> {
    return new Promise((resolve, reject) => void this.#decisions.push({ resolve, reject }));
  }

  onEvent(event: PublishEffect): void {
    if (event.type === 'accepted') this.#taken(event.ident)?.resolve({ ident: event.ident });
    else if (event.type === 'refused') this.#taken(event.ident)?.reject(refusalOf(event.reason));
    else if (event.type === 'decided') this.#decisions.shift()?.resolve();
    else if (event.type === 'notDecided') this.#decisions.shift()?.reject(notAwaited(event.awaited));
  }

  /** The node was closed or halted. */
  rejectAll(reason: string): void {
    const submits = [...this.#submits.values()];
    this.#submits.clear();
    for (const { reject } of submits) reject(new SubmitError('halted', `not accepted: ${reason}`));
    for (const { reject } of this.#decisions.splice(0))
      reject(new DecisionError('halted', `nothing was decided: ${reason}`));
  }

  #taken(ident: string): Caller<{ ident: string }> | undefined {
    const caller = this.#submits.get(ident);
    this.#submits.delete(ident);
    return caller;
  }
}

const REFUSALS = {
  'lane-full': 'too many entries wait already; try again later',
  'too-large': 'the transaction does not fit into a bundle',
  'duplicate-ident': 'this node has used this ident before',
  'not-a-member': 'this key is not a member of the network (yet)',
  invalid: 'the transaction is not well-formed',
  halted: 'the node has stopped',
} as const;

export function refusalOf(code: SubmitRefusal): SubmitError {
  return new SubmitError(code, REFUSALS[code]);
}

function notAwaited(awaited: OwnerDecision | null): DecisionError {
  const message =
    awaited === null
      ? 'the node waits for no decision of its owner'
      : `the node waits for another decision of its owner, about ${awaited}`;
  return new DecisionError('not-silent', message, awaited);
}

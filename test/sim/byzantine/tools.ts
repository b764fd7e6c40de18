/**
 * What a faulty node has at hand: its own key, the chain it is on, and everybody's address. It cannot forge
 * others' signatures.
 */
import type { OwnerDecision, PublishEffect } from '../../../src-main/core/effects.ts';
import type { Message, Skip, Vote } from '../../../src-main/core/messages.ts';
import { hashSigningBytes, skipSigningBytes } from '../../../src-main/core/signing.ts';
import type { Certificate, Hash, Height, Member, View } from '../../../src-main/core/types.ts';
import type { KeyPair } from '../keys.ts';
import type { Draw } from '../random.ts';

/**
 * Rewrites what a faulty node sends. Below it runs an honest node with the same key, so that it knows the
 * chain; what leaves is this actor's choice.
 */
export interface Actor {
  /** What leaves for one peer in place of `message`. */
  outgoing(to: number, message: Message): readonly Message[];
  /** Sees what arrives; false hides it from the honest node below. */
  incoming?(from: number, message: Message): boolean;
  /** What the honest node below says to its owner. */
  published?(event: PublishEffect): void;
}

export interface ActorTools {
  readonly index: number;
  readonly keys: KeyPair;
  readonly chainId: Hash;
  readonly draw: Draw;
  readonly peers: readonly number[];
  /** Own position in the committee of that height; undefined while it is not known. */
  committeeIndex(height: Height): number | undefined;
  /** Own member id at that height. */
  memberId(height: Height): number | undefined;
  /** The committee that decides a height, in its order; empty while it is not known. */
  committee(height: Height): readonly Member[];
  /** Sends a message of its own. */
  send(to: number, message: Message): void;
  /** Runs `run` later, unless the machine is off by then. */
  after(delayUs: number, run: () => void): void;
  /** As the owner of the honest node below: it signs, whatever warns it. */
  override(decision: OwnerDecision): void;
}

export type ActorFactory = (tools: ActorTools) => Actor;

export function signVote(
  tools: ActorTools,
  type: Vote['type'],
  at: { readonly height: Height; readonly view: View },
  blockHash: Hash,
): Vote | undefined {
  const { height, view } = at;
  const index = tools.committeeIndex(height);
  if (index === undefined) return undefined;
  const signature = tools.keys.signer.sign(hashSigningBytes(type, tools.chainId, height, view, blockHash));
  return { type, height, view, blockHash, index, signature };
}

export function signSkip(
  tools: ActorTools,
  at: { readonly height: Height; readonly view: View },
  hn: View,
  notarisation: Certificate | null,
): Skip | undefined {
  const { height, view } = at;
  const index = tools.committeeIndex(height);
  if (index === undefined) return undefined;
  const signature = tools.keys.signer.sign(skipSigningBytes(tools.chainId, height, view, hn));
  return { type: 'skip', height, view, hn, index, signature, notarisation };
}

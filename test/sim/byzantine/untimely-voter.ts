import type { Message } from '../../../src-main/core/messages.ts';
import { hashSigningBytes, skipSigningBytes } from '../../../src-main/core/signing.ts';
import type { Actor, ActorTools } from './tools.ts';

/**
 * Votes whenever somebody proposes, as if it were in every committee: before its stake counts, and after it has been
 * removed. It takes the place that it has in a committee nearby, or any.
 */
export function untimelyVoter(tools: ActorTools): Actor {
  const { keys, chainId, draw } = tools;
  const seen = new Set<string>();
  const guessIndex = (height: number): number => {
    for (const near of [height, height + 1, height + 2, height - 1, height - 2]) {
      const index = tools.committeeIndex(near);
      if (index !== undefined) return index;
    }
    return draw.below(tools.committee(height).length + 1);
  };
  const ballots = (height: number, view: number, blockHash: Uint8Array): Message[] => {
    const index = guessIndex(height);
    const sign = (type: 'vote' | 'commit'): Message => {
      const signature = keys.signer.sign(hashSigningBytes(type, chainId, height, view, blockHash));
      return { type, height, view, blockHash, index, signature };
    };
    const skipped = keys.signer.sign(skipSigningBytes(chainId, height, view, -1));
    const skip = {
      type: 'skip',
      height,
      view,
      hn: -1,
      index,
      signature: skipped,
      notarisation: null,
    } as const;
    return draw.chance(500) ? [sign('vote'), sign('commit')] : [skip];
  };
  return {
    outgoing: (_to: number, message: Message) =>
      message.type === 'vote' || message.type === 'commit' || message.type === 'skip' ? [] : [message],
    incoming: (_from: number, message: Message) => {
      if (message.type !== 'propose') return true;
      const { height, view, sealed } = message.propose;
      const name = `${height}/${view}`;
      if (seen.has(name)) return true;
      if (seen.size > 256) seen.clear();
      seen.add(name);
      const said = ballots(height, view, sealed.hash);
      for (const to of tools.peers) for (const ballot of said) tools.send(to, ballot);
      return true;
    },
  };
}

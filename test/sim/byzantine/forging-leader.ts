import { ZERO_HASH } from '../../../src-main/core/encoding.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import type { Certificate, Hash, Height, View } from '../../../src-main/core/types.ts';
import type { Actor, ActorTools } from './tools.ts';

/**
 * As the leader of view 0, behind which nothing stands, it puts certificates beside its proposal that nobody signed:
 * an N of a block that does not exist, or an S that would let a later leader begin afresh.
 */
export function forgingLeader(tools: ActorTools): Actor {
  const signers = [tools.index, ...tools.peers].sort((a, b) => a - b);
  const forge = (height: Height, view: View, about: { hash: Hash } | { hn: View }): Certificate => ({
    kind: 'hash' in about ? 'N' : 'S',
    height,
    view,
    hash: 'hash' in about ? about.hash : ZERO_HASH,
    hn: 'hn' in about ? signers.map(() => about.hn) : [],
    signers,
    signatures: signers.map(() => tools.draw.bytes(64)),
  });
  const beside = (height: Height): Partial<Propose> => {
    const view = tools.draw.pick([0, 0, 1, 5]);
    return tools.draw.chance(300)
      ? { skipCertificate: forge(height, view, { hn: -1 }) }
      : { notarisation: forge(height, view, { hash: tools.draw.bytes(32) }) };
  };
  /** The same lie for everybody: what all believe does the most harm. */
  const lies = new Map<Height, Partial<Propose>>();

  return {
    outgoing: (_to: number, message: Message) => {
      if (message.type !== 'propose' || message.propose.view > 0) return [message];
      const { height } = message.propose;
      const lie = lies.get(height) ?? beside(height);
      if (lies.size > 64) lies.clear();
      lies.set(height, lie);
      return [{ type: 'propose', propose: { ...message.propose, ...lie } }];
    },
  };
}

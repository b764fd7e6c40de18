import type { Message } from '../../../src-main/core/messages.ts';
import { signSkip, signVote, type Actor, type ActorTools } from './tools.ts';

/**
 * Signs whatever may do harm, at once and for everybody: VOTE and COMMIT for each proposal it sees, and a
 * SKIP of the same view that denies them.
 */
export function eagerSigner(tools: ActorTools): Actor {
  const seen = new Set<string>();
  return {
    outgoing: (_to: number, message: Message) =>
      message.type === 'vote' || message.type === 'commit' || message.type === 'skip' ? [] : [message],
    incoming: (_from: number, message: Message) => {
      if (message.type !== 'propose') return true;
      const { height, view, sealed } = message.propose;
      const name = `${height}/${view}/${sealed.hash.join()}`;
      if (seen.has(name)) return true;
      if (seen.size > 256) seen.clear();
      seen.add(name);
      const at = { height, view };
      const statements = [
        signVote(tools, 'vote', at, sealed.hash),
        signVote(tools, 'commit', at, sealed.hash),
        signSkip(tools, at, -1, null),
      ];
      for (const to of tools.peers) {
        for (const statement of tools.draw.shuffle(statements))
          if (statement !== undefined) tools.send(to, statement);
      }
      return true;
    },
  };
}

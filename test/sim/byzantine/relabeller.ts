import type { Message } from '../../../src-main/core/messages.ts';
import type { Actor, ActorTools } from './tools.ts';

/** Takes the VOTE of others for their COMMIT, and the other way round: only the tags of their signatures differ. */
export function relabeller(tools: ActorTools): Actor {
  return {
    outgoing: (_to: number, message: Message) => [message],
    incoming: (_from: number, message: Message) => {
      if (message.type !== 'vote' && message.type !== 'commit') return true;
      const other = { ...message, type: message.type === 'vote' ? 'commit' : 'vote' } as const;
      for (const to of tools.peers) tools.send(to, other);
      return true;
    },
  };
}

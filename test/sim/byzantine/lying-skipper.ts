import type { Message } from '../../../src-main/core/messages.ts';
import { signSkip, type Actor, type ActorTools } from './tools.ts';

/**
 * Lies with SKIPs: gives views up without reason, names no notarisation where it knows one, names one that
 * does not exist, and tells every peer something else.
 */
export function lyingSkipper(tools: ActorTools): Actor {
  const lie = (_to: number, message: Message): readonly Message[] => {
    if (message.type === 'skip') {
      const { height, view } = message;
      const hn = tools.draw.pick([-1, view, Math.max(0, view - 1), message.hn]);
      const skip = signSkip(tools, { height, view }, hn, hn === message.hn ? message.notarisation : null);
      return skip === undefined ? [] : [skip];
    }
    if (message.type === 'status' && tools.draw.chance(300)) {
      const { height, view } = message;
      const skip = signSkip(tools, { height, view }, tools.draw.pick([-1, view]), null);
      return skip === undefined ? [message] : [message, skip];
    }
    return [message];
  };
  return { outgoing: lie };
}

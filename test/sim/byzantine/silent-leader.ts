import type { Message } from '../../../src-main/core/messages.ts';
import type { Actor } from './tools.ts';

/** Takes part in everything except leading: it never proposes, and commits bundles all the time. */
export function silentLeader(): Actor {
  return { outgoing: (_to: number, message: Message) => (message.type === 'propose' ? [] : [message]) };
}

import { decodeBundle } from '../../../src-main/core/encoding.ts';
import { equalBytes } from '../../../src-main/core/bytes.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { Actor, ActorTools } from './tools.ts';

/**
 * Cites its own bundles and gives them to some only, or to nobody, however often it is asked: who does not have them
 * cannot vote, and has to get them from those who do.
 */
export function hoarder(tools: ActorTools): Actor {
  let chosen: { readonly seq: number; readonly peers: ReadonlySet<number> } | null = null;
  return {
    outgoing: (to: number, message: Message) => {
      if (message.type !== 'bundle') return [message];
      const { origin, seq } = decodeBundle(message.bytes, sodiumCrypto).bundle;
      if (!equalBytes(origin, tools.keys.publicKey)) return [];
      if (chosen?.seq !== seq) {
        const peers = tools.draw.shuffle(tools.peers).slice(0, tools.draw.below(tools.peers.length));
        chosen = { seq, peers: new Set(peers) };
      }
      return chosen.peers.has(to) ? [message] : [];
    },
  };
}

import { sealHeader } from '../../../src-main/core/encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { hashSigningBytes } from '../../../src-main/core/signing.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { Actor, ActorTools } from './tools.ts';

/**
 * As a leader that should carry a notarised block on, it proposes the same content as a block of its own,
 * with no N beside it.
 */
export function freshProposer(tools: ActorTools): Actor {
  return {
    outgoing: (_to: number, message: Message) => {
      if (message.type !== 'propose' || message.propose.notarisation === null) return [message];
      const { propose } = message;
      const { height, view } = propose;
      const proposer = tools.memberId(height);
      if (proposer === undefined) return [message];
      const sealed = sealHeader({ ...propose.sealed.header, view, proposer }, sodiumCrypto);
      const signature = tools.keys.signer.sign(
        hashSigningBytes('propose', tools.chainId, height, view, sealed.hash),
      );
      return [{ type: 'propose', propose: { ...propose, sealed, signature, notarisation: null } }];
    },
  };
}

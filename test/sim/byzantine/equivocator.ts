import { sealHeader } from '../../../src-main/core/encoding.ts';
import { toText } from '../../../src-main/core/bytes.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import { hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Hash, HashText } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { signVote, type Actor, type ActorTools } from './tools.ts';

/**
 * Tells one half of the peers something else than the other: as a leader two headers of one view, as a voter
 * a VOTE and a COMMIT for whichever of them the peer has seen.
 */
export function equivocator(tools: ActorTools): Actor {
  /** The other header of an own proposal, by the hash of the first. */
  const twins = new Map<HashText, Propose>();
  const isOther = (to: number): boolean => to % 2 === 0;

  const twinOf = (propose: Propose): Propose => {
    const key = toText(propose.sealed.hash);
    const known = twins.get(key);
    if (known !== undefined) return known;
    const { header } = propose.sealed;
    const mayVary = propose.notarisation === null && header.cut.length > 1;
    const sealed = mayVary
      ? sealHeader({ ...header, cut: header.cut.slice(1) }, sodiumCrypto)
      : propose.sealed;
    const signed = hashSigningBytes('propose', tools.chainId, propose.height, propose.view, sealed.hash);
    const twin = { ...propose, sealed, signature: tools.keys.signer.sign(signed) };
    if (twins.size > 64) twins.clear();
    twins.set(key, twin);
    return twin;
  };
  const otherHash = (hash: Hash): Hash => twins.get(toText(hash))?.sealed.hash ?? hash;

  return {
    outgoing: (to: number, message: Message) => {
      if (!isOther(to)) return [message];
      if (message.type === 'propose') return [{ type: 'propose', propose: twinOf(message.propose) }];
      if (message.type !== 'vote' && message.type !== 'commit') return [message];
      return [signVote(tools, message.type, message, otherHash(message.blockHash)) ?? message];
    },
  };
}

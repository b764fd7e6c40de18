import { equalBytes } from '../../../src-main/core/bytes.ts';
import {
  decodeBundle,
  encodeUnsignedBundle,
  sealBundle,
  ZERO_HASH,
} from '../../../src-main/core/encoding.ts';
import type { Message } from '../../../src-main/core/messages.ts';
import { bundleSigningBytes } from '../../../src-main/core/signing.ts';
import type { Hash } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { Actor, ActorTools } from './tools.ts';

const AHEAD = 12;
const REMEMBERED = 64;

/**
 * Writes its lane as no lane may be: beside each of its bundles it sends some far ahead without those between, a dozen
 * where eight may wait, one that does not extend its lane, one of somebody else with its own signature, and all that it
 * sent long ago.
 */
export function laneAbuser(tools: ActorTools): Actor {
  const { keys, chainId, draw } = tools;
  const sent: Message[] = [];
  let count = 0;
  const write = (seq: number, prev: Hash, origin = keys.publicKey): { message: Message; digest: Hash } => {
    const commands = [{ kind: 'data', ns: 'test:abuse:one', d: String(count++) }] as const;
    const unsigned = { origin, seq, prev, transactions: [{ ident: `a${count}`, commands }] };
    const fields = encodeUnsignedBundle(unsigned);
    const signature = keys.signer.sign(bundleSigningBytes(chainId, fields));
    const { bytes, digest } = sealBundle(unsigned, fields, signature, sodiumCrypto);
    return { message: { type: 'bundle', bytes }, digest };
  };
  const beyond = (seq: number, tip: Hash): Message[] => {
    let prev = tip;
    return Array.from({ length: AHEAD }, (_, i) => {
      const { message, digest } = write(seq + 1 + i, prev);
      prev = digest;
      return message;
    });
  };
  const abuse = (seq: number, tip: Hash): Message[] => {
    const victim = draw.pick(tools.committee(2)).publicKey;
    switch (draw.below(5)) {
      case 0:
        return [write(seq + 2 + draw.below(6), draw.bytes(32)).message];
      case 1:
        return beyond(seq, tip);
      case 2:
        return [write(seq + 1, ZERO_HASH).message];
      case 3:
        return [write(1 + draw.below(seq + 1), tip, victim).message];
      default:
        return draw.shuffle(sent).slice(0, 8);
    }
  };
  return {
    outgoing: (_to: number, message: Message) => {
      if (message.type !== 'bundle') return [message];
      const { bundle, digest } = decodeBundle(message.bytes, sodiumCrypto);
      if (!equalBytes(bundle.origin, keys.publicKey)) return [message];
      if (sent.length < REMEMBERED) sent.push(message);
      return [...abuse(bundle.seq, digest), message];
    },
    published: (event) => {
      if (event.type === 'signing' && event.silent === 'amnesia') tools.override('amnesia');
    },
  };
}

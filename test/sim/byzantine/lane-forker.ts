import { equalBytes, toText } from '../../../src-main/core/bytes.ts';
import {
  decodeBundle,
  encodeUnsignedBundle,
  sealBundle,
  sealHeader,
} from '../../../src-main/core/encoding.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import type { SealedBundle } from '../../../src-main/core/sealed.ts';
import { bundleSigningBytes, hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { HashText } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { Actor, ActorTools } from './tools.ts';

const REMEMBERED = 256;
/** The honest node below bundles anew what a certified variant does not hold: without an end it would for ever. */
const FORKS = 32;

/**
 * Writes two lanes under one key: every second peer gets another bundle with the same number, chained to the other one
 * before it. As a leader it cites now this branch, now that one.
 */
export function laneForker(tools: ActorTools): Actor {
  const { keys, chainId, draw } = tools;
  /** The other branch, by the digests of the one that the honest node below wrote. */
  const variants = new Map<HashText, SealedBundle>();

  let forks = 0;
  const variantOf = (original: SealedBundle): SealedBundle => {
    const name = toText(original.digest);
    const known = variants.get(name);
    if (known !== undefined) return known;
    if (++forks > FORKS) return original;
    const { seq, prev, transactions } = original.bundle;
    const unsigned = {
      origin: keys.publicKey,
      seq,
      prev: variants.get(toText(prev))?.digest ?? prev,
      transactions: transactions.map((transaction) => ({
        ...transaction,
        ident: `x${transaction.ident}`.slice(0, 32),
      })),
    };
    const fields = encodeUnsignedBundle(unsigned);
    const signature = keys.signer.sign(bundleSigningBytes(chainId, fields));
    const variant = sealBundle(unsigned, fields, signature, sodiumCrypto);
    if (variants.size >= REMEMBERED) variants.clear();
    variants.set(name, variant);
    return variant;
  };
  const recut = (propose: Propose): Propose => {
    const { height, view } = propose;
    const { header } = propose.sealed;
    const cut = header.cut.map((entry) => ({
      ...entry,
      tipDigest: variants.get(toText(entry.tipDigest))?.digest ?? entry.tipDigest,
    }));
    const sealed = sealHeader({ ...header, cut }, sodiumCrypto);
    const signature = keys.signer.sign(hashSigningBytes('propose', chainId, height, view, sealed.hash));
    return { ...propose, sealed, signature };
  };
  const cites = new Map<string, boolean>();
  const citesOther = ({ height, view }: Propose): boolean => {
    const name = `${height}/${view}`;
    const known = cites.get(name) ?? draw.chance(500);
    if (cites.size >= REMEMBERED) cites.clear();
    cites.set(name, known);
    return known;
  };

  return {
    outgoing: (to: number, message: Message) => {
      if (message.type === 'bundle' && to % 2 === 0) {
        const original = decodeBundle(message.bytes, sodiumCrypto);
        if (!equalBytes(original.bundle.origin, keys.publicKey)) return [message];
        return [{ type: 'bundle', bytes: variantOf(original).bytes }];
      }
      if (message.type === 'propose' && message.propose.notarisation === null && citesOther(message.propose))
        return [{ type: 'propose', propose: recut(message.propose) }];
      return [message];
    },
    // A block that certified the other branch shows the honest node below what it never wrote.
    published: (event) => {
      if (event.type === 'signing' && event.silent === 'amnesia') tools.override('amnesia');
    },
  };
}

import { encodeUnsignedBundle, sealBundle, ZERO_HASH } from '../../../src-main/core/encoding.ts';
import type { Message, Status } from '../../../src-main/core/messages.ts';
import { bundleSigningBytes, hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Hash, Height, View } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { signSkip, type Actor, type ActorTools } from './tools.ts';

const AT_ONCE = 16;

/**
 * Fills the memory of the others: beside each STATUS it sends whatever one key can sign without contradicting itself,
 * for ever higher views, for heights to come, and in ever more variants of its lane.
 */
export function flooder(tools: ActorTools): Actor {
  const { draw, keys, chainId } = tools;
  let count = 0;

  const vote = (height: Height, view: View): Message => {
    // One hash per view: two would be evidence, and cost the stake.
    const blockHash: Hash = sodiumCrypto.hash(
      hashSigningBytes('vote', chainId, height, view, keys.publicKey),
    );
    const signature = keys.signer.sign(hashSigningBytes('vote', chainId, height, view, blockHash));
    return { type: 'vote', height, view, blockHash, index: tools.committeeIndex(height) ?? 0, signature };
  };
  const variant = (seq: number): Message => {
    const commands = [{ kind: 'data', ns: 'test:flood:one', d: String(count++) }] as const;
    const transactions = [{ ident: `f${count}`, commands }];
    const unsigned = { origin: keys.publicKey, seq, prev: ZERO_HASH, transactions };
    const fields = encodeUnsignedBundle(unsigned);
    const signature = keys.signer.sign(bundleSigningBytes(chainId, fields));
    return { type: 'bundle', bytes: sealBundle(unsigned, fields, signature, sodiumCrypto).bytes };
  };
  const pull = (): Message => ({
    type: 'pull',
    headers: Array.from({ length: AT_ONCE }, () => draw.bytes(32)),
    lanes: [],
  });
  const flood = ({ height, view }: Status): Message[] => {
    const far = Array.from({ length: AT_ONCE }, () =>
      signSkip(tools, { height, view: view + 2 + count++ }, -1, null),
    );
    return [
      ...far.flatMap((skip) => (skip === undefined ? [] : [skip])),
      ...Array.from({ length: AT_ONCE }, (_, i) => vote(height + draw.below(3), Math.max(0, view - 8 + i))),
      ...Array.from({ length: AT_ONCE }, () => variant(1 + draw.below(24))),
      { type: 'syncRequest', fromHeight: draw.between(1, height), maxBytes: 1024 },
      { type: 'syncResponse', blocks: [] },
      pull(),
    ];
  };

  return {
    outgoing: (_to: number, message: Message) =>
      message.type === 'status' ? [message, ...flood(message)] : [message],
  };
}

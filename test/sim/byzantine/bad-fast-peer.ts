import { sealHeader } from '../../../src-main/core/encoding.ts';
import type { Message, SyncBlock } from '../../../src-main/core/messages.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { ActorFactory } from './tools.ts';

export const FAST_LIES = ['garbage-certificates', 'garbage-bundles', 'forged-block'] as const;
export type FastLie = (typeof FAST_LIES)[number];

/**
 * Lies to who does not check signatures at once: right blocks with signatures that prove nothing, or from some height
 * on another block than was decided. `from`: the first height that it lies about.
 */
export function badFastPeer(lie: FastLie, from = 2): ActorFactory {
  const spoil = (block: SyncBlock): SyncBlock =>
    block.sealed.header.height < from ? block : SPOILERS[lie](block);
  return () => ({
    outgoing: (_to: number, message: Message) =>
      message.type === 'syncResponse' ? [{ ...message, blocks: message.blocks.map(spoil) }] : [message],
  });
}

const spoiled = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte));

const SPOILERS: Readonly<Record<FastLie, (block: SyncBlock) => SyncBlock>> = {
  'garbage-certificates': (block) => {
    const { certificate } = block;
    return { ...block, certificate: { ...certificate, signatures: certificate.signatures.map(spoiled) } };
  },
  'garbage-bundles': (block) => ({ ...block, bundles: block.bundles.map(spoiled) }),
  'forged-block': (block) => {
    const { header } = block.sealed;
    const sealed = sealHeader({ ...header, view: header.view + 1 }, sodiumCrypto);
    return { ...block, sealed, certificate: { ...block.certificate, hash: sealed.hash } };
  },
};

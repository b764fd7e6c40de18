import { equalBytes, toText } from '../../../src-main/core/bytes.ts';
import { hashCertificate } from '../../../src-main/core/certificates.ts';
import {
  encodeMembers,
  encodeUnsignedBundle,
  sealBundle,
  sealHeader,
  ZERO_HASH,
} from '../../../src-main/core/encoding.ts';
import type { Message, SyncBlock } from '../../../src-main/core/messages.ts';
import { bundleSigningBytes, hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Member, Signature } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { KeyPair } from '../keys.ts';
import type { Actor, ActorFactory, ActorTools } from './tools.ts';

export const SYNC_LIES = [
  'wrong-body',
  'no-body',
  'old-committee',
  'fake-committee',
  'endless',
  'huge-height',
  'stalling',
] as const;
export type SyncLie = (typeof SYNC_LIES)[number];

const HUGE_HEIGHT = 2 ** 31;
const ENDLESS_ANSWERS = 8;

/**
 * Serves its chain to those who catch up, and lies. `stolen`: keys of former members, with which it signs other blocks
 * than were decided (filled when they are known).
 */
export function badSyncPeer(lie: SyncLie, stolen: readonly KeyPair[] = []): ActorFactory {
  return (tools) => {
    const spoil = spoilerOf(tools, lie, stolen);
    return {
      outgoing: (to: number, message: Message) => {
        // Founders would wait for it after their start where more than a third says so.
        const isNewcomer = to >= tools.committee(2).length;
        if (message.type === 'status' && lie === 'huge-height' && isNewcomer)
          return [{ ...message, height: HUGE_HEIGHT }];
        if (message.type !== 'syncResponse') return [message];
        if (lie === 'stalling' || lie === 'huge-height') return [];
        const spoiled: Message = { type: 'syncResponse', blocks: message.blocks.map(spoil) };
        return lie === 'endless' ? Array<Message>(ENDLESS_ANSWERS).fill(spoiled) : [spoiled];
      },
    };
  };
}

/** Any of the lies, a new one for each answer. */
export function fickleSyncPeer(tools: ActorTools): Actor {
  const liars = SYNC_LIES.map((lie) => badSyncPeer(lie)(tools));
  return {
    outgoing: (to: number, message: Message) =>
      message.type === 'syncResponse' ? tools.draw.pick(liars).outgoing(to, message) : [message],
  };
}

function spoilerOf(
  tools: ActorTools,
  lie: SyncLie,
  stolen: readonly KeyPair[],
): (block: SyncBlock) => SyncBlock {
  switch (lie) {
    case 'wrong-body':
      return (block) => ({ ...block, bundles: block.bundles.map(() => strangeBundle(tools)) });
    case 'no-body':
      return (block) => ({ ...block, bundles: [] });
    case 'old-committee':
      return (block) => otherBlock(tools, block, stolen);
    case 'fake-committee': {
      const member: Member = { id: 0, publicKey: tools.keys.publicKey, stake: 1 };
      return (block) => ({ ...otherBlock(tools, block, [tools.keys]), nextCommittee: [member] });
    }
    // The same first block for ever.
    case 'endless':
    case 'huge-height':
    case 'stalling':
      return (block) => block;
  }
}

/** Well-formed and signed, by a member, but not what the cut cites. */
function strangeBundle({ keys, chainId, draw }: ActorTools): Uint8Array {
  const d = toText(draw.bytes(16));
  const transactions = [
    { ident: 'strange', commands: [{ kind: 'data', ns: 'test:strange:one', d } as const] },
  ];
  const unsigned = { origin: keys.publicKey, seq: 1, prev: ZERO_HASH, transactions };
  const fields = encodeUnsignedBundle(unsigned);
  return sealBundle(unsigned, fields, keys.signer.sign(bundleSigningBytes(chainId, fields)), sodiumCrypto)
    .bytes;
}

/** Another block in the place of the decided one, with a C by those `signers` that the first committee had. */
function otherBlock(
  { chainId, committee }: ActorTools,
  block: SyncBlock,
  signers: readonly KeyPair[],
): SyncBlock {
  const { header } = block.sealed;
  // Where the first committee decides, a quorum of its keys decides: only a checkpoint helps (PROTOCOL section 4.6).
  if (equalBytes(header.committeeHash, sodiumCrypto.hash(encodeMembers(committee(2))))) return block;
  const sealed = sealHeader({ ...header, cut: header.cut.slice(1) }, sodiumCrypto);
  const { height, view } = block.certificate;
  const bytes = hashSigningBytes('commit', chainId, height, view, sealed.hash);
  const signatures = new Map<number, Signature>();
  for (const [index, { publicKey }] of committee(2).entries()) {
    const pair = signers.find(({ text }) => text === toText(publicKey));
    if (pair !== undefined) signatures.set(index, pair.signer.sign(bytes));
  }
  const certificate = hashCertificate('C', height, view, sealed.hash, signatures);
  return { ...block, sealed, certificate, bundles: [] };
}

import { sealHeader } from '../../../src-main/core/encoding.ts';
import type { Message, Propose } from '../../../src-main/core/messages.ts';
import { hashSigningBytes } from '../../../src-main/core/signing.ts';
import type { Header } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import type { Draw } from '../random.ts';
import type { Actor, ActorTools } from './tools.ts';

/** One thing in a header that is not as it must be; each kind is one check of those who vote. */
const FAULTS: readonly ((header: Header, draw: Draw) => Partial<Header>)[] = [
  (_header, draw) => ({ stateHash: draw.bytes(32) }),
  (_header, draw) => ({ committeeHash: draw.bytes(32) }),
  (_header, draw) => ({ nextCommitteeHash: draw.bytes(32) }),
  (_header, draw) => ({ prev: draw.bytes(32) }),
  (_header, draw) => ({ chainId: draw.bytes(32) }),
  ({ height }) => ({ height: height + 1 }),
  ({ view }) => ({ view: view + 1 }),
  ({ proposer }) => ({ proposer: proposer + 1 }),
  () => ({ cut: [] }),
  // A bundle that nobody has, behind those that all have.
  ({ cut }, draw) => ({ cut: cut.map((entry) => ({ ...entry, tipDigest: draw.bytes(32) })) }),
  ({ cut }) => ({ cut: cut.map((entry) => ({ ...entry, toSeq: entry.toSeq + 1 })) }),
  ({ cut }) => ({ cut: cut.map((entry) => ({ ...entry, toSeq: entry.toSeq + 100 })) }),
  ({ cut }) => ({ cut: [...cut].reverse().concat(cut.slice(0, 1)) }),
  ({ cut }) => ({ cut: cut.map((entry) => ({ ...entry, origin: entry.origin + 50 })) }),
];

/** Proposes blocks that are wrong in one way, well signed and justified. */
export function invalidLeader(tools: ActorTools): Actor {
  let last: { readonly name: string; readonly propose: Propose } | null = null;
  const spoil = (propose: Propose): Propose => {
    const { height, view } = propose;
    const name = `${height}/${view}`;
    if (last?.name === name) return last.propose;
    const { header } = propose.sealed;
    const sealed = sealHeader({ ...header, ...tools.draw.pick(FAULTS)(header, tools.draw) }, sodiumCrypto);
    const signed = hashSigningBytes('propose', tools.chainId, height, view, sealed.hash);
    last = { name, propose: { ...propose, sealed, signature: tools.keys.signer.sign(signed) } };
    return last.propose;
  };
  return {
    outgoing: (_to: number, message: Message) =>
      message.type === 'propose' && message.propose.notarisation === null
        ? [{ type: 'propose', propose: spoil(message.propose) }]
        : [message],
  };
}

/** What the owner of a node decides about who else is in the network: invitations, and who is let in. */
import { fromText } from '../../core/bytes.ts';
import type { Crypto } from '../../core/crypto.ts';
import type { PeerText } from '../../core/types.ts';
import type { NodeFacade } from '../../node/facade.ts';
import { NetworkError } from '../errors.ts';
import type { GivenInvitation, IssuedInvitation, MembershipDesk, NewInvitation } from './desk-types.ts';
import type { InvitationBook } from './invitation-book.ts';
import { encodeInvitation, MAX_INVITED_PEERS, wordsOf } from './invitation.ts';
import type { InvitedPeer } from './invitation.ts';

export interface DeskDependencies {
  readonly node: NodeFacade;
  readonly crypto: Crypto;
  readonly book: InvitationBook;
  /** Where the own node, or another member, can be reached by others. */
  readonly addressHintsOf: (publicKey: PeerText) => readonly string[];
}

export class Desk implements MembershipDesk {
  readonly #dependencies: DeskDependencies;

  constructor(dependencies: DeskDependencies) {
    this.#dependencies = dependencies;
  }

  invite({ ticket: kind, lifetimeBlocks, note }: NewInvitation): GivenInvitation {
    const { node, crypto, book } = this.#dependencies;
    const { height, tipHash, members } = node.snapshot();
    const chainId = fromText(node.chainId)!;
    const isMember = members.some(({ isSelf, stake }) => isSelf && stake > 0);
    if (!isMember) throw new NetworkError('no-stake', 'only members with stake bring in others');
    const ticket = kind === 'none' ? null : book.issue(kind, height + lifetimeBlocks, height, note);
    const checkpoint = { height, hash: fromText(tipHash)! };
    const peers = this.#peers();
    const networkName = node.genesis.name;
    const link = encodeInvitation(
      { chainId, networkName, transport: 'udp', peers, checkpoint, ticket },
      crypto,
    );
    return {
      id: ticket === null ? null : (book.all()[0]?.id ?? null),
      link,
      words: wordsOf(chainId, crypto),
      expiryHeight: ticket?.expiryHeight ?? null,
      addressHints: peers[0]?.addressHints ?? [],
    };
  }

  invitations(): readonly IssuedInvitation[] {
    const { book, node } = this.#dependencies;
    const { height } = node.snapshot();
    return book.all().map((issued) => {
      const { revoked: _, ...shown } = issued;
      return { ...shown, state: book.stateOf(issued, height) };
    });
  }

  revoke(id: string): void {
    this.#dependencies.book.revoke(id);
  }

  /** The own node first, as only it honours the ticket; then members that are connected and known to be somewhere. */
  #peers(): InvitedPeer[] {
    const { node, addressHintsOf } = this.#dependencies;
    const others = node
      .snapshot()
      .members.filter(({ isSelf, stake, link }) => !isSelf && stake > 0 && link?.connected === true)
      .map(({ publicKey }) => publicKey);
    return [node.publicKey, ...others]
      .map((publicKey) => ({ publicKey: fromText(publicKey)!, addressHints: addressHintsOf(publicKey) }))
      .filter(({ addressHints }, index) => index === 0 || addressHints.length > 0)
      .slice(0, MAX_INVITED_PEERS);
  }
}

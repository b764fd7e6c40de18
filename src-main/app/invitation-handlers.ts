/** Requests about invitations: what one says, and those that were given out here. */
import { toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import {
  decodeInvitation,
  INVITATION_FILE_EXTENSION,
  networkIdOf,
  wordsOf,
} from '../networks/shared/invitation.ts';
import type { MembershipDesk } from '../networks/shared/desk-types.ts';
import type { AppBackend } from './backend.ts';
import type { InvitationList, InvitationView } from './contract/joining.ts';
import type { Handlers } from './dispatch.ts';
import type { OpenNetworkHolder } from './open-network.ts';

export interface InvitationDependencies {
  readonly backend: AppBackend;
  readonly crypto: Crypto;
  readonly open: OpenNetworkHolder;
}

type InvitationHandlers = Pick<
  Handlers,
  'readInvitation' | 'createInvitation' | 'listInvitations' | 'revokeInvitation'
>;

export function invitationHandlers({ backend, crypto, open }: InvitationDependencies): InvitationHandlers {
  return {
    readInvitation: ({ invitation }) => read(invitation),
    createInvitation: ({ ticket, lifetimeBlocks, note }) => {
      const given = open.desk().invite({ ticket, lifetimeBlocks, note });
      const { words, addressHints, ...fields } = given;
      const name = open.get()?.name ?? '';
      return {
        ...fields,
        words: [...words],
        addressHints: [...addressHints],
        suggestedFileName: fileNameOf(name),
      };
    },
    listInvitations: () => listOf(open.desk()),
    revokeInvitation: ({ id }) => {
      open.desk().revoke(id);
      return listOf(open.desk());
    },
  };

  async function read(text: string): Promise<InvitationView> {
    const invitation = decodeInvitation(text, crypto);
    const { chainId, networkName, transport, peers, checkpoint, ticket } = invitation;
    const networkId = networkIdOf(invitation);
    const known = await backend.listNetworks();
    return {
      networkId,
      networkName,
      words: [...wordsOf(chainId, crypto)],
      transport,
      peers: peers.map(({ publicKey, addressHints }) => {
        return { publicKey: toText(publicKey), addressHints: [...addressHints] };
      }),
      checkpointHeight: checkpoint.height,
      ticket: ticket === null ? null : { kind: ticket.kind, expiryHeight: ticket.expiryHeight },
      isKnown: known.some(({ id }) => id === networkId),
    };
  }

  function listOf(desk: MembershipDesk): InvitationList {
    const invitations = desk.invitations().map(({ uses, ...issued }) => {
      return { ...issued, usedBy: uses.map(({ publicKey }) => publicKey) };
    });
    return { invitations, height: open.node().snapshot().height };
  }
}

function fileNameOf(networkName: string): string {
  const plain = networkName.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');
  return `${plain === '' ? 'network' : plain}${INVITATION_FILE_EXTENSION}`;
}

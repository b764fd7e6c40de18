/**
 * The invitations that this node gave out and what became of their tickets: a file in the network's folder. What it
 * says is on disk before anybody is told, so that a one-time ticket is used once, whatever ends the process.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { toText } from '../../core/bytes.ts';
import type { Signer } from '../../core/crypto.ts';
import { ticketSigningBytes } from '../../core/signing.ts';
import type { Hash, Height, PeerText, Ticket } from '../../core/types.ts';
import type { Random } from '../../node/ports.ts';
import { NetworkError } from '../errors.ts';
import { jsonFile } from '../json-file.ts';
import { Key } from '../node-config.ts';
import type { InvitationState } from './desk-types.ts';

const MAX_INVITATIONS = 128;
/** A network has 128 members at most, and a key that left may come back. */
const MAX_USES = 256;
const TICKET_ID_BYTES = 16;
const exact = { additionalProperties: false };

const Issued = Type.Object(
  {
    /** Base64url of the ticket's id. */
    id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
    kind: Type.Enum(['one-time', 'reusable']),
    expiryHeight: Type.Integer({ minimum: 1 }),
    note: Type.String({ maxLength: 64 }),
    createdAtMs: Type.Integer({ minimum: 0 }),
    revoked: Type.Boolean(),
    /** Who showed it first; `isMember`: it has become a member since, and the ticket is of no more use to it. */
    uses: Type.Array(Type.Object({ publicKey: Key, isMember: Type.Boolean() }, exact), {
      maxItems: MAX_USES,
    }),
  },
  exact,
);
type Issued = Static<typeof Issued>;

const file = jsonFile(
  Type.Object(
    { version: Type.Literal(1), invitations: Type.Array(Issued, { maxItems: MAX_INVITATIONS }) },
    exact,
  ),
);

/**
 * For a list that comes from a backup: it knows nothing of what was used or revoked since, so none of its tickets
 * counts any more. One that cannot be read stays as it is, and opens no node.
 */
export function revokeAll(path: string): void {
  let stored;
  try {
    stored = file.read(path);
  } catch (error) {
    if (error instanceof NetworkError) return;
    throw error;
  }
  if (stored === undefined) return;
  const invitations = stored.invitations.map((issued) => ({ ...issued, revoked: true }));
  file.write(path, { ...stored, invitations });
}

/** What a ticket is worth to who shows it. */
export type TicketWorth = 'valid' | 'used' | 'expired' | 'revoked' | 'not-mine';

export interface InvitationBookOptions {
  readonly path: string;
  readonly chainId: Hash;
}

export class InvitationBook {
  readonly #options: InvitationBookOptions;
  readonly #signer: Signer;
  readonly #random: Random;
  #invitations: readonly Issued[];

  /** @throws NetworkError `folder-corrupt` */
  constructor(options: InvitationBookOptions, dependencies: { signer: Signer; random: Random }) {
    this.#options = options;
    this.#signer = dependencies.signer;
    this.#random = dependencies.random;
    this.#invitations = file.read(options.path)?.invitations ?? [];
  }

  /** Newest first. */
  all(): readonly Issued[] {
    return [...this.#invitations].reverse();
  }

  stateOf({ kind, expiryHeight, revoked, uses }: Issued, tip: Height): InvitationState {
    if (revoked) return 'revoked';
    if (kind === 'one-time' && uses.length > 0) return 'used';
    return tip >= expiryHeight ? 'expired' : 'valid';
  }

  /** @throws NetworkError `too-many-invitations` */
  issue(kind: Ticket['kind'], expiryHeight: Height, tip: Height, note: string): Ticket {
    const id = this.#random.bytes(TICKET_ID_BYTES);
    const unsigned = { id, kind, expiryHeight, issuer: this.#signer.publicKey };
    const signature = this.#signer.sign(ticketSigningBytes(this.#options.chainId, unsigned));
    const issued: Issued = {
      ...{ id: toText(id), kind, expiryHeight, note },
      ...{ createdAtMs: Date.now(), revoked: false, uses: [] },
    };
    // The oldest that are of no use any more make room.
    let kept = [...this.#invitations];
    while (kept.length >= MAX_INVITATIONS) {
      const over = kept.findIndex((one) => this.stateOf(one, tip) !== 'valid');
      if (over < 0)
        throw new NetworkError('too-many-invitations', 'too many invitations are valid: revoke some');
      kept = kept.filter((_, index) => index !== over);
    }
    this.#save([...kept, issued]);
    return { ...unsigned, signature };
  }

  /** @throws NetworkError `not-found` */
  revoke(id: string): void {
    if (!this.#invitations.some((issued) => issued.id === id))
      throw new NetworkError('not-found', 'there is no such invitation');
    this.#save(this.#invitations.map((issued) => (issued.id === id ? { ...issued, revoked: true } : issued)));
  }

  /** Whose signature was checked before. Says what it is worth, and has noted durably who uses it. */
  redeem(ticket: Ticket, publicKey: PeerText, tip: Height): TicketWorth {
    const issued = this.#invitations.find(({ id }) => id === toText(ticket.id));
    if (issued === undefined || toText(ticket.issuer) !== toText(this.#signer.publicKey)) return 'not-mine';
    const { revoked, expiryHeight, uses, kind } = issued;
    if (revoked) return 'revoked';
    const use = uses.find((one) => one.publicKey === publicKey);
    // A request that was begun goes on, also beyond the height and after a crash of either side.
    if (use !== undefined) return use.isMember ? 'used' : 'valid';
    if (tip >= expiryHeight) return 'expired';
    if (uses.length >= (kind === 'one-time' ? 1 : MAX_USES)) return 'used';
    this.#replace(issued, [...uses, { publicKey, isMember: false }]);
    return 'valid';
  }

  /** Who has become a member does not come back with the same ticket. */
  becameMember(publicKey: PeerText): void {
    for (const issued of this.#invitations) {
      if (!issued.uses.some((use) => use.publicKey === publicKey && !use.isMember)) continue;
      const uses = issued.uses.map((use) =>
        use.publicKey === publicKey ? { publicKey, isMember: true } : use,
      );
      this.#replace(issued, uses);
    }
  }

  #replace(issued: Issued, uses: Issued['uses']): void {
    this.#save(this.#invitations.map((one) => (one.id === issued.id ? { ...one, uses } : one)));
  }

  #save(invitations: readonly Issued[]): void {
    file.write(this.#options.path, { version: 1, invitations: [...invitations] });
    this.#invitations = invitations;
  }
}

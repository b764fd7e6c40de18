/** Who is let in, and what they hear: the desk of an owner over a node that only listens. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toText } from '../../../../src-main/core/bytes.ts';
import type { JoinObstacle, PublishEffect } from '../../../../src-main/core/effects.ts';
import type { Admission } from '../../../../src-main/core/messages.ts';
import type { Command, Join, Ticket } from '../../../../src-main/core/types.ts';
import { Desk } from '../../../../src-main/networks/shared/desk.ts';
import { InvitationBook } from '../../../../src-main/networks/shared/invitation-book.ts';
import { decodeInvitation } from '../../../../src-main/networks/shared/invitation.ts';
import { sharedManifestFile } from '../../../../src-main/networks/shared/manifest.ts';
import { systemRandom } from '../../../../src-main/networks/system.ts';
import type { NodeFacade } from '../../../../src-main/node/facade.ts';
import { ManualClock } from '../../app/manual-clock.ts';
import { crypto, joinOf, keyOf, ticketOf } from '../../core/builders.ts';
import { CHAIN_ID } from './fixture.ts';

const founder = keyOf(0);
const ben = keyOf(1);
const GENESIS = new Uint8Array([7, 7, 7]);
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-desk-'));
  sharedManifestFile.write(path.join(folder, 'shared-network.json'), {
    ...{ version: 1, kind: 'shared', id: toText(CHAIN_ID), name: 'Class', createdAtMs: 0 },
    ...{ displayName: 'Anna', profile: 'lan', admission: 'ask', paused: false, raises: true },
    joining: null,
  });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

type Member = { publicKey: string; isSelf: boolean; stake: number; link: null };
const SELF: Member = { publicKey: founder.text, isSelf: true, stake: 10, link: null };

class Reception {
  readonly answers: { readonly admission: Admission; readonly admit: Join | null }[] = [];
  readonly logged: string[] = [];
  readonly submitted: Command[] = [];
  /** Its name, as the chain has it. */
  said: string | null;
  readonly clock = new ManualClock();
  members: readonly Member[];
  readonly desk: Desk;
  #listener: (event: PublishEffect) => void = () => undefined;

  constructor(said: string | null = 'Anna', members: readonly Member[] = [SELF]) {
    this.said = said;
    this.members = members;
    const node = {
      publicKey: founder.text,
      chainId: toText(CHAIN_ID),
      genesis: { name: 'Class' },
      reader: {
        genesisBytes: () => GENESIS,
        value: () => (this.said === null ? undefined : { value: this.said }),
      },
      waiting: () => [],
      submit: (commands: readonly Command[]) => {
        this.submitted.push(...commands);
        return Promise.resolve({ ident: 'x' });
      },
      snapshot: () => ({ height: 40, tipHash: toText(CHAIN_ID), members: this.members }),
      subscribe: (listener: (event: PublishEffect) => void) => {
        this.#listener = listener;
        return () => undefined;
      },
      answerJoin: (_: string, admission: Admission, admit: Join | null) =>
        void this.answers.push({ admission, admit }),
    } as unknown as NodeFacade;
    const options = { path: path.join(folder, 'invitations.json'), chainId: CHAIN_ID };
    const book = new InvitationBook(options, { signer: founder.signer, random: systemRandom });
    const logger = { log: (_: unknown, message: string) => void this.logged.push(message) };
    this.desk = new Desk(
      { manifest: path.join(folder, 'shared-network.json') },
      { node, crypto, clock: this.clock, logger, book, addressHintsOf: () => ['192.0.2.1:17470'] },
    );
  }

  ask(ticket: Ticket | null = null, obstacle: JoinObstacle | null = null, key = ben): string {
    const join = joinOf(CHAIN_ID, key);
    const application = { displayName: ' Ben\n', ticket, wantsGenesis: true };
    this.#listener({ type: 'joinRequested', publicKey: key.text, join, application, obstacle });
    return this.last;
  }

  becomes(publicKey: string): void {
    this.members = [...this.members, { publicKey, isSelf: false, stake: 0, link: null }];
    this.#listener({ type: 'membersChanged' });
  }

  get last(): string {
    const { admission, admit } = this.answers.at(-1)!;
    return `${admission.decision} ${admission.reason}${admit === null ? '' : ' sponsored'}`;
  }

  ticket(kind: Ticket['kind'] = 'one-time'): Ticket {
    const { link } = this.desk.invite({ ticket: kind, lifetimeBlocks: 10, note: '' });
    return decodeInvitation(link, crypto).ticket!;
  }
}

describe('who asks', () => {
  test('waits for the owner, and hears the genesis meanwhile', () => {
    const reception = new Reception();
    expect(reception.ask()).toBe('waiting owner');
    expect(reception.answers[0]!.admission).toMatchObject({ height: 40, raises: true, genesis: GENESIS });
    expect(reception.desk.requests()).toMatchObject([
      { publicKey: ben.text, displayName: 'Ben', state: 'waiting', reason: 'owner', hasTicket: false },
    ]);
  });

  test('is let in, or refused, at once when the owner says so, and from then on', () => {
    const reception = new Reception();
    reception.ask();
    reception.desk.decide(ben.text, true);
    expect(reception.last).toBe('accepted none sponsored');
    expect(reception.ask()).toBe('accepted none sponsored');
    reception.desk.decide(ben.text, false);
    expect(reception.ask(reception.ticket())).toBe('refused refused-by-owner');
    expect(reception.desk.requests()).toMatchObject([{ state: 'refused' }]);
  });

  test('is let in without a word where the owner wants that, and by nobody while it is paused', () => {
    const reception = new Reception();
    reception.desk.set({ admission: 'automatic' });
    expect(reception.ask()).toBe('accepted none sponsored');
    reception.desk.set({ paused: true });
    expect(reception.ask()).toBe('waiting paused');
    expect(reception.ask(reception.ticket())).toBe('waiting paused');
    // What the owner chose is on disk.
    expect(new Reception().desk.settings()).toEqual({ admission: 'automatic', paused: true });
  });

  test.each(['members-full', 'sponsor-limit', 'join-expired'] as const)(
    'waits where the ledger would refuse it: %s',
    (obstacle) => {
      const reception = new Reception();
      const ticket = reception.ticket();
      expect(reception.ask(ticket, obstacle)).toBe(`waiting ${obstacle}`);
      expect(reception.ask(ticket)).toBe('accepted none sponsored');
    },
  );

  test('hears that this node may bring in nobody, and that it is a member', () => {
    const reception = new Reception();
    expect(reception.ask(null, 'no-stake')).toBe('waiting no-stake');
    expect(reception.ask(null, 'is-member')).toBe('member none');
    expect(reception.desk.requests()).toEqual([]);
  });

  test('is gone when it asks no more, and cannot be decided about', () => {
    const reception = new Reception();
    reception.ask();
    reception.clock.advance(29_000);
    expect(reception.desk.requests()).toHaveLength(1);
    reception.clock.advance(2_000);
    expect(() => reception.desk.decide(ben.text, true)).toThrow(
      expect.objectContaining({ code: 'not-found' }) as Error,
    );
    expect(reception.desk.requests()).toEqual([]);
  });

  test('is asked about again by a node that has started again', () => {
    const before = new Reception();
    before.ask(null, 'sponsor-limit');
    before.desk.decide(ben.text, true);
    expect(new Reception().ask(null, 'sponsor-limit')).toBe('waiting owner');
  });

  test('is asked about again when it has left', () => {
    const reception = new Reception();
    reception.ask();
    reception.desk.decide(ben.text, true);
    reception.becomes(ben.text);
    reception.members = reception.members.slice(0, 1);
    expect(reception.ask()).toBe('waiting owner');
  });
});

describe('with a ticket', () => {
  test('the first is let in, the next one hears that it is used', () => {
    const reception = new Reception();
    const ticket = reception.ticket();
    expect(reception.ask(ticket)).toBe('accepted none sponsored');
    expect(reception.ask(ticket, null, keyOf(2))).toBe('refused ticket-used');
  });

  test('that was used before it became a member, it does not come back', () => {
    const reception = new Reception();
    const ticket = reception.ticket('reusable');
    reception.ask(ticket);
    reception.becomes(ben.text);
    reception.members = reception.members.slice(0, 1);
    expect(reception.ask(ticket)).toBe('refused ticket-used');
  });

  test('is noted as a member also when it became one while this node did not run', () => {
    const before = new Reception();
    const ticket = before.ticket('reusable');
    before.ask(ticket);
    const members = [...before.members, { publicKey: ben.text, isSelf: false, stake: 0, link: null }];
    expect(new Reception('Anna', members).desk.invitations()).toMatchObject([
      { uses: [{ publicKey: ben.text, isMember: true }] },
    ]);
    expect(new Reception().ask(ticket)).toBe('refused ticket-used');
  });

  test('that was revoked, or given out by somebody else, it is not let in', () => {
    const reception = new Reception();
    const ticket = reception.ticket();
    reception.desk.revoke(toText(ticket.id));
    expect(reception.ask(ticket)).toBe('refused ticket-revoked');
    expect(reception.ask(ticketOf(CHAIN_ID, keyOf(5)))).toBe('waiting owner');
  });

  test('whose use cannot be written down, nobody is let in', () => {
    const reception = new Reception();
    const ticket = reception.ticket();
    fs.rmSync(folder, { recursive: true });
    reception.desk.requests();
    expect(() => reception.ask(ticket)).toThrow();
    expect(reception.answers).toEqual([]);
    expect(reception.logged).toEqual(['a join request could not be handled']);
    fs.mkdirSync(folder);
  });
});

test('who has no stake invites nobody', () => {
  const reception = new Reception();
  reception.members = [{ ...SELF, stake: 0 }];
  expect(() => reception.ticket()).toThrow(expect.objectContaining({ code: 'no-stake' }) as Error);
});

test('an invitation names the own node and its address, and the newest block', () => {
  const { desk } = new Reception();
  const given = desk.invite({ ticket: 'none', lifetimeBlocks: 1, note: '' });
  const invitation = decodeInvitation(given.link, crypto);
  expect(invitation).toMatchObject({ networkName: 'Class', ticket: null, checkpoint: { height: 40 } });
  expect(invitation.peers.map(({ publicKey, addressHints }) => [toText(publicKey), addressHints])).toEqual([
    [founder.text, ['192.0.2.1:17470']],
  ]);
  expect(given).toMatchObject({ id: null, expiryHeight: null, addressHints: ['192.0.2.1:17470'] });
});

describe('the own name', () => {
  const named = (d: string) => ({ kind: 'data', ns: 'diva:name:member', d });

  test('is said once this node is a member, and again when it is another one', () => {
    const reception = new Reception(null);
    expect(reception.submitted).toEqual([named('Anna')]);
    reception.said = 'Anna';
    reception.becomes(ben.text);
    expect(reception.submitted).toHaveLength(1);
    reception.desk.setDisplayName('Anna Maria');
    expect(reception.submitted).toEqual([named('Anna'), named('Anna Maria')]);
    expect(new Reception().desk.displayName()).toBe('Anna Maria');
  });

  test('is not said by who is no member', () => {
    const reception = new Reception();
    reception.members = [];
    reception.desk.setDisplayName('Eve');
    expect(reception.submitted).toEqual([]);
  });
});

test('a vote about a member joins the open one, or begins its own', async () => {
  const reception = new Reception();
  reception.becomes(ben.text);
  await reception.desk.voteStake(ben.text, -2, 'lower-1');
  await reception.desk.voteStake(ben.text, -2);
  await reception.desk.removeMember(ben.text);
  const { publicKey } = ben;
  expect(reception.submitted).toEqual([
    { kind: 'modifyStake', publicKey, delta: -2, ident: 'lower-1' },
    { kind: 'modifyStake', publicKey, delta: -2, ident: `lower-${ben.text.slice(0, 12)}-40` },
    { kind: 'removePeer', publicKey },
  ]);
  await expect(reception.desk.voteStake(keyOf(9).text, 1)).rejects.toMatchObject({ code: 'not-found' });
});

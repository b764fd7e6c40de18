import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toText } from '../../../../src-main/core/bytes.ts';
import { verifyTicket } from '../../../../src-main/core/signing.ts';
import { InvitationBook } from '../../../../src-main/networks/shared/invitation-book.ts';
import { systemRandom } from '../../../../src-main/networks/system.ts';
import { crypto, keyOf, ticketOf } from '../../core/builders.ts';
import { CHAIN_ID } from './fixture.ts';

const founder = keyOf(0);
const ANNA = keyOf(1).text;
const BEN = keyOf(2).text;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'diva-book-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Also what another process finds after this one was killed: nothing but the file counts. */
function open(): InvitationBook {
  const dependencies = { signer: founder.signer, random: systemRandom };
  return new InvitationBook({ path: path.join(folder, 'invitations.json'), chainId: CHAIN_ID }, dependencies);
}

describe('a one-time ticket', () => {
  test('is signed by its issuer, and worth something to the first who shows it', () => {
    const ticket = open().issue('one-time', 100, 1, 'Anna');
    expect(verifyTicket(crypto, CHAIN_ID, ticket)).toBe(true);
    expect(open().redeem(ticket, ANNA, 50)).toBe('valid');
    expect(open().redeem(ticket, BEN, 50)).toBe('used');
  });

  test('goes on being worth something to who showed it, until that has become a member', () => {
    const ticket = open().issue('one-time', 100, 1, '');
    open().redeem(ticket, ANNA, 50);
    expect(open().redeem(ticket, ANNA, 200)).toBe('valid');
    open().becameMember(ANNA);
    expect(open().redeem(ticket, ANNA, 51)).toBe('used');
    expect(open().all()[0]).toMatchObject({ note: '', uses: [{ publicKey: ANNA, isMember: true }] });
  });
});

describe('a reusable ticket', () => {
  test('lets in one after the other, and each of them once', () => {
    const ticket = open().issue('reusable', 100, 1, 'class');
    for (const key of [ANNA, BEN]) expect(open().redeem(ticket, key, 50)).toBe('valid');
    open().becameMember(ANNA);
    expect(open().redeem(ticket, ANNA, 60)).toBe('used');
    expect(open().redeem(ticket, BEN, 60)).toBe('valid');
  });
});

describe('a ticket', () => {
  test('ends with the height that it names', () => {
    const ticket = open().issue('reusable', 100, 1, '');
    expect(open().redeem(ticket, ANNA, 99)).toBe('valid');
    expect(open().redeem(ticket, BEN, 100)).toBe('expired');
    const [issued] = open().all();
    expect([99, 100].map((tip) => open().stateOf(issued!, tip))).toEqual(['valid', 'expired']);
  });

  test('is worth nothing once it was revoked, also to who was about to use it', () => {
    const ticket = open().issue('reusable', 100, 1, '');
    open().redeem(ticket, ANNA, 50);
    open().revoke(toText(ticket.id));
    expect(open().redeem(ticket, ANNA, 50)).toBe('revoked');
    expect(() => open().revoke('nobody')).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  });

  test('of another member, or of a list that was lost, is not for this node to honour', () => {
    expect(open().redeem(ticketOf(CHAIN_ID, keyOf(3)), ANNA, 1)).toBe('not-mine');
    expect(open().redeem(ticketOf(CHAIN_ID, founder), ANNA, 1)).toBe('not-mine');
  });
});

test('the list is bounded: what is of no use any more makes room, what is valid does not', () => {
  const book = open();
  const first = book.issue('one-time', 100, 1, 'first');
  for (let index = 1; index < 128; index++) book.issue('one-time', 100, 1, String(index));
  const full = expect.objectContaining({ code: 'too-many-invitations' }) as Error;
  expect(() => book.issue('one-time', 100, 1, 'more')).toThrow(full);
  book.revoke(toText(first.id));
  book.issue('one-time', 100, 1, 'more');
  expect(book.all().map(({ note }) => note)).toHaveLength(128);
  expect(book.all().at(-1)?.note).toBe('1');
});

test('a list that cannot be read is left as it is', () => {
  fs.writeFileSync(path.join(folder, 'invitations.json'), '{"version":1}');
  expect(open).toThrow(expect.objectContaining({ code: 'folder-corrupt' }) as Error);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromText, toText } from '../../../../src-main/core/bytes.ts';
import {
  decodeInvitation,
  encodeInvitation,
  MAX_INVITATION_CHARACTERS,
  wordsOf,
} from '../../../../src-main/networks/shared/invitation.ts';
import type { Invitation } from '../../../../src-main/networks/shared/invitation.ts';
import { crypto, hashOf, keyOf, ticketOf } from '../../core/builders.ts';
import { CHAIN_ID, invitationOf } from './fixture.ts';

const PREFIX = 'diva://join/1/';
const encode = (invitation: Invitation) => encodeInvitation(invitation, crypto);
const decode = (text: string) => decodeInvitation(text, crypto);
const refused = (code: string) => expect.objectContaining({ name: 'NetworkError', code }) as Error;

/** The bytes of a link, changed, with a checksum that fits again: somebody who knows the format. */
function rewritten(link: string, change: (body: Uint8Array) => Uint8Array): string {
  const bytes = fromText(link.slice(PREFIX.length))!;
  const body = change(bytes.slice(0, -4));
  return PREFIX + toText(concatBytes(body, crypto.hash(body).subarray(0, 4)));
}

describe('an invitation', () => {
  test.each([
    ['with a one-time ticket', {}],
    ['with a reusable ticket', { ticket: ticketOf(CHAIN_ID, keyOf(0), { kind: 'reusable' }) }],
    ['without a ticket', { ticket: null }],
    ['to I2P, from a member whose address is unknown', invitationOf({ transport: 'i2p' })],
  ] as const)('%s comes back whole', (_, changes) => {
    const invitation = invitationOf(changes);
    expect(decode(encode(invitation))).toEqual(invitation);
  });

  test('is a link of a few hundred characters', () => {
    const link = encode(invitationOf());
    expect(link).toMatch(/^diva:\/\/join\/1\/[A-Za-z0-9_-]+$/);
    expect(link.length).toBeLessThan(700);
  });

  test('survives the line breaks and blanks that a mail puts into it', () => {
    const link = encode(invitationOf());
    const wrapped = ` ${link.replaceAll(/(.{60})/g, '$1\r\n  ')}\n`;
    expect(decode(wrapped)).toEqual(invitationOf());
  });

  test('is refused at whatever character it was cut off', () => {
    const link = encode(invitationOf({ ticket: null }));
    for (let length = 0; length < link.length; length++)
      expect(() => decode(link.slice(0, length)), String(length)).toThrow(refused('invitation-malformed'));
  });

  test('is refused with any character changed', () => {
    const link = encode(invitationOf());
    fc.assert(
      fc.property(fc.integer({ min: PREFIX.length, max: link.length - 1 }), (at) => {
        const changed = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
        expect(() => decode(changed)).toThrow(refused('invitation-malformed'));
      }),
    );
  });

  test.each(['', 'diva://join/1/', 'https://example.org', 'x'.repeat(MAX_INVITATION_CHARACTERS + 1)])(
    'is not what somebody else wrote: %.20s',
    (text) => expect(() => decode(text)).toThrow(refused('invitation-malformed')),
  );

  test('is refused when it names nobody, or a height that no block has', () => {
    expect(() => decode(encode(invitationOf({ peers: [] })))).toThrow(refused('invitation-malformed'));
    const checkpoint = { height: 0, hash: hashOf(1) };
    expect(() => decode(encode(invitationOf({ checkpoint })))).toThrow(refused('invitation-malformed'));
  });

  test('is refused with left-over bytes', () => {
    const longer = rewritten(encode(invitationOf()), (body) => concatBytes(body, new Uint8Array(1)));
    expect(() => decode(longer)).toThrow(refused('invitation-malformed'));
  });

  test('says which version made it when that was another one', () => {
    const link = encode(invitationOf()).replace('/1/', '/2/');
    expect(() => decode(link)).toThrow(refused('invitation-version'));
    expect(() => decode(link)).toThrow(
      expect.objectContaining({ params: { found: 2, supported: 1 } }) as Error,
    );
  });

  test.each([
    ['lives longer', { expiryHeight: 9999 }],
    ['is of another issuer', { issuer: keyOf(1).publicKey }],
    ['may be used again', { kind: 'reusable' as const }],
    ['is another one', { id: new Uint8Array(16).fill(6) }],
  ])('is forged when its ticket %s than its issuer signed', (_, change) => {
    const ticket = { ...ticketOf(CHAIN_ID, keyOf(0)), ...change };
    expect(() => decode(encode(invitationOf({ ticket })))).toThrow(refused('invitation-forged'));
  });

  test('is forged when its ticket belongs to another network', () => {
    const invitation = invitationOf({ chainId: hashOf(8) });
    expect(() => decode(encode(invitation))).toThrow(refused('invitation-forged'));
  });

  test('is forged when no session can be had with a peer', () => {
    const nobody = { publicKey: new Uint8Array(32), addressHints: [] };
    expect(() => decode(encode(invitationOf({ peers: [nobody] })))).toThrow(refused('invitation-forged'));
  });
});

describe('the six words', () => {
  test('are those of the chain id, and of nothing else', () => {
    const words = wordsOf(CHAIN_ID, crypto);
    expect(words).toHaveLength(6);
    expect(words.every((word) => /^[a-z]{3,8}$/.test(word))).toBe(true);
    expect(wordsOf(CHAIN_ID, crypto)).toEqual(words);
    expect(wordsOf(hashOf(8), crypto)).not.toEqual(words);
  });

  test('never change: people have written them down', () => {
    expect(wordsOf(CHAIN_ID, crypto).join(' ')).toMatchInlineSnapshot(
      `"good jaguar bone sentence present arrest"`,
    );
  });
});

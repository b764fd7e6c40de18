import { expect, it } from 'vitest';
import { membershipHandlers } from '../../../src-main/app/membership-handlers.ts';
import type { MembershipDependencies } from '../../../src-main/app/membership-handlers.ts';
import { toText } from '../../../src-main/core/bytes.ts';

it('the roster is a table that a spreadsheet opens, whatever members call themselves', async () => {
  const names = ['Anna', 'Ben "B", jun.', '=HYPERLINK("x")'];
  const members = names.map((_, index) => {
    const publicKey = toText(new Uint8Array(32).fill(index + 100));
    return {
      publicKey,
      stake: index === 2 ? 0 : 10,
      isSelf: index === 0,
      link: null,
      lastSaid: null,
      tipHeight: null,
    };
  });
  const snapshot = () => ({ members, votes: [], height: 5, membership: 'member', rejections: {}, nowMs: 0 });
  const value = (key: string) => {
    const index = members.findIndex(({ publicKey }) => key.endsWith(publicKey));
    return { value: names[index] };
  };
  const node = { publicKey: members[0]!.publicKey, reader: { value }, waiting: () => [], snapshot };
  const dependencies = {
    open: {
      get: () => ({ name: 'Seminar I/II', nodes: () => [], own: () => null, kind: 'shared' }),
      node: () => node,
    },
  } as unknown as MembershipDependencies;
  const { csv, suggestedFileName } = await membershipHandlers(dependencies).getRoster({});
  expect(suggestedFileName).toBe('Seminar-I-II-members.csv');
  const rows = csv.split('\r\n');
  expect(rows[0]).toBe('name,public key,fingerprint,role,stake,connected');
  expect(rows[1]).toMatch(/^Anna,[A-Za-z0-9_-]{43},[0-9a-f ]{39},full,10,yes$/);
  expect(rows[2]).toMatch(/^"Ben ""B"", jun\.",/);
  expect(rows[3]).toMatch(/^"'=HYPERLINK\(""x""\)",.*,observer,0,no$/);
  expect(rows[4]).toBe('');
});

import { expect, it } from 'vitest';
import { rosterCsv } from '../../../src-renderer/composables/rosterCsv.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample } from './fixtures/sample.ts';

const COLUMNS = ['Name', 'Fingerprint', 'Key', 'Role', 'Stake'] as const;
const member = new Sample({ nodeCount: 4, away: [], height: 9 }, text32).member(0);
const nameCells = (...names: string[]): string[] =>
  rosterCsv(
    COLUMNS,
    names.map((name) => ({ ...member, name })),
    ({ role }) => role,
  )
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.slice(0, line.indexOf(`,"${member.fingerprint}"`)));

it('is a table with a line per member', () => {
  const text = rosterCsv(COLUMNS, [member], ({ role }) => role);
  expect(text).toBe(
    '\uFEFF"Name","Fingerprint","Key","Role","Stake"\r\n' +
      `"Anna","${member.fingerprint}","${member.publicKey}","full","1"\r\n`,
  );
});

it('takes no name for a formula, and lets none end its cell', () => {
  expect(nameCells('=HYPERLINK("x")', '+1', '-1', '@SUM(1)', 'a "b", c', 'Zoë =')).toEqual([
    `"'=HYPERLINK(""x"")"`,
    `"'+1"`,
    `"'-1"`,
    `"'@SUM(1)"`,
    '"a ""b"", c"',
    '"Zoë ="',
  ]);
});

/** In a network whose members give newcomers no stake by themselves, one of them proposes it by hand. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Foreground, runCli } from '../integration/headless/run-cli.ts';
import { HOSTS, killHosts, startHost } from './hosts.ts';
import { headline, LONG, members, waitForText } from './window.ts';

afterEach(killHosts);

it('an observer becomes a full member by a vote that is proposed in the window', async () => {
  const { page, dataDir, complaints, stop } = await startHost(HOSTS[0]!);
  await page.getByTestId('choose-found').click(LONG);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Name of the network').fill('Reading circle');
  await page.getByLabel('New members vote as well').uncheck({ force: true });
  await page.getByTestId('found-network').click();
  await headline(page).waitFor(LONG);

  const invited = await runCli('invite', '--json', '--data-dir', dataDir);
  const folder = mkdtempSync(path.join(tmpdir(), 'diva-e2e-'));
  const joiner = new Foreground('join', String(invited.json()['link']), '--as', 'Ben', '--data-dir', folder);
  await joiner.line(({ event }) => event === 'ready');
  const ben = members(page).filter({ hasText: 'Ben' });
  await waitForText(ben, 'observer');

  await ben.getByTestId('member-menu').click();
  await page.getByRole('menuitem', { name: 'Propose to raise its stake' }).click();
  const question = page.getByRole('alertdialog');
  await waitForText(question, 'It would vote with 16% of the stake');
  await question.getByRole('button', { name: 'Propose it' }).click();
  await waitForText(ben, /full member\s*16% of the stake/);
  await ben.getByTestId('member-menu').click();
  await page.getByRole('menuitem', { name: 'Show details' }).waitFor(LONG);
  expect(await page.getByRole('menuitem', { name: 'Propose to raise its stake' }).count()).toBe(0);
  expect(await complaints()).toEqual([]);
  await stop();
  expect(await joiner.end('SIGTERM')).toBe(0);
});

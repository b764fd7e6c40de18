/** A local network grows and shrinks while it runs; removed things are moved away, never deleted. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTS, killHosts, startHost } from './hosts.ts';
import { isServed, localNodes } from './nodes.ts';
import {
  committedHeight,
  createNetwork,
  goTo,
  headline,
  LONG,
  members,
  otherNode,
  publishRecord,
  waitForText,
} from './window.ts';

afterEach(killHosts);

describe.each(HOSTS)('members in the %s host', (name) => {
  it('are added with stake, and removed into a backup', async () => {
    const host = await startHost(name);
    const { page, dataDir } = host;
    await createNetwork(page, 4);
    await page.getByTestId('add-node').click();
    await members(page).nth(4).waitFor(LONG);
    await waitForText(members(page).nth(4), /full member/);
    await waitForText(page.getByTestId('margin-detail'), 'Your node agrees with 4 of 4 peers.');
    await waitForText(headline(page), '1 more may disappear');
    await committedHeight(await publishRecord(page, 'diva:test:five', 'five'));

    await goTo(page, 'peers');
    const removed = localNodes(dataDir)[4]!;
    await otherNode(page, 3).getByTestId('member-menu').click();
    await page.getByRole('menuitem', { name: 'Remove from the network' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove it' }).click();
    await members(page)
      .nth(4)
      .waitFor({ state: 'detached', ...LONG });
    await waitForText(page.getByTestId('margin-detail'), 'Your node agrees with 3 of 3 peers.');
    await committedHeight(await publishRecord(page, 'diva:test:four', 'four'));
    expect(await isServed(removed)).toBe(false);
    const backups = readdirSync(path.join(dataDir, 'backups')).filter((entry) => entry !== 'rolling');
    expect(backups).toHaveLength(1);
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });

  it('go with their network, which is closed first and confirmed by its name', async () => {
    const host = await startHost(name);
    const { page, dataDir } = host;
    await createNetwork(page, 1);
    await goTo(page, 'start');
    await page.getByRole('button', { name: /^Close/ }).click();
    await page.getByRole('button', { name: /^Open/ }).waitFor(LONG);
    await goTo(page, 'settings');
    await page.getByRole('button', { name: 'Remove Lab' }).click();
    const dialog = page.getByRole('alertdialog');
    const confirm = dialog.getByRole('button', { name: 'Move it into a backup' });
    expect(await confirm.isEnabled()).toBe(false);
    await dialog.getByRole('textbox').fill('Lab');
    await confirm.click();
    await page.getByText('The network was moved to:').first().waitFor(LONG);
    expect(readdirSync(path.join(dataDir, 'networks'))).toEqual([]);
    const [backup] = readdirSync(path.join(dataDir, 'backups'));
    expect(existsSync(path.join(dataDir, 'backups', backup!, 'node.sqlite'))).toBe(true);
    await host.stop();
  });
});

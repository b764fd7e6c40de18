/** Keeping what one has: a backup that proves itself, another machine, and a locked key. */
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { HOSTS, killHosts, NO_KEYRING, startHost } from './hosts.ts';
import { goTo, headline, LONG, publishRecord, startCreation, waitForText } from './window.ts';

const KEY_WORDS = 'four words to remember';
const BACKUP_WORDS = 'words for the backup';

async function unlock(page: Page): Promise<void> {
  await page.locator('[data-testid="unlock-passphrase"]:focus').waitFor(LONG);
  await page.keyboard.type(KEY_WORDS);
  await page.keyboard.press('Enter');
}

afterEach(killHosts);

describe.each(HOSTS.filter((name) => name !== 'electron'))('keeping what one has in the %s host', (name) => {
  let dataDir: string;
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'diva-e2e-backup-')), 'my.divabackup');

  it('makes a backup while nodes run, and locks the key', async () => {
    const host = await startHost(name, { env: NO_KEYRING });
    const { page } = host;
    dataDir = host.dataDir;
    await startCreation(page, 1);
    await page.getByTestId('new-passphrase').fill(KEY_WORDS);
    await page.getByTestId('repeat-passphrase').fill(KEY_WORDS);
    await page.getByTestId('create-network').click();
    await headline(page).waitFor(LONG);
    await publishRecord(page, 'test:kept:one', 'kept');
    await page
      .getByRole('link', { name: /In block/ })
      .first()
      .waitFor(LONG);

    await goTo(page, 'settings');
    await waitForText(page.getByTestId('last-backup'), 'There is no backup yet');
    await page.getByTestId('make-backup').click();
    await page.locator('[data-testid="backup-path"]:focus').waitFor(LONG);
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('backup-path').fill('relative');
    await page.getByTestId('new-passphrase').fill(BACKUP_WORDS);
    await page.getByTestId('repeat-passphrase').fill(BACKUP_WORDS);
    await page.getByTestId('backup-submit').click();
    await page.getByText('This is not the whole path of a file').waitFor(LONG);
    await page.getByTestId('backup-path').fill(file);
    await page.getByTestId('backup-submit').click();
    await waitForText(page.getByTestId('backup-done'), 'made and checked');
    await waitForText(page.getByTestId('last-backup'), file);
    await waitForText(page.getByTestId('last-backup'), 'checked by restoring it once');
    expect(await violations(page)).toEqual([]);

    await page.getByTestId('prove-backup').click();
    await page.getByTestId('backup-passphrase').fill(KEY_WORDS);
    await page.getByTestId('prove-submit').click();
    await page.getByText('This passphrase does not open the backup.').waitFor(LONG);
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByTestId('prove-backup').click();
    await page.getByTestId('backup-passphrase').fill(BACKUP_WORDS);
    await page.getByTestId('prove-submit').click();
    await waitForText(page.getByTestId('backup-done'), 'could be restored');

    await page.keyboard.press('ControlOrMeta+Shift+L');
    await waitForText(page.getByRole('heading', { level: 1 }), 'Your key is locked');
    expect(await violations(page)).toEqual([]);
    await unlock(page);
    await headline(page).waitFor(LONG);
    await goTo(page, 'settings');
    await page.getByTestId('lock').click();
    await waitForText(page.getByRole('heading', { level: 1 }), 'Your key is locked');
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });

  it('restores it on another machine from the first screen, after showing what is in it', async () => {
    const host = await startHost(name, { env: NO_KEYRING });
    const { page } = host;
    await page.getByTestId('choose-restore').click(LONG);
    await page.getByTestId('look').click();
    await page.getByText('Say where the file is.').waitFor(LONG);
    await page.locator('[data-testid="backup-path"]:focus[aria-invalid="true"]').waitFor(LONG);
    await page.getByTestId('backup-path').fill(file);
    await page.getByTestId('backup-passphrase').fill('not these words');
    await page.getByTestId('look').click();
    await page.getByText('This passphrase does not open the backup.').first().waitFor(LONG);
    await page.getByTestId('backup-passphrase').fill(BACKUP_WORDS);
    await page.getByTestId('look').click();
    const contents = page.getByTestId('backup-contents');
    await waitForText(contents, 'Node of Ada');
    await waitForText(contents, /Lab.*with 1 node and its chain up to block \d/s);
    await waitForText(page.getByTestId('restore-rules'), 'Does the computer still run');
    expect(await violations(page)).toEqual([]);
    expect(readdirSync(host.dataDir)).not.toContain('identity');
    await page.getByTestId('restore').click();
    await waitForText(page.getByTestId('restored'), 'The backup is restored.');
    await page.locator('[data-testid^="network-"]').getByRole('button', { name: 'Open' }).click(LONG);
    await headline(page).waitFor(LONG);
    // The chain came with it.
    await goTo(page, 'entries');
    await waitForText(page.getByTestId('own-entries'), 'test:kept:one');
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });

  it('replaces a key only after saying so, and keeps it', async () => {
    const host = await startHost(name, { env: NO_KEYRING, dataDir });
    const { page } = host;
    await unlock(page);
    await headline(page).waitFor(LONG);
    await goTo(page, 'start');
    expect(await page.getByTestId('choose-restore').isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Close' }).first().click(LONG);
    await page.getByTestId('choose-restore').click(LONG);
    await page.getByTestId('backup-path').fill(file);
    await page.getByTestId('backup-passphrase').fill(BACKUP_WORDS);
    await page.getByTestId('look').click();
    await waitForText(page.getByTestId('restore-rules'), 'They move into a dated backup');
    await waitForText(page.getByTestId('restore'), 'Yes, move them and restore');
    await page.getByTestId('restore').click();
    await waitForText(page.getByTestId('restored'), 'What was here before is in:');
    const moved = readdirSync(path.join(dataDir, 'backups')).find((each) => each.includes('before-restore'));
    expect(readdirSync(path.join(dataDir, 'backups', moved!)).sort()).toEqual([
      'identity',
      'networks',
      'settings.json',
    ]);
    await host.stop();
  });
});

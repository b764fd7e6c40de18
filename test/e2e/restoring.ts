/** The views of backups, for pictures: one is made in a window with a network, and restored in another window. */
import type { Page } from 'playwright-core';
import { startHost } from './hosts.ts';
import type { Language } from './picture.ts';
import { goTo, LONG } from './window.ts';

type Shoot = (page: Page, view: string) => Promise<void>;

const PASSPHRASE = 'words for the backup';

export async function backUp(page: Page, file: string, shoot: Shoot): Promise<void> {
  await goTo(page, 'settings');
  await page.getByTestId('make-backup').click();
  await page.getByTestId('backup-path').fill(file);
  await page.getByTestId('new-passphrase').fill(PASSPHRASE);
  await page.getByTestId('repeat-passphrase').fill(PASSPHRASE);
  await shoot(page, '22-backup');
  await page.getByTestId('backup-submit').click();
  await page.getByTestId('backup-done').waitFor(LONG);
  await shoot(page, '23-backup-made');
}

export async function restore(language: Language, file: string, shoot: Shoot): Promise<void> {
  const host = await startHost('headless', { language });
  const { page } = host;
  await page.getByTestId('choose-restore').click(LONG);
  await page.getByTestId('backup-path').fill(file);
  await page.getByTestId('backup-passphrase').fill('another passphrase');
  await page.getByTestId('look').click();
  await page.locator('[data-testid="backup-passphrase"][aria-invalid="true"]').waitFor(LONG);
  await shoot(page, '24-restore');
  await page.getByTestId('backup-passphrase').fill(PASSPHRASE);
  await page.getByTestId('look').click();
  await page.getByTestId('backup-contents').waitFor(LONG);
  await shoot(page, '25-restore-contents');
  await page.getByTestId('restore').click();
  await page.getByTestId('restored').waitFor(LONG);
  await shoot(page, '26-restored');
  await host.kill();
}

/** The own key: closed with a passphrase at set-up, opened at the start, never a dead end. */
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { HOSTS, killHosts, NO_KEYRING, startHost, type HostOptions, type RunningHost } from './hosts.ts';
import { createNetwork, goTo, headline, LONG, startCreation, waitForText } from './window.ts';

const WORDS = 'four words to remember';
const OTHER_WORDS = 'other words to remember';

interface StoredKey {
  readonly protection: { readonly kind: string };
  readonly secret: string;
}

function keyFile(dataDir: string): string {
  return path.join(dataDir, 'identity', 'key.json');
}

function storedKey(dataDir: string): StoredKey {
  return JSON.parse(readFileSync(keyFile(dataDir), 'utf8')) as StoredKey;
}

function passphraseFile(content: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'diva-e2e-secret-')), 'passphrase');
  writeFileSync(file, `${content}\n`);
  return file;
}

/** By keyboard: the field has the focus. */
async function unlock(page: Page, passphrase: string): Promise<void> {
  await page.locator('[data-testid="unlock-passphrase"]:focus').waitFor(LONG);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(passphrase);
  await page.keyboard.press('Enter');
}

afterEach(killHosts);

// Real Electron has the keyring that this machine has.
describe.each(HOSTS.filter((name) => name !== 'electron'))(
  'a key with a passphrase in the %s host',
  (name) => {
    let dataDir: string;
    const start = async (options: HostOptions = {}): Promise<RunningHost> => {
      return startHost(name, { env: NO_KEYRING, ...options });
    };

    it('is made at set-up, if the person writes it twice; otherwise the window says what that means', async () => {
      const host = await start();
      const { page } = host;
      dataDir = host.dataDir;
      await startCreation(page, 1);
      const protection = page.getByTestId('new-key-protection');
      await waitForText(protection, 'whoever can read this disk can sign in your name');
      await page.getByTestId('new-passphrase').fill('short');
      expect(await protection.count()).toBe(0);
      await page.getByTestId('create-network').click();
      await page.getByText('It needs at least 8 characters.').waitFor(LONG);
      // Eight units of UTF-16, but four characters.
      await page.getByTestId('new-passphrase').fill('\u{1f600}'.repeat(4));
      await page.getByText('It needs at least 8 characters.').waitFor(LONG);
      await page.getByTestId('new-passphrase').fill(WORDS);
      await page.getByTestId('repeat-passphrase').fill(`${WORDS}!`);
      await page.getByTestId('create-network').click();
      await page.getByText('The two are not the same.').waitFor(LONG);
      await page.locator('[data-testid="repeat-passphrase"]:focus').waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      expect(existsSync(keyFile(dataDir))).toBe(false);
      await page.getByTestId('repeat-passphrase').fill(WORDS);
      await page.getByTestId('create-network').click();
      await headline(page).waitFor(LONG);
      expect(storedKey(dataDir).protection.kind).toBe('passphrase');
      expect(statSync(keyFile(dataDir)).mode & 0o777).toBe(0o600);
      await goTo(page, 'settings');
      await page.getByText('Encrypted with your passphrase.').waitFor(LONG);
      expect(await host.complaints()).toEqual([]);
      await host.stop();
    });

    it('is asked for at the start; a wrong one is said, everything is kept, and the right one goes on', async () => {
      const host = await start({ dataDir });
      const { page } = host;
      await waitForText(page.getByRole('heading', { level: 1 }), 'Your key is locked');
      await page.getByText('Everything is kept').waitFor(LONG);
      const network = page.locator('[data-testid^="network-"]');
      await waitForText(network, 'Lab');
      expect(await network.getByRole('button', { name: 'Open' }).isDisabled()).toBe(true);
      await unlock(page, 'not these words');
      await page.getByText('This passphrase does not open the key.').first().waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      // What needs no key works.
      await goTo(page, 'verify');
      await page.getByTestId('verify-proof').waitFor({ state: 'attached', ...LONG });
      await goTo(page, 'start');
      await unlock(page, WORDS);
      await headline(page).waitFor(LONG);
      expect(await host.complaints()).toEqual([]);
      await host.stop();
    });

    it('comes from a file where nobody can enter it', async () => {
      const host = await start({ dataDir, args: ['--passphrase-file', passphraseFile(WORDS)] });
      await headline(host.page).waitFor(LONG);
      await host.stop();
      const wrong = await start({
        dataDir,
        env: { ...NO_KEYRING, DIVA_PASSPHRASE_FILE: passphraseFile('wrong') },
      });
      await wrong.page.getByTestId('unlock-passphrase').waitFor(LONG);
      if (name === 'headless')
        expect(wrong.stderr()).toContain('The passphrase does not open the key of this folder.');
      await wrong.stop();
    });

    it('is changed in the settings by who knows it', async () => {
      const host = await start({ dataDir, args: ['--passphrase-file', passphraseFile(WORDS)] });
      const { page } = host;
      await headline(page).waitFor(LONG);
      const before = storedKey(dataDir).secret;
      await goTo(page, 'settings');
      await page.getByTestId('change-passphrase').click();
      await page.getByTestId('current-passphrase').fill('guessed words');
      await page.getByTestId('new-passphrase').fill(OTHER_WORDS);
      await page.getByTestId('repeat-passphrase').fill(OTHER_WORDS);
      await page.getByTestId('save-passphrase').click();
      await page.getByText('This passphrase does not open the key.').waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      expect(storedKey(dataDir).secret).toBe(before);
      await page.getByTestId('current-passphrase').fill(WORDS);
      await page.getByTestId('save-passphrase').click();
      await page.getByText('The key file is encrypted with the new passphrase.').waitFor(LONG);
      await page.locator('[data-testid="change-passphrase"]:focus').waitFor(LONG);
      await host.stop();
      const again = await start({ dataDir });
      await unlock(again.page, OTHER_WORDS);
      await headline(again.page).waitFor(LONG);
      await again.stop();
    });

    it('is no dead end when it is forgotten', async () => {
      const host = await start({ dataDir });
      const { page } = host;
      await page.getByTestId('start-over').click(LONG);
      const dialog = page.getByRole('alertdialog');
      await waitForText(dialog, 'Nothing is deleted');
      expect(await violations(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Move it into a backup' }).click();
      const backup = await page.getByTestId('set-aside').locator('code').innerText(LONG);
      expect(existsSync(path.join(backup, 'identity', 'key.json'))).toBe(true);
      expect(existsSync(path.join(backup, 'networks'))).toBe(true);
      await createNetwork(page, 1);
      expect(storedKey(dataDir).protection.kind).toBe('none');
      expect(await host.complaints()).toEqual([]);
      await host.stop();
    });
  },
);

it('a damaged key file is said, kept, and no dead end', async () => {
  const first = await startHost('headless');
  const { dataDir } = first;
  await createNetwork(first.page, 1);
  await first.stop();
  writeFileSync(keyFile(dataDir), 'no key any more');
  const host = await startHost('headless', { dataDir });
  const { page } = host;
  await waitForText(page.getByRole('heading', { level: 1 }), 'Your key cannot be read');
  await page.getByText('is damaged').waitFor(LONG);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('start-over').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Move it into a backup' }).click();
  const backup = await page.getByTestId('set-aside').locator('code').innerText(LONG);
  expect(readFileSync(path.join(backup, 'identity', 'key.json'), 'utf8')).toBe('no key any more');
  await createNetwork(page, 1);
  expect(await host.complaints()).toEqual([]);
  await host.stop();
});

it('a key that gets its first passphrase while no network is open stays open', async () => {
  const first = await startHost('headless');
  const { dataDir } = first;
  await createNetwork(first.page, 1);
  await goTo(first.page, 'start');
  await first.page.getByRole('button', { name: 'Close', exact: true }).click();
  await first.page.getByRole('button', { name: 'Open', exact: true }).waitFor(LONG);
  await first.stop();
  const host = await startHost('headless', { dataDir });
  const { page } = host;
  await goTo(page, 'settings');
  await page.getByTestId('change-passphrase').click(LONG);
  await page.getByTestId('new-passphrase').fill(WORDS);
  await page.getByTestId('repeat-passphrase').fill(WORDS);
  await page.getByTestId('save-passphrase').click();
  await page.getByText('The key file is encrypted with the new passphrase.').waitFor(LONG);
  await page.getByTestId('nav-networks').click();
  await page.getByRole('button', { name: 'Open', exact: true }).click(LONG);
  await headline(page).waitFor(LONG);
  await host.stop();
});

describe.runIf(HOSTS.includes('electron-shim'))('a key that a keyring encrypts', () => {
  let dataDir: string;

  it('is said at set-up, and opens by itself in the same host', async () => {
    const host = await startHost('electron-shim');
    const { page } = host;
    dataDir = host.dataDir;
    await startCreation(page, 1);
    await waitForText(page.getByTestId('new-key-protection'), "This computer's keyring encrypts it");
    expect(await page.getByTestId('new-passphrase').count()).toBe(0);
    await page.getByTestId('create-network').click();
    await headline(page).waitFor(LONG);
    expect(storedKey(dataDir).protection).toEqual({ kind: 'keyring', name: 'gnome_libsecret' });
    await host.stop();
  });

  it('does not open in a browser, which says why, what was kept and what to do', async () => {
    const host = await startHost('headless', { dataDir });
    const { page } = host;
    await waitForText(page.getByRole('heading', { level: 1 }), 'Only the keyring opens your key');
    await page.getByText('Everything is kept').waitFor(LONG);
    await waitForText(page.getByTestId('keyring-missing'), 'set a passphrase there under Settings');
    expect(await violations(page)).toEqual([]);
    expect(host.stderr()).toMatch(
      /encrypted by the keyring of the desktop.+Nothing was changed.+set a passphrase/,
    );
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });

  it('opens there when the person has set a passphrase in its own window', async () => {
    const host = await startHost('electron-shim', { dataDir });
    const { page } = host;
    await headline(page).waitFor(LONG);
    await goTo(page, 'settings');
    await page.getByTestId('change-passphrase').click();
    await page.getByTestId('new-passphrase').fill(WORDS);
    await page.getByTestId('repeat-passphrase').fill(WORDS);
    await page.getByTestId('save-passphrase').click();
    await page.getByText('The key file is encrypted with the new passphrase.').waitFor(LONG);
    await host.stop();
    const browser = await startHost('headless', { dataDir });
    await unlock(browser.page, WORDS);
    await headline(browser.page).waitFor(LONG);
    await browser.stop();
  });
});

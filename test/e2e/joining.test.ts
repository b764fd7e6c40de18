/**
 * A network over several machines, from both sides: founded in one window, joined in another. Both hosts are real, and
 * speak over loopback.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { HOSTS, startHost, type RunningHost } from './hosts.ts';
import { goTo, headline, LONG, members, waitForText } from './window.ts';

const NETWORK = 'Reading circle';

let founder: RunningHost;
let joiner: RunningHost;
/** What the founder gave out. */
let link: string;
let words: string;

async function found(page: Page): Promise<void> {
  await page.getByTestId('choose-found').click(LONG);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Name of the network').fill(NETWORK);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('found-network').click();
  await headline(page).waitFor(LONG);
}

async function makeInvitation(page: Page, kind: 'one-time' | 'none', note: string): Promise<string> {
  await page.getByTestId(`ticket-${kind}`).check({ force: true });
  if (kind !== 'none') await page.getByLabel('For whom (optional)').fill(note);
  const before = await page.getByTestId('invitation-link').all();
  const old = before.length > 0 ? await before[0]!.inputValue() : '';
  await page.getByTestId('make-invitation').click();
  const field = page.getByTestId('invitation-link');
  for (;;) {
    await field.waitFor(LONG);
    const text = await field.inputValue();
    if (text !== old) return text;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

function issued(page: Page): Locator {
  return page.getByTestId('issued-invitations').locator('li');
}

async function wordsIn(page: Page): Promise<string> {
  return (await page.locator('.six-words li').allInnerTexts()).join(' ');
}

async function paste(page: Page, text: string): Promise<void> {
  await page.getByTestId('paste-invitation').fill(text);
  await page.getByTestId('read-invitation').click();
}

/** The page that asks before anything is sent. */
async function confirmation(page: Page): Promise<Locator> {
  const shown = page.getByTestId('confirm-join');
  await shown.waitFor(LONG);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(`Join “${NETWORK}”?`);
  expect(await wordsIn(page)).toBe(words);
  return shown;
}

describe.runIf(HOSTS.includes('headless'))('joining', () => {
  beforeAll(async () => {
    [founder, joiner] = await Promise.all([startHost('headless'), startHost('headless')]);
  });

  afterAll(() => Promise.all([founder.stop(), joiner.stop()]));

  it('begins with a founder, who is told to invite others', async () => {
    const { page } = founder;
    await found(page);
    await waitForText(headline(page), 'Your node decides alone.');
    await waitForText(page.getByTestId('margin-detail'), 'Invite others to have somebody to agree with.');
    expect(await page.getByTestId('add-node').count()).toBe(0);
  });

  it('has an invitation, as link, picture and file, that is taken back after a question', async () => {
    const { page } = founder;
    await page.getByTestId('invite').click();
    link = await makeInvitation(page, 'one-time', 'Anna');
    words = await wordsIn(page);
    expect(words).toMatch(/^([a-z]{3,8} ){5}[a-z]{3,8}$/);
    expect(await violations(page)).toEqual([]);
    const download = page.waitForEvent('download', LONG);
    await page.getByTestId('save-invitation').click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('Reading-circle.diva-invitation');
    expect(await readFile(await saved.path(), 'utf8')).toBe(`${link}\n`);
    await page.getByTestId('only-here').waitFor(LONG);
    await waitForText(page.getByTestId('reach-state'), 'Only this computer reaches your node.');
    await waitForText(issued(page), /Anna.*valid/s);
  });

  it('shows what an invitation says, however it comes, and refuses what is none', async () => {
    const { page } = joiner;
    await page.getByTestId('choose-join').click(LONG);
    await paste(page, link.slice(0, -9));
    await waitForText(
      page.getByTestId('invitation-error'),
      'This is no invitation, or a part of it is missing.',
    );
    const file = page.getByTestId('invitation-file');
    const picture = await founder.page.locator('.qr-picture').screenshot();
    await file.setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture });
    await (await confirmation(page)).getByRole('button', { name: 'Back' }).click();
    const none = await founder.page.getByTestId('issued-invitations').screenshot();
    await file.setInputFiles({ name: 'none.png', mimeType: 'image/png', buffer: none });
    await waitForText(page.getByTestId('invitation-fault'), 'No QR picture was found');
    await file.setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await waitForText(page.getByTestId('invitation-fault'), 'This file cannot be read');
    const buffer = Buffer.from(`${link}\n`);
    await file.setInputFiles({ name: 'a.diva-invitation', mimeType: 'application/octet-stream', buffer });
    const shown = await confirmation(page);
    await waitForText(shown, 'It lets one person in, without a question.');
    await waitForText(shown, '127.0.0.1:');
    // The hosts of these tests know no interface but the loopback one.
    await waitForText(shown, 'This computer is in no network at the moment.');
    expect(await violations(page)).toEqual([]);
  });

  it('with a revoked invitation is refused there, with a sentence', async () => {
    const { page } = founder;
    await page.getByTestId('revoke-invitation').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await waitForText(issued(page), 'valid');
    await page.getByTestId('revoke-invitation').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke it' }).click();
    await waitForText(issued(page), 'revoked');
    // Nobody shall give out what lets nobody in.
    expect(await page.getByTestId('given-invitation').count()).toBe(0);
    await joiner.page.getByLabel('Your name').fill('Boris');
    await joiner.page.getByTestId('join-network').click();
    await waitForText(joiner.page.getByRole('alert'), 'Whoever gave out this invitation has revoked it.');
    await joiner.page.getByRole('button', { name: 'Back' }).click();
  });

  it('asks the owner without a ticket, and ends with two full members', async () => {
    const { page } = founder;
    const open = await makeInvitation(page, 'none', '');
    await joiner.page.getByRole('button', { name: 'Don’t join' }).click();
    await paste(joiner.page, open);
    await waitForText(await confirmation(joiner.page), 'Whether you are let in is decided there');
    await joiner.page.getByLabel('Your name').fill('Boris');
    await joiner.page.getByTestId('join-network').click();
    await joiner.page.getByTestId('task-elapsed').waitFor(LONG);
    expect(await violations(joiner.page)).toEqual([]);
    await page.getByTestId('nav-peers').first().getByText('1', { exact: false }).first().waitFor(LONG);
    await goTo(page, 'peers');
    const request = page.getByTestId('join-requests').locator('li');
    await waitForText(request, 'Boris wants to join');
    expect(await violations(page)).toEqual([]);
    await request.getByTestId('let-in').focus();
    await page.keyboard.press('Enter');
    await headline(joiner.page).waitFor(LONG);
    for (const { page: each } of [founder, joiner]) {
      await waitForText(members(each).nth(1), 'full member');
      await waitForText(headline(each), 'Ada is needed: without it new entries wait.');
    }
    expect(await page.getByTestId('join-requests').count()).toBe(0);
  });

  it('of a whole class has one code, that is worth nothing when the room is closed', async () => {
    const { page } = founder;
    await page.getByTestId('room').click();
    await page.getByTestId('open-room').click();
    await page.getByTestId('room-code').waitFor(LONG);
    expect(await page.getByTestId('room-members').locator('li').count()).toBe(2);
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('pause-room').click();
    await page.getByTestId('room-paused').waitFor(LONG);
    await page.getByTestId('pause-room').click();
    await page.getByTestId('room-paused').waitFor({ state: 'detached', ...LONG });
    const download = page.waitForEvent('download', LONG);
    await page.getByTestId('export-roster').click();
    const roster = await readFile(await (await download).path(), 'utf8');
    expect(roster.split('\r\n')).toHaveLength(4);
    await page.getByTestId('close-room').click();
    await page.getByTestId('open-room').waitFor(LONG);
    await goTo(page, 'peers');
    await page.getByTestId('invite').click();
    await waitForText(issued(page).first(), /Room.*revoked/s);
  });

  it('gives a name that the others read, and ends after the name of the network was typed', async () => {
    const { page } = joiner;
    await goTo(page, 'settings');
    await page.getByLabel('Your name in this network').fill('Boris the reader');
    await page.getByTestId('save-member-name').click();
    await goTo(founder.page, 'peers');
    await members(founder.page).filter({ hasText: 'Boris the reader' }).waitFor(LONG);
    await page.getByTestId('leave-network').click();
    const dialog = page.getByRole('alertdialog');
    const leave = dialog.getByRole('button', { name: 'Leave' });
    expect(await leave.isEnabled()).toBe(false);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('textbox').fill(NETWORK);
    await leave.click();
    await waitForText(headline(founder.page), 'Your node decides alone.');
    await goTo(page, 'start');
    await page.getByRole('button', { name: 'Open', exact: true }).click(LONG);
    await waitForText(page.getByTestId('left-network').first(), /It left in block \d+\./);
  });

  it('caused no complaint', async () => {
    expect([...(await founder.complaints()), ...(await joiner.complaints())]).toEqual([]);
  });
});

describe.runIf(HOSTS.includes('electron-shim'))('a link or a file that the system opens the app with', () => {
  it('leads to the page that asks, at the start and later', async () => {
    const host = await startHost('electron-shim', { args: [link] });
    await confirmation(host.page);
    await host.control({ ask: 'secondInstance', args: ['--lang', 'de', 'diva://join/2/AAAA'] });
    await waitForText(host.page.getByTestId('invitation-error'), 'Another version of DIVA Node made this');
    await host.control({ ask: 'openUrl', url: link });
    await confirmation(host.page);
    await host.control({ ask: 'secondInstance', args: [path.join(host.dataDir, 'gone.diva-invitation')] });
    await waitForText(host.page.getByTestId('invitation-fault'), 'This file cannot be read');
    const file = path.join(host.dataDir, 'Our class.diva-invitation');
    await writeFile(file, `${link}\n`);
    await host.control({ ask: 'secondInstance', args: [file] });
    await confirmation(host.page);
    expect(await host.complaints()).toEqual([]);
    await host.stop();
  });
});

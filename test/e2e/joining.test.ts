/** A network over several machines: founded in one window, and invitations to it given out. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { HOSTS, startHost, type RunningHost } from './hosts.ts';
import { goTo, headline, LONG, waitForText } from './window.ts';

async function found(page: Page, networkName: string): Promise<void> {
  await page.getByTestId('choose-found').click(LONG);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Name of the network').fill(networkName);
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('found-network').click();
  await headline(page).waitFor(LONG);
}

function issued(page: Page) {
  return page.getByTestId('issued-invitations').locator('li');
}

describe.runIf(HOSTS.includes('headless'))('a founder', () => {
  let host: RunningHost;

  beforeAll(async () => {
    host = await startHost('headless');
  });

  afterAll(() => host.stop());

  it('is the only member of the network so far, and is told to invite others', async () => {
    const { page } = host;
    await found(page, 'Reading circle');
    await waitForText(headline(page), 'Your node decides alone.');
    await waitForText(page.getByTestId('margin-detail'), 'Invite others to have somebody to agree with.');
    expect(await page.getByTestId('add-node').count()).toBe(0);
  });

  it('gets a link, a picture and a file that say the same, and the words of the network', async () => {
    const { page } = host;
    await page.getByTestId('invite').click();
    await page.getByLabel('For whom (optional)').fill('Anna');
    await page.getByTestId('make-invitation').click();
    await page.getByTestId('given-invitation').waitFor(LONG);
    expect(await violations(page)).toEqual([]);
    const link = await page.getByTestId('invitation-link').inputValue();
    expect(link).toMatch(/^diva:\/\/join\/1\//);
    const download = page.waitForEvent('download', LONG);
    await page.getByTestId('save-invitation').click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('Reading-circle.diva-invitation');
    expect(await readFile(await saved.path(), 'utf8')).toBe(`${link}\n`);
    await page.getByTestId('only-here').waitFor(LONG);
    await waitForText(issued(page), /Anna.*valid/s);
  });

  it('takes an invitation back, after a question', async () => {
    const { page } = host;
    await page.getByTestId('revoke-invitation').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await waitForText(issued(page), 'valid');
    await page.getByTestId('revoke-invitation').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke it' }).click();
    await waitForText(issued(page), 'revoked');
    // Nobody shall give out what lets nobody in.
    expect(await page.getByTestId('given-invitation').count()).toBe(0);
  });

  it('caused no complaint', async () => {
    await goTo(host.page, 'peers');
    expect(await host.complaints()).toEqual([]);
  });
});

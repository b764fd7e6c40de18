/** The views of joining, for pictures: a network is founded in one window, and joined in another. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { startHost } from './hosts.ts';
import type { Language } from './picture.ts';
import { backUp, restore } from './restoring.ts';
import { LONG, members } from './window.ts';

type Shoot = (page: Page, view: string) => Promise<void>;

const WORDS: Readonly<
  Record<Language, { founder: string; network: string; newcomer: string; note: string }>
> = {
  en: { founder: 'Ada', network: 'Reading circle', newcomer: 'Boris’ laptop', note: 'Boris' },
  de: { founder: 'Ada', network: 'Lesekreis', newcomer: 'Laptop von Boris', note: 'Boris' },
  ru: { founder: 'Ада', network: 'Кружок чтения', newcomer: 'Ноутбук Бориса', note: 'Борис' },
};

export async function gathering(language: Language, shoot: Shoot): Promise<void> {
  const [founder, joiner] = await Promise.all([
    startHost('headless', { language }),
    startHost('headless', { language }),
  ]);
  const link = await found(founder.page, language, shoot);
  await ask(joiner.page, link, language, shoot);
  await letIn(founder.page, shoot);
  await joiner.page.getByTestId('margin-headline').waitFor(LONG);
  await members(founder.page).nth(1).waitFor(LONG);
  await founder.page.getByTestId('room').click();
  await founder.page.getByTestId('open-room').click();
  await founder.page.getByTestId('room-code').waitFor(LONG);
  await shoot(founder.page, '21-room');
  const backup = path.join(joiner.dataDir, `${WORDS[language].founder}.divabackup`);
  await backUp(founder.page, backup, shoot);
  await restore(language, backup, shoot);
  await Promise.all([founder.kill(), joiner.kill()]);
}

async function found(page: Page, language: Language, shoot: Shoot): Promise<string> {
  const { founder, network, note } = WORDS[language];
  await page.getByTestId('choose-found').click(LONG);
  await page.locator('#display-name').fill(founder);
  await page.locator('#network-name').fill(network);
  await shoot(page, '15-found');
  await page.getByTestId('found-network').click();
  await page.getByTestId('margin-headline').waitFor(LONG);
  await page.getByTestId('invite').click();
  await page.locator('#invitation-note').fill(note);
  await page.getByTestId('make-invitation').click();
  await page.getByTestId('given-invitation').waitFor(LONG);
  await shoot(page, '16-invite');
  // The second one asks.
  const field = page.getByTestId('invitation-link');
  const first = await field.inputValue();
  await page.getByTestId('ticket-none').check({ force: true });
  await page.getByTestId('make-invitation').click();
  while ((await field.inputValue()) === first) await page.evaluate(() => new Promise(requestAnimationFrame));
  return field.inputValue();
}

async function ask(page: Page, link: string, language: Language, shoot: Shoot): Promise<void> {
  await page.getByTestId('choose-join').click(LONG);
  await page.getByTestId('read-invitation').waitFor(LONG);
  await shoot(page, '17-join');
  await page.getByTestId('paste-invitation').fill(link);
  await page.getByTestId('read-invitation').click();
  await page.getByTestId('confirm-join').waitFor(LONG);
  await page.locator('#join-name').fill(WORDS[language].newcomer);
  await shoot(page, '18-confirm');
  await page.getByTestId('join-network').click();
  // The third stage waits for the founder's answer.
  await page.locator('.stages li:nth-child(3).running').waitFor(LONG);
  await shoot(page, '19-joining');
}

async function letIn(page: Page, shoot: Shoot): Promise<void> {
  await page.getByTestId('nav-peers').first().click();
  await page.getByTestId('let-in').waitFor(LONG);
  await shoot(page, '20-request');
  await page.getByTestId('let-in').click();
}

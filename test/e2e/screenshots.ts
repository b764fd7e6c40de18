/**
 * npm run screenshots -- [FOLDER] [en de ru]: every view of the real window, light and dark, wide and narrow, to
 * be looked at. Goes through a whole first evening once per language, with four real nodes.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { killHosts, root, startHost } from './hosts.ts';
import { gathering } from './gathering.ts';
import { takePicture, type Language } from './picture.ts';
import { LONG, otherNode } from './window.ts';

/** What a person writes, in the languages of the window. */
const WORDS: Readonly<
  Record<Language, { name: string; network: string; file: string; note: string; data: string }>
> = {
  en: {
    name: 'Ada',
    network: 'Seminar room',
    file: 'thesis.pdf',
    note: 'My thesis',
    data: 'Lecture 1: agreement',
  },
  de: {
    name: 'Ada',
    network: 'Seminarraum',
    file: 'arbeit.pdf',
    note: 'Meine Arbeit',
    data: 'Vorlesung 1: Einigkeit',
  },
  ru: {
    name: 'Ада',
    network: 'Аудитория',
    file: 'работа.pdf',
    note: 'Моя работа',
    data: 'Лекция 1: согласие',
  },
};

const args = process.argv.slice(2);
const languages = (['en', 'de', 'ru'] as const).filter((language) => args.includes(language));
const folder = path.resolve(args.find((arg) => arg.length > 2) ?? path.join(root, '.cache', 'screenshots'));

try {
  for (const language of languages.length > 0 ? languages : (['en', 'de', 'ru'] as const))
    await tour(language);
} finally {
  await killHosts();
}
process.stdout.write(`The pictures are in ${folder}\n`);

async function tour(language: Language): Promise<void> {
  const first = await startHost('headless', { language });
  await evening(first.page, language);
  await first.stop();
  const next = await startHost('headless', { language, dataDir: first.dataDir });
  await locked(next.page, language);
  await next.kill();
  await gathering(language, (page, view) => picture(page, language, view));
}

function picture(page: Page, language: Language, view: string): Promise<void> {
  return takePicture(page, path.join(folder, language), view);
}

async function evening(page: Page, language: Language): Promise<void> {
  const shoot = (view: string): Promise<void> => picture(page, language, view);
  await page.getByTestId('choose-create').waitFor(LONG);
  await shoot('01-first-start');
  await create(page, language, shoot);
  await shoot('04-peers');
  await entries(page, language, shoot);
  await page.getByTestId('nav-chain').first().click();
  await page.getByTestId('block-2').waitFor(LONG);
  await shoot('06-chain');
  await page.getByTestId('block-2').click();
  await page.getByTestId('block-detail').locator('dl').first().waitFor(LONG);
  await shoot('07-block');
  await verify(page, language, shoot);
  await breakAgreement(page, shoot);
  await page.getByTestId('nav-settings').first().click();
  await page.getByTestId('change-passphrase').click();
  await shoot('11-settings');
  await page.getByTestId('nav-start').first().click();
  await shoot('12-networks');
}

/** The next start: a wrong passphrase, and the question before starting over. */
async function locked(page: Page, language: Language): Promise<void> {
  await page.getByTestId('unlock-passphrase').fill('something else', LONG);
  await page.getByTestId('unlock').click();
  await page.locator('[data-testid="unlock-passphrase"][aria-invalid="true"]').waitFor(LONG);
  await picture(page, language, '13-locked');
  await page.getByTestId('start-over').click();
  await page.getByRole('alertdialog').waitFor(LONG);
  await picture(page, language, '14-start-over');
}

async function create(page: Page, language: Language, shoot: (view: string) => Promise<void>): Promise<void> {
  const { name, network } = WORDS[language];
  await page.getByTestId('choose-create').click();
  await page.locator('#display-name').fill(name);
  await page.locator('#network-name').fill(network);
  await shoot('02-create');
  await page.getByTestId('new-passphrase').fill('four words to remember');
  await page.getByTestId('repeat-passphrase').fill('four words to remember');
  await page.getByTestId('create-network').click();
  await page.getByTestId('task-elapsed').waitFor(LONG);
  await shoot('03-creating');
  await page.getByTestId('margin-headline').waitFor(LONG);
}

async function entries(
  page: Page,
  language: Language,
  shoot: (view: string) => Promise<void>,
): Promise<void> {
  const { file, note, data } = WORDS[language];
  await page.getByTestId('nav-entries').first().click();
  await page
    .getByTestId('seal-file')
    .setInputFiles({ name: file, mimeType: 'application/pdf', buffer: Buffer.from(file) });
  await page.getByTestId('file-hash').waitFor(LONG);
  await page.locator('#seal-note').fill(note);
  await page.getByTestId('seal-submit').click();
  await page.getByTestId('save-proof').waitFor(LONG);
  for (const number of [1, 2, 3]) {
    await page.getByTestId('publish-ns').fill(`notes:lecture-${number}`);
    await page.getByTestId('publish-data').fill(data);
    await page.getByTestId('publish-submit').click();
    await page.getByTestId('own-entries').locator('[data-stage="committed"]').nth(number).waitFor(LONG);
  }
  await shoot('05-entries');
}

async function verify(page: Page, language: Language, shoot: (view: string) => Promise<void>): Promise<void> {
  const { file } = WORDS[language];
  await page.getByTestId('nav-entries').first().click();
  const download = page.waitForEvent('download', LONG);
  await page.getByTestId('save-proof').first().click();
  const saved = await download;
  const proof = {
    name: saved.suggestedFilename(),
    mimeType: 'application/json',
    buffer: readFileSync(await saved.path()),
  };
  for (const [view, content] of [
    ['08-verified', file],
    ['09-refused', `${file}!`],
  ] as const) {
    await page.getByTestId('nav-settings').first().click();
    await page.getByTestId('nav-verify').first().click();
    await page.getByTestId('verify-proof').setInputFiles(proof);
    const buffer = Buffer.from(content);
    await page.getByTestId('verify-file').setInputFiles({ name: file, mimeType: 'application/pdf', buffer });
    await page.getByTestId('verdict').waitFor(LONG);
    await shoot(view);
  }
}

/** Stops two of four: new entries wait. */
async function breakAgreement(page: Page, shoot: (view: string) => Promise<void>): Promise<void> {
  await page.getByTestId('nav-peers').first().click();
  for (const index of [0, 1]) {
    const node = otherNode(page, index);
    await node.getByTestId('stop-node').click();
    const confirm = page.getByRole('alertdialog');
    const stopped = node.getByTestId('start-node');
    await confirm.or(stopped).first().waitFor(LONG);
    if (await confirm.isVisible()) await confirm.getByRole('button').last().click();
    await stopped.waitFor(LONG);
  }
  await shoot('10-entries-wait');
}

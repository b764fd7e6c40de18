/** What a person does in the window, as steps that the specs share. All texts are the English ones. */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Generous: a slow machine is no failure, and a hanging one shows anyway. */
export const LONG = { timeout: 240_000 };

export async function createNetwork(page: Page, nodeCount: number): Promise<void> {
  await startCreation(page, nodeCount);
  await page.getByTestId('create-network').click();
  await page.getByTestId('margin-headline').waitFor(LONG);
}

/** Fills in the form, and leaves it to the caller to send it. */
export async function startCreation(page: Page, nodeCount: number): Promise<void> {
  await page.getByTestId('choose-create').click(LONG);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Name of the network').fill('Lab');
  await chooseNodeCount(page, nodeCount);
}

async function chooseNodeCount(page: Page, nodeCount: number): Promise<void> {
  const count = page.locator('#node-count');
  if ((await count.count()) > 0) await count.fill(String(nodeCount));
}

export async function goTo(
  page: Page,
  view: 'start' | 'peers' | 'chain' | 'entries' | 'verify' | 'settings',
) {
  await page.getByTestId(`nav-${view}`).first().click(LONG);
}

export function headline(page: Page): Locator {
  return page.getByTestId('margin-headline');
}

export async function waitForText(locator: Locator, text: string | RegExp): Promise<void> {
  await locator.filter({ hasText: text }).waitFor(LONG);
}

export function members(page: Page): Locator {
  return page.locator('[data-testid^="member-"]').filter({ has: page.getByTestId('member-state') });
}

/** A local node other than the own one, by its position in the list. */
export function otherNode(page: Page, index: number): Locator {
  return members(page)
    .filter({ has: page.locator('[data-testid="stop-node"], [data-testid="start-node"]') })
    .nth(index);
}

export async function cutPower(page: Page, node: Locator): Promise<void> {
  await node.getByTestId('member-menu').click();
  await page.getByRole('menuitem', { name: 'Cut the power' }).click();
  const confirm = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  const state = node.getByTestId('member-state');
  await Promise.race([confirm.first().waitFor(LONG), waitForText(state, /power|ended|killed|cut/i)]);
  if (await confirm.first().isVisible()) {
    await confirm.getByRole('button', { name: 'Cut the power' }).click();
  }
  await node.getByTestId('start-node').waitFor(LONG);
}

export interface FileInput {
  readonly name: string;
  readonly content: string;
}

export async function chooseFile(page: Page, testid: string, { name, content }: FileInput): Promise<void> {
  const input = page.getByTestId(testid);
  await input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
}

/** Seals a file; resolves when the window says that the entry was accepted. */
export async function sealFile(page: Page, file: FileInput, note: string): Promise<Locator> {
  await goTo(page, 'entries');
  await chooseFile(page, 'seal-file', file);
  await page.getByLabel('Note (optional)').fill(note);
  await page.getByTestId('file-hash').waitFor(LONG);
  await page.getByTestId('seal-submit').click();
  const entry = page.getByTestId('own-entries').locator('li').filter({ hasText: file.name });
  await entry.waitFor(LONG);
  return entry;
}

export async function publishRecord(page: Page, ns: string, data: string): Promise<Locator> {
  await goTo(page, 'entries');
  await page.getByTestId('publish-ns').fill(ns);
  await page.getByTestId('publish-data').fill(data);
  await page.getByTestId('publish-submit').click();
  const entry = page.getByTestId('own-entries').locator('li').filter({ hasText: ns });
  await entry.first().waitFor(LONG);
  return entry.first();
}

/** The height of the block that an entry is in. */
export async function committedHeight(entry: Locator): Promise<number> {
  const link = entry.getByRole('link', { name: /In block/ });
  await link.waitFor(LONG);
  return Number((await link.innerText()).replace(/\D/g, ''));
}

export async function saveProof(page: Page, entry: Locator): Promise<FileInput> {
  const download = page.waitForEvent('download', LONG);
  await entry.getByTestId('save-proof').click();
  const saved = await download;
  const content = await readFile(await saved.path(), 'utf8');
  expect(saved.suggestedFilename()).toMatch(/\.diva-proof\.json$/);
  return { name: saved.suggestedFilename(), content };
}

export async function verdict(page: Page, proof: FileInput, file: FileInput): Promise<Locator> {
  await goTo(page, 'settings');
  await goTo(page, 'verify');
  await chooseFile(page, 'verify-proof', proof);
  await chooseFile(page, 'verify-file', file);
  const shown = page.getByTestId('verdict');
  await shown.waitFor(LONG);
  return shown;
}

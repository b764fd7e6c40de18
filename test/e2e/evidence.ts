/** What a page looked like when its test failed: a failure elsewhere can only be understood from what it leaves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConsoleMessage, Page } from 'playwright-core';
import type { TestContext } from 'vitest';

const MAX_MESSAGES = 200;
const MAX_NAME_LENGTH = 100;

/** The pages that are open, with what they wrote to their consoles. */
const pages = new Map<Page, string[]>();

export function keepConsole(page: Page): void {
  const messages: string[] = [];
  pages.set(page, messages);
  const keep = (message: string): void => {
    messages.push(message);
    if (messages.length > MAX_MESSAGES) messages.shift();
  };
  page.on('console', (message: ConsoleMessage) => keep(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => keep(`page error: ${error.stack ?? error.message}`));
  page.on('close', () => pages.delete(page));
}

/** For `afterEach`, before the pages are closed: resolves with the texts that it wrote, none unless the test failed. */
export async function keepEvidence({ task }: Pick<TestContext, 'task'>, folder: string): Promise<string[]> {
  if (task.result?.state !== 'fail') return [];
  const name = task.fullName.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, MAX_NAME_LENGTH);
  const files: string[] = [];
  for (const [page, messages] of [...pages]) {
    const file = path.join(folder, `${name}-${files.length + 1}`);
    mkdirSync(folder, { recursive: true });
    try {
      await describePage(page, messages, file);
      files.push(`${file}.txt`);
    } catch (error) {
      process.stderr.write(`evidence: none of ${page.url()}: ${String(error)}\n`);
    }
  }
  return files;
}

async function describePage(page: Page, messages: readonly string[], file: string): Promise<void> {
  const { focus, text } = await page.evaluate(() => ({
    focus: (document.activeElement?.cloneNode() as Element | undefined)?.outerHTML ?? 'nothing',
    text: document.body.innerText,
  }));
  const size = page.viewportSize();
  const facts = `${page.url().replace(/token=.*/, 'token=…')}\n${size?.width} x ${size?.height}\nfocus: ${focus}`;
  writeFileSync(`${file}.txt`, [facts, text, messages.join('\n')].join('\n\n'));
  process.stderr.write(`evidence: ${file}.txt and .png; focus: ${focus}\n`);
  await page.screenshot({ path: `${file}.png` });
}

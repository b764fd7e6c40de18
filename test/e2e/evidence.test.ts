import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { keepConsole, keepEvidence } from './evidence.ts';
import { launchBrowser } from './hosts.ts';

const PAGE = '<h1>A page</h1><button data-testid="go" autofocus>Go</button>';

/** What `afterEach` is given. */
function ended(state: 'pass' | 'fail'): Pick<TestContext, 'task'> {
  return { task: { fullName: 'a window > opens: at once', result: { state } } } as never;
}

describe('the evidence of a test', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'diva-e2e-evidence-'));
    browser = await launchBrowser();
    const page = await browser.newPage();
    keepConsole(page);
    await page.setContent(PAGE);
    await page.getByTestId('go').focus();
    await page.evaluate(() => console.log('said before it failed'));
  });

  afterAll(() => browser.close());

  it('is a picture, the text, the focus and the console, when it failed', async () => {
    const [file, ...others] = await keepEvidence(ended('fail'), folder);
    expect(others).toEqual([]);
    expect(path.basename(file!)).toBe('a-window-opens-at-once-1.txt');
    const text = readFileSync(file!, 'utf8');
    expect(text).toContain('A page');
    expect(text).toContain('focus: <button data-testid="go"');
    expect(text).toContain('log: said before it failed');
    expect(existsSync(file!.replace(/txt$/, 'png'))).toBe(true);
  });

  it('is nothing when it passed', async () => {
    const before = readdirSync(folder);
    expect(await keepEvidence(ended('pass'), folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('is nothing of a page that is closed', async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(await keepEvidence(ended('fail'), folder)).toEqual([]);
  });
});

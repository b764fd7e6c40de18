/** Every view for everybody: axe in light and dark, wide and narrow; the way to a sealed file by keyboard alone. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { HOSTS, startHost, type RunningHost } from './hosts.ts';
import { committedHeight, cutPower, goTo, headline, LONG, otherNode, waitForText } from './window.ts';

const SIZES = [
  { width: 1280, height: 860 },
  { width: 390, height: 800 },
];

async function expectAccessible(page: Page, view: string): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    expect(await violations(page), `${view}, ${size.width} wide`).toEqual([]);
    const { across, down } = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return { across: scrollWidth - innerWidth, down: scrollHeight - innerHeight };
    });
    expect(across, `${view}, ${size.width} wide: scrolls sideways`).toBeLessThanOrEqual(0);
    // Only the view scrolls, between its bars.
    expect(down, `${view}, ${size.width} wide: the page scrolls behind the view`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(SIZES[0]!);
}

async function chooseTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await goTo(page, 'settings');
  await page.getByTestId(`theme-${theme}`).check({ force: true });
  await page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached', ...LONG });
}

describe.each(HOSTS)('the window of the %s host', (name) => {
  let host: RunningHost;

  beforeAll(async () => {
    host = await startHost(name);
  });

  afterAll(() => host.stop());

  it('makes a network, seals a file and stops a node by keyboard alone', async () => {
    const { page } = host;
    await page.getByTestId('choose-create').waitFor(LONG);
    await tabTo(page, 'choose-create');
    await page.keyboard.press('Enter');
    // The first field has the focus.
    await page.getByLabel('Your name').waitFor(LONG);
    await page.keyboard.type('Ada');
    await tabTo(page, 'create-network');
    await page.keyboard.press('Enter');
    await headline(page).waitFor(LONG);
    await tabTo(page, 'nav-entries');
    await page.keyboard.press('Enter');
    await page.getByTestId('seal-file').waitFor({ state: 'attached', ...LONG });
    // Asked for before the keys: the browser is told to hand the chooser over in a message that nobody waits for.
    const chooser = page.waitForEvent('filechooser', LONG);
    await tabTo(page, 'seal-file');
    await page.keyboard.press('Space');
    await (await chooser).setFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
    await page.getByTestId('seal-submit').waitFor(LONG);
    await page.locator('[data-testid="seal-submit"]:enabled').waitFor(LONG);
    await tabTo(page, 'seal-submit');
    await page.keyboard.press('Enter');
    await committedHeight(page.getByTestId('own-entries').locator('li').first());
    await tabTo(page, 'nav-peers');
    await page.keyboard.press('Enter');
    await page.getByTestId('stop-node').first().waitFor(LONG);
    await tabTo(page, 'stop-node');
    await page.keyboard.press('Enter');
    await page.getByTestId('start-node').first().waitFor(LONG);
    await tabTo(page, 'start-node');
    await page.keyboard.press('Enter');
    await waitForText(headline(page), '1 more may disappear');
  });

  it.each(['light', 'dark'] as const)('is without violations in every view, %s', async (theme) => {
    const { page } = host;
    await chooseTheme(page, theme);
    await expectAccessible(page, 'settings');
    for (const view of ['start', 'peers', 'entries', 'verify'] as const) {
      await goTo(page, view);
      await page.getByRole('heading', { level: 1 }).first().waitFor(LONG);
      await expectAccessible(page, view);
    }
    await goTo(page, 'chain');
    await page.getByTestId('block-2').waitFor(LONG);
    await expectAccessible(page, 'chain');
    await page.getByTestId('block-2').click();
    await waitForText(page.getByTestId('block-detail'), 'In detail');
    await expectAccessible(page, 'block');
  });

  it('is without violations where it asks, warns and opens menus', async () => {
    const { page } = host;
    await goTo(page, 'peers');
    await otherNode(page, 0).getByTestId('member-menu').click();
    await page.getByRole('menu').waitFor(LONG);
    expect(await violations(page), 'menu').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'hidden', ...LONG });
    await cutPower(page, otherNode(page, 0));
    await otherNode(page, 1).getByTestId('stop-node').click();
    await page.getByRole('alertdialog').waitFor(LONG);
    expect(await violations(page), 'confirmation').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'hidden', ...LONG });
    await cutPower(page, otherNode(page, 1));
    await waitForText(headline(page), 'New entries wait');
    await expectAccessible(page, 'waiting network');
  });

  it('caused no complaint', async () => {
    expect(await host.complaints()).toEqual([]);
  });
});

describe('set-up', () => {
  it('is without violations', async () => {
    const host = await startHost(HOSTS[0]!);
    try {
      const { page } = host;
      await page.getByTestId('choose-create').waitFor(LONG);
      await expectAccessible(page, 'first start');
      await page.getByTestId('choose-create').click();
      await page.getByTestId('create-network').waitFor(LONG);
      await expectAccessible(page, 'creation');
    } finally {
      await host.stop();
    }
  });
});

/** Presses Tab until the element has the focus: a person without a mouse gets everywhere in that way. */
async function tabTo(page: Page, testid: string): Promise<void> {
  const MOST_STOPS = 80;
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (focused === testid) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${testid}`);
}

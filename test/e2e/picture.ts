/** Pictures of a view, to be looked at. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

export type Language = 'en' | 'de' | 'ru';

const SIZES = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } } as const;
const THEMES = ['light', 'dark'] as const;

/** One view in both themes and sizes. The theme is only emulated where the settings say "as the system". */
export async function takePicture(page: Page, folder: string, view: string): Promise<void> {
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const [name, size] of Object.entries(SIZES)) {
      await page.setViewportSize(size);
      const target = path.join(folder, `${theme}-${name}`);
      mkdirSync(target, { recursive: true });
      await page.setViewportSize({ width: size.width, height: size.height + (await hiddenBelow(page)) });
      await page.screenshot({ path: path.join(target, `${view}.png`) });
    }
  }
  await page.setViewportSize(SIZES.wide);
}

/** The view scrolls between its bars: how much higher the window would have to be to show all of it, in pixels. */
function hiddenBelow(page: Page): Promise<number> {
  return page.locator('#main').evaluate((main) => Math.min(main.scrollHeight - main.clientHeight, 4000));
}

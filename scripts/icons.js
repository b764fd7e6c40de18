// node scripts/run.js --browser scripts/icons.js: draws the bitmaps in assets/ from their SVGs, in Chromium. The
// results are committed; this runs only when a drawing changes.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './prepare.js';

const assets = path.join(root, 'assets');
const tray = (/** @type {string} */ name) => [
  { from: `tray/${name}.svg`, to: `tray/${name}.png`, size: 16 },
  { from: `tray/${name}.svg`, to: `tray/${name}@2x.png`, size: 32 },
];
// electron-builder finds the sizes of Linux icons by these names.
const icons = [16, 24, 32, 48, 64, 128, 256, 512].map((size) => ({
  from: 'icon.svg',
  to: `icons/${size}x${size}.png`,
  size,
}));

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const page = await browser.newPage();
for (const { from, to, size } of [...icons, ...tray('tray'), ...tray('trayTemplate')]) {
  const svg = fs.readFileSync(path.join(assets, from), 'utf8');
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
  await page.screenshot({ path: path.join(assets, to), omitBackground: true });
  console.log(`assets/${to}`);
}
await browser.close();

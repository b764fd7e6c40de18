/** One Chromium for all windows; with a debugging port, through which the test drives the same pages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { routeRequests } from './protocol.ts';

const profile = mkdtempSync(path.join(tmpdir(), 'electron-shim-profile-'));
let starting: Promise<BrowserContext> | null = null;

export function browserContext(): Promise<BrowserContext> {
  starting ??= start();
  return starting;
}

async function start(): Promise<BrowserContext> {
  const port = process.env['ELECTRON_SHIM_CDP_PORT'];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    viewport: null,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--password-store=basic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      ...(port === undefined ? [] : [`--remote-debugging-port=${port}`]),
    ],
  });
  await routeRequests(context);
  return context;
}

export async function closeBrowser(): Promise<void> {
  const context = await starting?.catch(() => null);
  await context?.close();
  rmSync(profile, { recursive: true, force: true });
}

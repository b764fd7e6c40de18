/** The built window with its real content security policy, on a bridge of sample data instead of a host. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { loadWindowAssets, windowHeaders } from '../../src-main/app/window-assets.ts';
import type { Scenario } from '../unit/renderer/fixtures/hosted.ts';
import { launchBrowser, root, watchPage } from './hosts.ts';
import { LONG } from './window.ts';

/** In CSS pixels. */
export interface Look {
  readonly width: number;
  readonly height: number;
}

export interface OpenWindow {
  readonly page: Page;
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface SampleWindows {
  open(scenario: Scenario, address: string, look: Look): Promise<OpenWindow>;
  close(): Promise<void>;
}

export async function sampleWindows(): Promise<SampleWindows> {
  const assets = await loadWindowAssets(path.join(root, 'dist/renderer'));
  const server = createServer((request, response) => {
    const asset = assets.get(request.url ?? '');
    if (!asset) return void response.writeHead(404).end();
    response.writeHead(200, windowHeaders(asset.contentType, [])).end(asset.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bridge = await bundledBridge();
  const browser = await launchBrowser();
  return {
    open: async (scenario, address, { width, height }) => {
      const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const { complaints } = watchPage(page, (url) => new URL(url).origin === origin);
      await page.addInitScript(`window.scenario = ${JSON.stringify(scenario)};\n${bridge}`);
      await page.goto(`${origin}/#${address}`);
      await page.locator('h1').first().waitFor(LONG);
      return { page, complaints, close: () => context.close() };
    },
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

async function bundledBridge(): Promise<string> {
  const entry = path.join(root, 'test/unit/renderer/fixtures/hosted.ts');
  const lib = { entry, formats: ['iife' as const], name: 'hosted' };
  const built = await build({ configFile: false, logLevel: 'error', build: { write: false, lib } });
  const [bundle] = [built].flat();
  const chunk = bundle && 'output' in bundle ? bundle.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('the sample bridge was not bundled');
  return chunk.code;
}

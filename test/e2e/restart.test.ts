/** Ending and coming back: nothing is lost, nothing keeps running, a second start shows the first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HOSTS, killHosts, root, startHost } from './hosts.ts';
import { heightOf, isServed, localNodes } from './nodes.ts';
import {
  committedHeight,
  createNetwork,
  goTo,
  headline,
  LONG,
  publishRecord,
  waitForText,
} from './window.ts';

afterEach(killHosts);

describe.each(HOSTS)('the %s host', (name) => {
  it('comes back with its network after it was ended, and after its power was cut', async () => {
    const first = await startHost(name);
    const { dataDir } = first;
    await createNetwork(first.page, 4);
    const height = await committedHeight(await publishRecord(first.page, 'diva:test:before', 'before'));
    await first.stop();
    for (const node of localNodes(dataDir)) expect(await isServed(node), node.name).toBe(false);

    const second = await startHost(name, { dataDir });
    await waitForText(headline(second.page), '1 more may disappear');
    expect(await heightOf(localNodes(dataDir)[0]!)).toBe(height);
    await committedHeight(await publishRecord(second.page, 'diva:test:between', 'between'));
    await second.kill();
    // Children end when the parent ends, whatever ended it.
    await vi.waitFor(async () => {
      for (const node of localNodes(dataDir)) expect(await isServed(node), node.name).toBe(false);
    }, LONG);

    const third = await startHost(name, { dataDir });
    await waitForText(headline(third.page), '1 more may disappear');
    await committedHeight(await publishRecord(third.page, 'diva:test:after', 'after'));
    await goTo(third.page, 'chain');
    await third.page.getByTestId(`block-${height}`).waitFor(LONG);
    expect(await third.complaints()).toEqual([]);
    await third.stop();
  });

  it('has no network when the set-up is cancelled, and keeps what was typed', async () => {
    const host = await startHost(name);
    const { page } = host;
    await page.getByTestId('choose-create').click(LONG);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Name of the network').fill('Lab');
    await page.locator('#node-count').fill('16');
    await page.getByTestId('create-network').click();
    await page.getByRole('button', { name: 'Cancel' }).click(LONG);
    await page.getByTestId('create-network').waitFor(LONG);
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ada');
    expect(await page.getByLabel('Name of the network').inputValue()).toBe('Lab');
    expect(await page.locator('#node-count').inputValue()).toBe('16');
    await page.getByRole('button', { name: 'Back' }).click(LONG);
    await page.getByTestId('choose-create').waitFor(LONG);
    expect(await page.locator('[data-testid^="network-"]').count()).toBe(0);
    await host.stop();
    const networks = path.join(host.dataDir, 'networks');
    expect(existsSync(networks) ? readdirSync(networks) : []).toEqual([]);
  });
});

describe.runIf(HOSTS.includes('headless'))('a second headless start', () => {
  it('prints the address of the first one and ends', async () => {
    const host = await startHost('headless');
    await host.page.getByTestId('choose-create').waitFor(LONG);
    const args = [path.join(root, 'dist/main/headless.js'), '--data-dir', host.dataDir, '--no-open'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (part: Buffer) => (output += part.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(output).toContain('running already');
    const address = /http:\S+#token=\S+/.exec(output)?.[0];
    const page = await host.page.context().newPage();
    await page.goto(address!);
    await page.getByTestId('choose-create').waitFor(LONG);
    await host.stop();
  });
});

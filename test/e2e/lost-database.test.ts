/** The own node's database is gone: the window says so, begins anew when told to, and says when it signs again. */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { killHosts, startHost } from './hosts.ts';
import { committedHeight, createNetwork, goTo, LONG, publishRecord, waitForText } from './window.ts';

afterEach(killHosts);

it('a lost database: begun anew in the window, silent for three blocks, a full member again', async () => {
  const first = await startHost('headless');
  await createNetwork(first.page, 4);
  const before = await committedHeight(await publishRecord(first.page, 'diva:test:before', 'before'));
  await first.stop();
  const networks = path.join(first.dataDir, 'networks');
  const [id] = readdirSync(networks).filter((name) => !name.startsWith('.'));
  for (const name of readdirSync(path.join(networks, id!)))
    if (name.startsWith('node.sqlite')) rmSync(path.join(networks, id!, name));

  const { page, stop, complaints } = await startHost('headless', { dataDir: first.dataDir });
  await page.getByTestId('begin-anew').click(LONG);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Begin anew' }).click();
  await page.getByTestId('margin-headline').waitFor(LONG);
  const silence = page.getByTestId('silence');
  await waitForText(silence, 'has caught up with the others');
  await waitForText(silence, `signs again from block ${before + 3} on`);
  // The chain came from the others, with what this node had written.
  await page.goto(`${new URL(page.url()).origin}/#/chain/${before}`);
  await page.getByTestId('block-detail').getByText('diva:test:before').waitFor(LONG);
  for (const name of ['one', 'two', 'three'])
    await committedHeight(await publishRecord(page, `diva:test:${name}`, name));
  await goTo(page, 'peers');
  await silence.waitFor({ state: 'detached', ...LONG });
  expect(await complaints()).toEqual([]);
  await stop();
});

/** The first evening with the app: set-up, a sealed file, its proof, and what happens when nodes disappear. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOSTS, startHost, type RunningHost } from './hosts.ts';
import { blockOf, isServed, localNodes } from './nodes.ts';
import {
  chooseFile,
  committedHeight,
  createNetwork,
  cutPower,
  goTo,
  headline,
  LONG,
  members,
  otherNode,
  publishRecord,
  saveProof,
  sealFile,
  verdict,
  waitForText,
  type FileInput,
} from './window.ts';

const thesis: FileInput = { name: 'thesis.txt', content: 'What was written before the block.' };
const changed: FileInput = { ...thesis, content: `${thesis.content} ` };

describe.each(HOSTS)('a first network in the %s host', (name) => {
  let host: RunningHost;
  let proof: FileInput;

  beforeAll(async () => {
    host = await startHost(name);
  });

  afterAll(async () => {
    await host.stop();
    for (const node of localNodes(host.dataDir)) expect(await isServed(node), node.name).toBe(false);
  });

  it('is made of four nodes with one click', async () => {
    const { page } = host;
    await createNetwork(page, 4);
    await waitForText(headline(page), '1 more may disappear before new entries stop.');
    expect(await members(page).count()).toBe(4);
    await waitForText(page.getByTestId('margin-detail'), 'Your node agrees with 3 of 3 peers.');
  });

  it('seals a file, and all four nodes have the block', async () => {
    const { page, dataDir } = host;
    const entry = await sealFile(page, thesis, 'my thesis');
    const height = await committedHeight(entry);
    expect(await page.getByTestId('own-entries').locator('li').count()).toBe(1);
    const nodes = localNodes(dataDir);
    await vi.waitFor(async () => {
      const blocks = await Promise.all(nodes.map((node) => blockOf(node, height)));
      expect(new Set(blocks.map((block) => block?.hash)).size).toBe(1);
      expect(JSON.stringify(blocks[0]?.tx)).toContain('diva:seal:');
    }, LONG);
    await entry.getByRole('link', { name: /In block/ }).click();
    const block = page.getByTestId('block-detail');
    await waitForText(block, /[34] of 4 members signed, more than two thirds/);
    const hash = (await blockOf(nodes[0]!, height))!.hash;
    expect(await block.innerHTML()).toContain(hash);
    const row = page.getByTestId(`block-${height}`);
    await row.getByRole('img', { name: /^Final: [34] of 4 members signed, (75|100)%/ }).waitFor(LONG);
  });

  it('offers the proof instead of a second seal of the same file', async () => {
    const { page } = host;
    await goTo(page, 'entries');
    await chooseFile(page, 'seal-file', thesis);
    await waitForText(page.getByTestId('seal-known'), 'You have sealed this file already, in block 2.');
    expect(await page.getByTestId('seal-submit').count()).toBe(0);
    const download = page.waitForEvent('download', LONG);
    await page.getByTestId('known-proof').click();
    expect((await download).suggestedFilename()).toMatch(/block-2\.diva-proof\.json$/);
    await page.getByRole('button', { name: 'Take another file' }).click();
    await chooseFile(page, 'seal-file', changed);
    await page.locator('[data-testid="seal-submit"]:enabled').waitFor(LONG);
    await page.getByRole('button', { name: 'Take another file' }).click();
  });

  it('gives a proof that verifies, and that refuses a changed file and says why', async () => {
    const { page } = host;
    await goTo(page, 'entries');
    proof = await saveProof(page, page.getByTestId('own-entries').locator('li').first());
    expect(await (await verdict(page, proof, thesis)).innerText()).toMatch(/The file matches the proof/);
    const refused = await (await verdict(page, proof, changed)).innerText();
    expect(refused).toMatch(/This is not proven/);
    expect(refused).toMatch(/It is not about this file\./);
    const forged = { ...proof, content: proof.content.replace('"height": 2', '"height": 3') };
    expect(await (await verdict(page, forged, thesis)).innerText()).toMatch(/This is not proven/);
  });

  it('goes on when one node is killed, and says that no more may disappear', async () => {
    const { page } = host;
    await goTo(page, 'peers');
    await cutPower(page, otherNode(page, 0));
    await waitForText(headline(page), 'Nobody more may disappear');
    await committedHeight(await publishRecord(page, 'diva:test:three-of-four', 'still here'));
  });

  it('says that entries wait when a second one is killed, and keeps the waiting entry', async () => {
    const { page } = host;
    await goTo(page, 'peers');
    await cutPower(page, otherNode(page, 1));
    await waitForText(headline(page), /New entries wait: .+ and .+ are missing\. Nothing is lost\./);
    await waitForText(await publishRecord(page, 'diva:test:two-of-four', 'waiting'), /waits for its block/);
    await sealFile(page, { ...changed, name: 'changed.txt' }, '');
    await chooseFile(page, 'seal-file', changed);
    await waitForText(page.getByTestId('seal-known'), /already waits for its block/);
    await goTo(page, 'peers');
    await page.reload();
    await waitForText(page.getByTestId('margin-waiting'), '2 own entries wait');
  });

  it('commits what waited when they are back, and everybody is up to date', async () => {
    const { page, dataDir } = host;
    await otherNode(page, 0).getByTestId('start-node').click();
    await otherNode(page, 1).getByTestId('start-node').click();
    await waitForText(headline(page), '1 more may disappear before new entries stop.');
    await goTo(page, 'entries');
    const entry = page.getByTestId('own-entries').locator('li').filter({ hasText: 'two-of-four' });
    const height = await committedHeight(entry.first());
    await vi.waitFor(async () => {
      const blocks = await Promise.all(localNodes(dataDir).map((node) => blockOf(node, height)));
      expect(new Set(blocks.map((block) => block?.hash)).size).toBe(1);
      expect(JSON.stringify(blocks[0]?.tx)).toContain('diva:test:two-of-four');
    }, LONG);
    await goTo(page, 'peers');
    await members(page)
      .getByTestId('member-state')
      .filter({ hasText: /^up to date$/ })
      .nth(3)
      .waitFor(LONG);
  });

  it('still verifies the proof when no network is open', async () => {
    const { page } = host;
    await goTo(page, 'start');
    await page.getByRole('button', { name: /^Close/ }).click();
    await page.getByRole('button', { name: /^Open/ }).waitFor(LONG);
    const shown = await verdict(page, proof, thesis);
    expect(await shown.innerText()).toMatch(/[34] of 4 members, (75|100)% of the stake/);
    expect(await shown.innerText()).toMatch(/not to a network that is open here/);
  });

  it('caused no complaint: no error in the console, no request off this machine', async () => {
    expect(await host.complaints()).toEqual([]);
  });
});

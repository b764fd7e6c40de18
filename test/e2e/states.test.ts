/**
 * The window in states and languages that a real network reaches rarely or slowly, on sample data. Each must be
 * accessible, fit its width and complain of nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../unit/renderer/fixtures/hosted.ts';
import { EVIDENCE_BLOCK } from '../unit/renderer/fixtures/sample.ts';
import { violations } from './axe.ts';
import { sampleWindows } from './sample-windows.ts';
import type { Look, OpenWindow, SampleWindows } from './sample-windows.ts';
import { LONG } from './window.ts';

const NORMAL: Omit<Scenario, 'language' | 'theme'> = { name: 'open', nodeCount: 4, away: [], height: 48 };

/** Other nodes of this machine that are here and of no help. */
const SILENT: NonNullable<Scenario['silent']> = {
  2: { code: 'amnesia-ending', params: { height: 51 } },
  3: { code: 'clone-detected', params: {} },
};

const STATES: readonly (readonly [string, string, Partial<Scenario>])[] = [
  ['the first start', '/start', { name: 'first' }],
  ['closed networks', '/start', { name: 'closed' }],
  ['slow creation', '/start', { name: 'creating' }],
  ['failed creation', '/start', { name: 'failed' }],
  ['a lost database', '/start', { name: 'missing' }],
  ['sixteen members', '/peers', { nodeCount: 16 }],
  ['a waiting network', '/peers', { away: [2, 3] }],
  ['a node alone', '/peers', { nodeCount: 1 }],
  ['a member that contradicts itself', '/peers', { liar: 2 }],
  ['members that sign nothing', '/peers', { silent: SILENT }],
  ['members that sign nothing, as the own node', '/peers', { name: 'amnesia', silent: SILENT }],
  ['a network on several machines', '/peers', { name: 'shared' }],
  ['invitations', '/peers/invite', { name: 'shared' }],
  ['members who are away, and votes about them', '/peers', { name: 'shared', away: [2] }],
  ['the settings of a membership', '/settings', { name: 'shared' }],
  ['a room', '/peers/room', { name: 'shared', nodeCount: 16, away: [3] }],
  ['an invitation to be taken', '/start/join', { name: 'closed' }],
  ['an invitation to be taken, and nothing nearby', '/start/join', { name: 'first', away: [1] }],
  ['joining', '/start/join', { name: 'joining' }],
  ['invitations to a network that has none', '/peers/invite', {}],
  ['a halted node', '/peers', { name: 'halted' }],
  ['a node that lost its database', '/peers', { name: 'amnesia' }],
  ['a node that the others need and that lost its database', '/peers', { name: 'amnesia', nodeCount: 3 }],
  ['a node that has caught up after a loss', '/peers', { name: 'amnesia-ending' }],
  ['a node whose key runs twice', '/peers', { name: 'clone' }],
  ['a lost host', '/peers', { name: 'lost' }],
  ['a refused window', '/peers', { name: 'refused' }],
  ['an empty chain', '/chain', { height: 1 }],
  ['a chain', '/chain', {}],
  ['the first block', '/chain/1', {}],
  ['a block', '/chain/42', { nodeCount: 16 }],
  ['evidence in a block', `/chain/${EVIDENCE_BLOCK}`, { liar: 2 }],
  ['evidence against who is no member any more', `/chain/${EVIDENCE_BLOCK}`, { liar: 9 }],
  ['a block that does not exist', '/chain/4711', {}],
  ['own entries', '/entries', { away: [2, 3] }],
  ['no entries', '/entries', { height: 1 }],
  ['verification', '/verify', { name: 'first' }],
  ['settings', '/settings', {}],
  ['a locked key', '/start', { name: 'locked' }],
  ['a key without its keyring', '/start', { name: 'keyring-missing' }],
  ['a damaged key', '/settings', { name: 'damaged-key' }],
];

const LOOKS = [
  { language: 'de', theme: 'light', width: 360, height: 740 },
  { language: 'ru', theme: 'dark', width: 1024, height: 640 },
] as const;

let windows: SampleWindows;
beforeAll(async () => void (windows = await sampleWindows()));
afterAll(() => windows.close());

function open(scenario: Scenario, address: string, look: Look): Promise<OpenWindow> {
  return windows.open(scenario, address, look);
}

describe.each(LOOKS)('in $language, $theme, $width wide', ({ language, theme, ...look }) => {
  it.each(STATES)('%s', async (_, address, changes) => {
    const { page, complaints, close } = await open({ ...NORMAL, ...changes, language, theme }, address, look);
    const html = page.locator(`html[lang="${language}"][data-theme="${theme}"]`);
    await html.waitFor({ state: 'attached', ...LONG });
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate(() => {
      const main = document.querySelector('main');
      return main ? main.scrollWidth - main.clientWidth : 0;
    });
    expect(overflow, 'scrolls sideways').toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('what a member signed against the rules', () => {
  it.each(LOOKS)(
    'is opened, read and copied with the keys, in $language',
    async ({ language, theme, ...look }) => {
      const scenario: Scenario = { ...NORMAL, liar: 2, language, theme };
      const { page, close } = await open(scenario, '/peers', look);
      const evidence = page.getByTestId('member-evidence');
      await evidence.getByRole('link').waitFor(LONG);
      expect(await evidence.getByRole('link').getAttribute('href')).toBe(`#/chain/${EVIDENCE_BLOCK}`);
      await page.locator('.misconduct button').focus();
      await page.keyboard.press('Enter');
      const details = page.getByTestId('evidence-details');
      await details.waitFor(LONG);
      await page.getByTestId('fork-details').waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      const copy = details.getByTestId('copy-pair');
      const before = await copy.innerText();
      await page.evaluate(() => {
        navigator.clipboard.writeText = (text) =>
          Promise.resolve(void Object.assign(window, { copied: text }));
      });
      await copy.focus();
      await page.keyboard.press('Enter');
      await copy.filter({ hasNotText: before }).waitFor(LONG);
      const copied = await page.evaluate(() => (window as unknown as { copied: string }).copied);
      const member = await page.evaluate(() => sample.member(2));
      expect(JSON.parse(copied)).toMatchObject({
        publicKey: member.publicKey,
        first: member.evidence!.first,
        second: member.evidence!.second,
      });
      await page.keyboard.press('Escape');
      await details.waitFor({ state: 'detached', ...LONG });
      await close();
    },
  );
});

describe('a node that waits for its owner', () => {
  const silences = [
    ['amnesia', 3, true],
    ['amnesia', 4, false],
    ['amnesia-ending', 4, false],
    ['clone', 3, true],
  ] as const;
  it.each(LOOKS.flatMap((look) => silences.map((silence) => [...silence, look] as const)))(
    'says why (%s, %i nodes), and signs again only when that was confirmed, by keyboard',
    async (name, nodeCount, isNeeded, { language, theme, ...look }) => {
      const { page, close } = await open({ ...NORMAL, name, nodeCount, language, theme }, '/peers', look);
      const decide = page.getByTestId('override');
      await decide.waitFor(LONG);
      expect(await page.getByTestId('silence-needed').count()).toBe(isNeeded ? 1 : 0);
      const told = () =>
        page.evaluate(() =>
          fake.calls.filter(({ name }) => name === 'overrideSilence').map(({ request }) => request),
        );
      const dialog = page.getByRole('alertdialog');
      await decide.focus();
      await page.keyboard.press('Enter');
      await dialog.waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached', ...LONG });
      expect(await told()).toEqual([]);
      await decide.focus();
      await page.keyboard.press('Enter');
      await dialog.waitFor(LONG);
      await dialog.locator('.button-danger').focus();
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached', ...LONG });
      expect(await told()).toEqual([{ decision: name === 'clone' ? 'clone' : 'amnesia' }]);
      await close();
    },
  );
});

describe('another node that signs nothing', () => {
  it.each(LOOKS)(
    'is named, with its reason and what its owner may decide, in $language',
    async ({ language, theme, ...look }) => {
      const { page, close } = await open({ ...NORMAL, silent: SILENT, language, theme }, '/peers', look);
      const keys = await page.evaluate(() => [2, 3].map((index) => sample.key(index)));
      const states = { de: ['unterschreibt ab Block 51', 'Schlüssel'], ru: ['с блока 51', 'ключ'] } as const;
      const headline = await page.getByTestId('margin-headline').textContent();
      for (const name of ['Node 3', 'Node 4']) expect(headline).toContain(name);
      for (const [index, key] of keys.entries()) {
        const row = page.getByTestId(`member-${key}`);
        expect(await row.getByTestId('member-state').textContent()).toContain(states[language][index]);
        await row.locator('.who').focus();
        await page.keyboard.press('Enter');
        const why = page.getByTestId('member-silence');
        await why.waitFor(LONG);
        expect(await why.textContent()).toContain(
          `sign-again ${index === 0 ? 'amnesia' : 'clone'} --only-copy`,
        );
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await why.waitFor({ state: 'detached', ...LONG });
      }
      await close();
    },
  );
});

describe('a lost database', () => {
  it.each(LOOKS)(
    'is begun anew only when that was confirmed, in $language',
    async ({ language, theme, ...look }) => {
      const { page, close } = await open({ ...NORMAL, name: 'missing', language, theme }, '/start', look);
      const asked = () =>
        page.evaluate(() =>
          fake.calls.filter(({ name }) => name === 'openNetwork').map(({ request }) => request),
        );
      const dialog = page.getByRole('alertdialog');
      await page.getByTestId('begin-anew').focus();
      await page.keyboard.press('Enter');
      await dialog.waitFor(LONG);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached', ...LONG });
      expect(await asked()).toEqual([]);
      await page.getByTestId('begin-anew').click();
      await dialog.locator('.button-danger').click();
      await dialog.waitFor({ state: 'detached', ...LONG });
      expect(await asked()).toEqual([{ networkId: 'sample', newDatabase: true }]);
      await close();
    },
  );
});

describe('a network that has no name yet', () => {
  it.each(['choose-create', 'choose-found'])('is not made: what is missing is said (%s)', async (choice) => {
    const scenario: Scenario = { ...NORMAL, name: 'first', language: 'en', theme: 'light' };
    const { page, close } = await open(scenario, '/start', { width: 1280, height: 800 });
    await page.getByTestId(choice).click(LONG);
    await page.locator('#network-name').fill('  ');
    await page.keyboard.press('Enter');
    await page.locator('#display-name:focus[aria-invalid="true"]').waitFor(LONG);
    await page.getByText('Please give the network a name.').waitFor(LONG);
    expect(await page.evaluate(() => fake.calls.filter(({ name }) => name.startsWith('create')))).toEqual([]);
    await close();
  });
});

describe('a network that was just made', () => {
  it.each([['task', 'node'] as const, ['node', 'task'] as const])(
    'is shown when its %s and its %s have come',
    async (...order) => {
      const scenario: Scenario = { ...NORMAL, name: 'first', language: 'en', theme: 'light' };
      const { page, close } = await open(scenario, '/start', { width: 1280, height: 800 });
      await page.getByTestId('choose-create').waitFor(LONG);
      await page.evaluate(([first, second]) => {
        const task = { ...taskOf('createLocalNetwork', 'done', false), version: 9 };
        const pushes = {
          task: () => fake.push('task', task),
          node: () => fake.push('node', sample.snapshot(9)),
        };
        pushes[first]();
        pushes[second]();
      }, order);
      await page.getByTestId('margin-headline').waitFor(LONG);
      await close();
    },
  );
});

describe('what comes while the window shows something else', () => {
  const look = { width: 1280, height: 800 };
  const opened = (name: Scenario['name'], address: string): Promise<OpenWindow> =>
    open({ ...NORMAL, name, language: 'en', theme: 'light' }, address, look);

  it('does not take away what is being chosen, nor ask for the invitations again before there is a block', async () => {
    const { page, close } = await opened('shared', '/peers/invite');
    const wifi = page.getByTestId('interface-wlp3s0');
    await wifi.check();
    const lists = await page.evaluate(async () => {
      const rendered = () =>
        new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame));
      const asked = () => fake.calls.filter(({ name }) => name === 'listInvitations').length;
      const counts = [asked()];
      const { network } = joiningSample.snapshot(1);
      for (const [version, height] of [
        [2, 48],
        [3, 48],
        [4, 49],
      ] as const) {
        fake.push('node', { ...joiningSample.snapshot(version), network: network && { ...network, height } });
        await rendered();
        counts.push(asked());
      }
      return counts;
    });
    expect(await wifi.isChecked()).toBe(true);
    expect(lists).toEqual([1, 1, 1, 2]);
    await close();
  });

  it('is asked about, also when a second link is opened', async () => {
    const { page, close } = await opened('closed', '/start');
    for (const link of ['diva://join/1/AAAA', 'diva://join/1/AAAB']) {
      await page.evaluate((text) => fake.push('openedLink', { link: text, fault: null }), link);
      await page.getByTestId('confirm-join').waitFor(LONG);
      await page.getByTestId('nav-settings').first().click();
      await page.getByTestId('backup').waitFor(LONG);
    }
    await close();
  });

  it('does not take the focus from whoever types already', async () => {
    const { page, close } = await opened('closed', '/start');
    const answer = await page.evaluateHandle(() => fake.hold('backupState'));
    await page.getByTestId('choose-restore').click(LONG);
    await page.locator('[data-testid="backup-path"]:focus').waitFor(LONG);
    await page.getByTestId('backup-passphrase').focus();
    await answer.evaluate((give) => give());
    await page.getByRole('button', { name: 'Choose' }).waitFor(LONG);
    expect(await page.locator(':focus').getAttribute('data-testid')).toBe('backup-passphrase');
    await close();
  });

  it('is said where the networks are, when a backup was restored', async () => {
    const { page, close } = await opened('closed', '/settings');
    await page.getByTestId('backup').waitFor(LONG);
    await page.evaluate(() =>
      fake.push('task', { ...taskOf('restoreBackup', 'done', false), backupPath: '/home/anna/before' }),
    );
    await page.getByTestId('nav-start').first().click();
    await page.getByTestId('restored').getByText('/home/anna/before').waitFor(LONG);
    await close();
  });
});

describe('the list of blocks', () => {
  it('does not move under a reader when blocks arrive, and leads to them', async () => {
    const scenario: Scenario = { ...NORMAL, height: 300, language: 'en', theme: 'light' };
    const { page, close } = await open(scenario, '/chain', { width: 1280, height: 800 });
    await page.getByTestId('block-300').waitFor(LONG);
    await page.getByTestId('block-list').evaluate((list) => list.scrollTo({ top: 20 * 72 }));
    const read = page.getByTestId('block-278');
    await read.waitFor(LONG);
    const before = await read.boundingBox();
    await page.evaluate(() =>
      [301, 302, 303].forEach((height) => fake.push('block', sample.summary(height))),
    );
    const newer = page.getByRole('button', { name: '3 new blocks' });
    await newer.waitFor(LONG);
    expect(await read.boundingBox()).toEqual(before);
    await newer.click();
    await page.getByTestId('block-303').waitFor(LONG);
    await newer.waitFor({ state: 'hidden', ...LONG });
    await close();
  });

  it('is walked through with the arrow keys', async () => {
    const scenario: Scenario = { ...NORMAL, height: 300, language: 'en', theme: 'light' };
    const { page, close } = await open(scenario, '/chain', { width: 1280, height: 800 });
    await page.getByTestId('block-300').focus();
    for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowDown');
    await page.locator('[data-testid="block-270"]:focus').waitFor(LONG);
    await page.keyboard.press('Enter');
    await page.getByTestId('block-detail').getByText('In detail').waitFor(LONG);
    await close();
  });
});

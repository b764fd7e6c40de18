import { createPinia, setActivePinia } from 'pinia';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSSRApp, defineComponent, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { ErrorCode } from '../../../src-main/app/contract/errors.ts';
import type { AppInfo, Language } from '../../../src-main/app/contract/shell.ts';
import Ring from '../../../src-renderer/components/pictures/Ring.vue';
import { useErrorText } from '../../../src-renderer/composables/useErrorText.ts';
import { useEvidenceText } from '../../../src-renderer/composables/useEvidenceText.ts';
import { useFormat } from '../../../src-renderer/composables/useFormat.ts';
import { useMarginText } from '../../../src-renderer/composables/useMarginText.ts';
import { makeI18n } from '../../../src-renderer/i18n.ts';
import { useAppStore } from '../../../src-renderer/stores/app.ts';
import { useNodeStore } from '../../../src-renderer/stores/node.ts';
import { FakeBridge } from './fixtures/bridge.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample } from './fixtures/sample.ts';

const LANGUAGES: readonly Language[] = ['en', 'de', 'ru'];

/** Runs a composable as a component of the window would. */
async function inWindow<Value>(language: Language, use: () => Value): Promise<Value> {
  const results: Value[] = [];
  const component = defineComponent(() => {
    results.push(use());
    return () => h('p');
  });
  await renderToString(createSSRApp(component).use(makeI18n(language)));
  const [value] = results;
  if (value === undefined) throw new Error('the component did not run');
  return value;
}

async function margin(
  language: Language,
  nodeCount: number,
  away: readonly number[],
  silent: readonly number[] = [],
): Promise<readonly string[]> {
  setActivePinia(createPinia());
  const fake = new FakeBridge({});
  vi.stubGlobal('window', { diva: fake.bridge });
  useNodeStore().connect();
  const forgot = { code: 'amnesia', params: {} } as const;
  const options = {
    nodeCount,
    away,
    height: 9,
    silent: Object.fromEntries(silent.map((at) => [at, forgot])),
  };
  fake.push('node', new Sample(options, text32).snapshot(1));
  const { headline, detail } = await inWindow(language, useMarginText);
  return [headline.value, detail.value];
}

afterEach(() => void vi.unstubAllGlobals());

describe('the safety margin in words', () => {
  it.each([
    [7, [], '2 more may disappear before new entries stop.'],
    [4, [], '1 more may disappear before new entries stop.'],
    [4, [2], 'Nobody more may disappear: with one less, new entries wait.'],
    [3, [], 'Everybody is needed: if one disappears, new entries wait.'],
    [1, [], 'Your node decides alone.'],
    [4, [2, 3], 'New entries wait: Node 3 and Node 4 are missing. Nothing is lost.'],
    [3, [2], 'New entries wait: Node 3 is missing. Nothing is lost.'],
    [16, [1, 2, 3, 4, 5, 6], 'New entries wait: 6 members are missing. Nothing is lost.'],
  ])('of %i nodes without %j', async (nodeCount, away, sentence) => {
    const [headline] = await margin('en', nodeCount, away);
    expect(headline).toBe(sentence);
  });

  it.each([
    ['en', 'Anna is needed: without it new entries wait.'],
    ['de', 'Es braucht Anna: Sonst warten neue Einträge.'],
    ['ru', 'Нужен Anna: без него новые записи будут ждать.'],
  ] as const)('names who is needed where others are not, in %s', async (language, sentence) => {
    setActivePinia(createPinia());
    const fake = new FakeBridge({});
    vi.stubGlobal('window', { diva: fake.bridge });
    useNodeStore().connect();
    const snapshot = new Sample({ nodeCount: 2, away: [], height: 9 }, text32).snapshot(1);
    const { network } = snapshot;
    if (!network) throw new Error('the sample has a network');
    const members = network.members.map((member) => ({ ...member, stake: member.isSelf ? 9 : 2 }));
    const margin = { ...network.margin, stakeToSpare: 3, totalStake: 11, quorumStake: 8 };
    fake.push('node', { ...snapshot, network: { ...network, members, margin } });
    expect((await inWindow(language, useMarginText)).headline.value).toBe(sentence);
  });

  it('says what helps, and with whom the node agrees', async () => {
    expect((await margin('en', 4, [2, 3]))[1]).toMatch(/^One of them must come back/);
    expect((await margin('en', 3, [2]))[1]).toMatch(/^When it is back/);
    expect((await margin('en', 4, []))[1]).toBe('Your node agrees with 2 of 3 peers.');
    expect((await margin('en', 4, [1, 3]))[1]).toMatch(/^One of them/);
    expect((await margin('en', 2, []))[1]).toBe('Your node agrees with 1 of 1 peer.');
  });

  it.each([
    [[], [2, 3], 'New entries wait: Node 3 and Node 4 sign nothing. Nothing is lost.'],
    [[], [0, 3], 'New entries wait: Anna and Node 4 sign nothing. Nothing is lost.'],
    [[1], [2], 'New entries wait. Missing: Node 2. Signing nothing: Node 3. Nothing is lost.'],
    [[], [2], 'Nobody more may disappear: with one less, new entries wait.'],
  ])('without %j, while %j sign nothing', async (away, silent, sentence) => {
    const [headline, detail] = await margin('en', 4, away, silent);
    expect(headline).toBe(sentence);
    if (away.length + silent.length > 1) expect(detail).toMatch(/are back or sign again/);
  });

  it('is said in German and Russian', async () => {
    expect(await margin('de', 4, [2, 3])).toEqual([
      'Neue Einträge warten: Node 3 und Node 4 fehlen. Nichts ist verloren.',
      'Eines davon muss zurückkommen: Dann geht alles Wartende von selbst weiter.',
    ]);
    const [russian] = await margin('ru', 7, []);
    expect(russian).toBe('Могут исчезнуть ещё 2 участника, прежде чем новые записи остановятся.');
  });
});

describe.each(LANGUAGES)('errors in %s', (language) => {
  it('say what happened, what was kept and what to do, whatever the host knows of them', async () => {
    const { errorText } = await inWindow(language, useErrorText);
    for (const code of ErrorCode.enum) {
      for (const sentence of Object.values(errorText({ code, params: {} }))) {
        expect(sentence, code).toMatch(/^\S.{8,}/);
        expect(sentence, code).not.toMatch(/[{}]|errors\.|kept\./);
      }
    }
  });

  it('are sentences also for a code that this version does not know', async () => {
    const { errorText } = await inWindow(language, useErrorText);
    const unknown = { code: 'from-the-future' as 'internal', params: {} };
    expect(errorText(unknown)).toEqual(errorText({ code: 'internal', params: {} }));
  });
});

describe('errors', () => {
  it('say where the logs are, without being told', async () => {
    setActivePinia(createPinia());
    useAppStore().info = { logDir: '/data/logs' } as AppInfo;
    const { errorText } = await inWindow('en', useErrorText);
    expect(errorText({ code: 'internal', params: {} }).todo).toContain('/data/logs');
    expect(errorText({ code: 'node-ended', params: { log: '/data/node.log' } }).todo).toContain(
      '/data/node.log',
    );
  });

  it('name the work and the stage in words, and sizes in units', async () => {
    const { errorText } = await inWindow('en', useErrorText);
    expect(errorText({ code: 'busy', params: { task: 'addNode' } }).what).toContain('Adding a node');
    expect(errorText({ code: 'timeout', params: { stage: 'connecting' } }).what).toContain('Connect them');
    const tooLarge = errorText({ code: 'too-large', params: { sizeBytes: 70_000, maximumBytes: 32_000 } });
    expect(tooLarge.what).toBe('This is too large: 70 kB; at most 32 kB is possible.');
  });
});

describe('what a member signed against the rules', () => {
  const statement = { height: 7, hash: null, hn: null, signature: 's' };
  const commit = { ...statement, kind: 'commit', view: 2 } as const;
  const skip = { ...statement, kind: 'skip', view: 4, hn: 1 } as const;

  it('names the round whose stamp it saw and then did not know, in whichever order', async () => {
    const { whatItDid } = await inWindow('en', useEvidenceText);
    const sentence =
      'committed to the stamp of round 3 of block 7, ' +
      'and signed for that or a later round that it knew no stamp that new';
    expect(whatItDid({ first: commit, second: skip })).toBe(sentence);
    expect(whatItDid({ first: skip, second: commit })).toBe(sentence);
    expect(whatItDid({ first: skip, second: { ...skip, hn: -1 } })).toMatch(/^signed two different wishes/);
  });

  it('names the newest stamp of a skip, or that there was none', async () => {
    const { statements } = await inWindow('en', useEvidenceText);
    const [first, second] = statements({ first: skip, second: { ...skip, hn: -1 } });
    expect(first?.facts.at(-1)).toEqual({ label: 'newest stamp named', text: 'of round 2' });
    expect(second?.facts.at(-1)).toEqual({ label: 'newest stamp named', text: 'none' });
    expect(statements({ first: commit, second: skip })[0]?.facts).toHaveLength(2);
  });
});

describe('numbers and times', () => {
  it('are written as the language writes them', async () => {
    const english = await inWindow('en', useFormat);
    const german = await inWindow('de', useFormat);
    expect([english.bytes(1), english.bytes(1500), english.bytes(2.5e9)]).toEqual([
      '1 byte',
      '1.5 kB',
      '2.5 GB',
    ]);
    expect(german.number(12_345.5)).toBe('12.345,5');
    expect([english.duration(0.7), english.duration(240), english.duration(61_000)]).toEqual([
      '0.7 ms',
      '240 ms',
      '1 min 1 sec',
    ]);
    expect([english.elapsed(1.6), english.elapsed(14_900)]).toEqual(['0 sec', '14 sec']);
    const long = [3_599_999, 3_600_000, 86_399_999, 86_400_000, 180_000_000];
    expect(long.map((span) => english.elapsed(span))).toEqual([
      '59 min 59 sec',
      '1 hr 0 min',
      '23 hr 59 min',
      '1 day',
      '2 days 2 hr',
    ]);
    expect(german.elapsed(180_000_000)).toBe('2 Tage 2 Std.');
    expect([english.ago(1500), english.ago(65_000), german.ago(3 * 3_600_000)]).toEqual([
      'just now',
      '1 min. ago',
      'vor 3 Std.',
    ]);
    expect(german.list(['A', 'B', 'C'])).toBe('A, B und C');
  });

  it('never say more than there is: shares are rounded down', async () => {
    const { percent } = await inWindow('en', useFormat);
    expect([percent(200, 200), percent(199, 200), percent(2, 3), percent(29, 100)]).toEqual([
      '100%',
      '99%',
      '66%',
      '29%',
    ]);
    expect([percent(0, 7), percent(1, 128), percent(1, 100), percent(0.999)]).toEqual([
      '0%',
      '0.7%',
      '1%',
      '99%',
    ]);
    expect(percent(2 ** 50 - 1, 2 ** 50)).toBe('99%');
  });
});

describe('the ring as a picture', () => {
  it('tells a screen reader what it shows', async () => {
    const members = [{ id: 'a', stake: 1, state: 'signed' as const }];
    const html = await renderToString(
      createSSRApp(Ring, { members, label: 'All signed', size: 96, text: '1/1' }),
    );
    expect(html).toMatch(/role="img"[^>]*><title[^>]*>All signed<\/title>/);
    expect(html).toContain('class="ring closed"');
  });
});

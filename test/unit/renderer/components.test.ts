import { createPinia, type Pinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Component } from 'vue';
import type { NodePhase } from '../../../src-main/app/contract/node.ts';
import type { Language } from '../../../src-main/app/contract/shell.ts';
import BlockRow from '../../../src-renderer/components/chain/BlockRow.vue';
import BlockSigners from '../../../src-renderer/components/chain/BlockSigners.vue';
import ConfirmJoin from '../../../src-renderer/components/join/ConfirmJoin.vue';
import ProofVerdict from '../../../src-renderer/components/verify/ProofVerdict.vue';
import FastWayBanner from '../../../src-renderer/components/FastWayBanner.vue';
import SilenceBanner from '../../../src-renderer/components/SilenceBanner.vue';
import { useAgreementRing } from '../../../src-renderer/composables/useAgreementRing.ts';
import { useNodeStore } from '../../../src-renderer/stores/node.ts';
import { FakeBridge } from './fixtures/bridge.ts';
import { heard as heardIn } from './fixtures/heard.ts';
import { JoiningSample } from './fixtures/joining.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample } from './fixtures/sample.ts';

let pinia: Pinia;
let fake: FakeBridge;
let version = 0;

beforeEach(() => {
  version = 0;
  pinia = createPinia();
  setActivePinia(pinia);
  fake = new FakeBridge({});
  vi.stubGlobal('window', { diva: fake.bridge });
  useNodeStore().connect();
});
afterEach(() => void vi.unstubAllGlobals());

function heard(component: Component, props: object, language?: Language): Promise<string> {
  return heardIn(component, props, pinia, language);
}

describe('a silent node', () => {
  function banner(nodeCount: number, away: readonly number[], phase: NodePhase, language?: Language) {
    const error = { code: 'amnesia', params: {} } as const;
    const snapshot = new Sample({ nodeCount, away, height: 9, silent: { 0: error } }, text32).snapshot(
      ++version,
    );
    fake.push('node', { ...snapshot, phase });
    return heard(SilenceBanner, { error }, language);
  }

  it('is not needed by others who are enough', async () => {
    expect(await banner(4, [], 'amnesia')).not.toContain('Without your node');
    expect(await banner(7, [2], 'clone')).not.toContain('Without your node');
  });

  it('is needed by others who would be too few even together', async () => {
    expect(await banner(3, [], 'amnesia')).toContain('Without your node the others are too few');
    expect(await banner(3, [1], 'amnesia')).toContain('Without your node the others are too few');
  });

  it('is needed as long as too many of the others are away, and says who', async () => {
    expect(await banner(4, [2], 'amnesia')).toContain(
      'nothing goes on before Node 3 is back, or you decide.',
    );
    expect(await banner(4, [1, 2], 'clone')).toMatch(/enough of the missing .* Missing: Node 2 and Node 3\./);
    expect(await banner(4, [2], 'clone', 'de')).toContain('bevor Node 3 zurückkommt oder du entscheidest.');
    expect(await banner(4, [1, 2], 'clone', 'ru')).toContain('Нет на месте: Node 2 и Node 3.');
  });

  it('of which the owner decides nothing says nothing of it', async () => {
    expect(await banner(4, [2], 'halted')).not.toContain('Without your node');
  });
});

describe('a block of a network of one node', () => {
  const sample = new Sample({ nodeCount: 1, away: [], height: 9 }, text32);

  it.each([
    ['en', 'Final: 1 of 1 member signed, 100% of the stake', '1 of 1 member signed, more than'],
    [
      'de',
      'Endgültig: 1 von 1 Mitglied hat unterschrieben, 100',
      '1 von 1 Mitglied hat unterschrieben, mehr',
    ],
    ['ru', 'Окончательно: подписи 1 из 1 участника, 100', 'Есть подписи 1 из 1 участника, больше'],
  ] as const)('is signed by one member, in %s', async (language, row, certificate) => {
    const block = { block: sample.summary(5), selected: false, fresh: false };
    expect(await heard(BlockRow, block, language)).toContain(row);
    const signers = { certificate: sample.detail(5, 0).certificate, height: 5 };
    expect(await heard(BlockSigners, signers, language)).toContain(certificate);
  });
});

it('a block that one of four members could sign alone counts the four', async () => {
  const sample = new Sample({ nodeCount: 4, away: [], height: 9 }, text32);
  const block = { ...sample.summary(5), signerCount: 1 };
  expect(await heard(BlockRow, { block, selected: false, fresh: false })).toContain('1 of 4 members signed');
  const { certificate } = sample.detail(5, 0);
  const members = certificate?.members.map((member, index) => ({ ...member, signed: index === 0 }));
  const text = await heard(BlockSigners, { certificate: { ...certificate, members }, height: 5 });
  expect(text).toContain('1 of 4 members signed');
  const verdict = sample.verdict(true);
  const claim = { ...verdict.claim, signerCount: 1, memberCount: 4 };
  expect(await heard(ProofVerdict, { verdict: { ...verdict, claim } })).toContain('1 of 4 members, ');
  fake.push('node', new Sample({ nodeCount: 4, away: [1, 2, 3], height: 9 }, text32).snapshot(1));
  const ring = await heard(() => useAgreementRing().label.value, {});
  expect(ring).toContain('1 of 4 members are here');
});

describe('the fast way', () => {
  const joining = new JoiningSample(new Sample({ nodeCount: 4, away: [], height: 9 }, text32), text32);

  it('is offered where a chain is long, and explained in one sentence', async () => {
    const invitation = { ...joining.invitation(), checkpointHeight: 1000 };
    expect(await heard(ConfirmJoin, { invitation })).not.toContain('fast way');
    const text = await heard(ConfirmJoin, { invitation: { ...invitation, checkpointHeight: 12_345 } });
    expect(text).toContain('Take the fast way Up to block 12,345, which the invitation names');
  });

  it.each([
    ['en', 'Signatures of older blocks are being checked: 12,345 of 50,000.', '20% of the older blocks'],
    ['de', 'Die Unterschriften älterer Blöcke werden geprüft: 12.345 von 50.000.', '20\u00a0% der älteren'],
    ['ru', 'Проверяются подписи старых блоков: 12\u00a0345 из 50\u00a0000.', 'Проверено 20\u00a0%'],
  ] as const)(
    'says how much is checked, and speaks of each tenth, in %s',
    async (language, shown, spoken) => {
      const way = { state: 'proving', proved: 12_345, to: 50_000 } as const;
      const text = await heard(FastWayBanner, { way }, language);
      expect(text).toContain(shown.replaceAll(/\s/g, ' '));
      expect(text).toContain(spoken.replaceAll(/\s/g, ' '));
    },
  );

  it('that was left says so, and that nothing has to be done', async () => {
    const way = { state: 'dropped', proved: 0, to: 0 } as const;
    const text = await heard(FastWayBanner, { way });
    expect(text).toMatch(/^The fast way was left\. .* nothing of it was used.*You need not do anything\.$/);
  });
});

describe('a row of the list of blocks', () => {
  it('is read out with the number of its block first', async () => {
    const sample = new Sample({ nodeCount: 4, away: [], height: 9 }, text32);
    fake.push('node', sample.snapshot(1));
    const text = await heard(BlockRow, { block: sample.summary(5), selected: false, fresh: false });
    expect(text).toMatch(/^Block 5 .* proposed by .*Final: 3 of 4 members signed, 75% of the stake/);
  });
});

import { defineStore } from 'pinia';
import { computed, shallowRef, ref } from 'vue';
import type { BlockDetail, BlockSummary } from '../../src-main/app/contract/chain.ts';
import type { Outcome } from '../../src-main/app/contract/errors.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

const PAGE_SIZE = 50;
const TRANSACTION_PAGE_SIZE = 20;
/** Older blocks are reached by their number; the list itself stays bounded. */
const MAX_BLOCKS = 5000;

/** The newest blocks without gaps, newest first. */
export const useChainStore = defineStore('chain', () => {
  const blocks = shallowRef<readonly BlockSummary[]>([]);
  const loading = ref(false);
  const loaded = ref(false);

  const newestHeight = computed(() => blocks.value[0]?.height ?? 0);
  const oldestHeight = computed(() => blocks.value.at(-1)?.height ?? 0);
  const hasOlder = computed(() => oldestHeight.value > 1 && blocks.value.length < MAX_BLOCKS);

  function connect(): () => void {
    return subscribe('block', (block) => {
      if (!loaded.value) return;
      if (block.height === newestHeight.value + 1)
        blocks.value = [block, ...blocks.value].slice(0, MAX_BLOCKS);
      else if (block.height > newestHeight.value) void loadNewest();
    });
  }

  /** Forgets everything: another network is open. */
  function reset(): void {
    blocks.value = [];
    loaded.value = false;
  }

  async function loadNewest(): Promise<void> {
    const page = await load(null);
    if (!page) return;
    loaded.value = true;
    const oldest = page.at(-1);
    const joins = oldest !== undefined && oldest.height <= newestHeight.value + 1;
    const fresh = page.filter((block) => block.height > newestHeight.value);
    blocks.value = joins ? [...fresh, ...blocks.value].slice(0, MAX_BLOCKS) : page;
  }

  async function loadOlder(): Promise<void> {
    if (loading.value || !hasOlder.value) return;
    const page = await load(oldestHeight.value);
    if (!page) return;
    const older = page.filter((block) => block.height < oldestHeight.value);
    blocks.value = [...blocks.value, ...older];
  }

  async function load(before: number | null): Promise<readonly BlockSummary[] | null> {
    loading.value = true;
    const outcome = await request('listBlocks', { before, limit: PAGE_SIZE });
    loading.value = false;
    if (outcome.ok) return outcome.value.blocks;
    if (outcome.error.code !== 'no-network') useNoticesStore().fail('listBlocks', outcome.error);
    return null;
  }

  /** One block in depth, with one page of its transactions. */
  function getBlock(height: number, transactionOffset: number): Promise<Outcome<BlockDetail>> {
    return request('getBlock', { height, transactionOffset, transactionLimit: TRANSACTION_PAGE_SIZE });
  }

  return { getBlock, blocks, loading, loaded, newestHeight, hasOlder, connect, reset, loadNewest, loadOlder };
});

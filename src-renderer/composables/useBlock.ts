import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { BlockDetail, Transaction } from '../../src-main/app/contract/chain.ts';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import { useChainStore } from '../stores/chain.ts';

/** One block in depth; its transactions come page by page. */
export function useBlock(height: () => number) {
  const chain = useChainStore();
  const block = shallowRef<BlockDetail | null>(null);
  const transactions = shallowRef<readonly Transaction[]>([]);
  const error = ref<ContractError | null>(null);
  const loading = ref(false);
  let current = 0;
  onScopeDispose(() => (current = -1));

  watch(height, (wanted) => void load(wanted), { immediate: true });

  async function load(wanted: number): Promise<void> {
    current = wanted;
    loading.value = true;
    const outcome = await chain.getBlock(wanted, 0);
    // Another block may have been chosen meanwhile.
    if (current !== wanted) return;
    loading.value = false;
    error.value = outcome.ok ? null : outcome.error;
    block.value = outcome.ok ? outcome.value : null;
    transactions.value = outcome.ok ? outcome.value.transactions : [];
  }

  async function loadMore(): Promise<void> {
    const wanted = current;
    loading.value = true;
    const outcome = await chain.getBlock(wanted, transactions.value.length);
    if (current !== wanted) return;
    loading.value = false;
    if (outcome.ok) transactions.value = [...transactions.value, ...outcome.value.transactions];
    else error.value = outcome.error;
  }

  return { block, transactions, error, loading, load, loadMore };
}

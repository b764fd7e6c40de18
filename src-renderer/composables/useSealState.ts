import { computed, ref, watch, type Ref } from 'vue';
import type { ProofFile } from '../../src-main/app/contract/records.ts';
import { useEntriesStore } from '../stores/entries.ts';
import { useProofsStore } from '../stores/proofs.ts';

export type SealState =
  /** Not asked yet, or nothing is known of it: it may be sealed. */
  { readonly is: 'asking' | 'new' | 'waiting' } | { readonly is: 'sealed'; readonly proof: ProofFile };

/** Whether this very file was sealed before: a second seal would prove nothing more. */
export function useSealState(fileHash: Readonly<Ref<string | null>>) {
  const proofs = useProofsStore();
  const entries = useEntriesStore();
  const state = ref<SealState>({ is: 'asking' });
  const stage = computed(() => entries.entries.find((entry) => entry.fileHash === fileHash.value)?.stage);

  // What waits may get into its block meanwhile.
  watch([fileHash, stage], ([hash], [before]) => {
    if (hash !== before) state.value = { is: 'asking' };
    if (hash !== null) void ask(hash);
  });

  async function ask(hash: string): Promise<void> {
    const outcome = await proofs.proofOf(hash);
    if (fileHash.value !== hash) return;
    if (outcome.ok) state.value = { is: 'sealed', proof: outcome.value };
    else state.value = { is: outcome.error.code === 'not-committed' ? 'waiting' : 'new' };
  }

  return state;
}

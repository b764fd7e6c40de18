import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import type { Admission } from '../../src-main/app/contract/joining.ts';
import type { NetworkSummary } from '../../src-main/app/contract/networks.ts';
import { useTaskStore } from './task.ts';

const DEFAULT_NODES = 4;
const DEFAULT_ADMISSION: Admission = 'ask';

/** What the person has typed into the set-up. It stays when the work is cancelled or fails; no passphrase is kept. */
export const useSetupStore = defineStore('setup', () => {
  /** Which kind of network is being made. */
  const making = ref<NetworkSummary['kind'] | null>(null);
  /** Null: not touched yet, what is known is proposed. */
  const displayName = ref<string | null>(null);
  const networkName = ref<string | null>(null);
  const nodeCount = ref(DEFAULT_NODES);
  const admission = ref<Admission>(DEFAULT_ADMISSION);
  const raises = ref(true);

  /** The network is there, or the person went back. */
  function finish(): void {
    making.value = null;
    displayName.value = null;
    networkName.value = null;
    nodeCount.value = DEFAULT_NODES;
    admission.value = DEFAULT_ADMISSION;
    raises.value = true;
  }

  const tasks = useTaskStore();
  watch(
    () => [tasks.task?.kind, tasks.task?.state],
    ([kind, state]) => {
      const made = kind === 'createLocalNetwork' || kind === 'createSharedNetwork';
      if (made && state === 'done') finish();
    },
  );

  return { making, displayName, networkName, nodeCount, admission, raises, finish };
});

import { defineStore } from 'pinia';
import { ref, watch } from 'vue';
import { useTaskStore } from './task.ts';

const DEFAULT_NODES = 4;

/** What the person has typed into the set-up. It stays when the work is cancelled or fails; no passphrase is kept. */
export const useSetupStore = defineStore('setup', () => {
  const active = ref(false);
  /** Null: not touched yet, what is known is proposed. */
  const displayName = ref<string | null>(null);
  const networkName = ref<string | null>(null);
  const nodeCount = ref(DEFAULT_NODES);

  /** The network is there, or the person went back. */
  function finish(): void {
    active.value = false;
    displayName.value = null;
    networkName.value = null;
    nodeCount.value = DEFAULT_NODES;
  }

  const tasks = useTaskStore();
  watch(
    () => [tasks.task?.kind, tasks.task?.state],
    ([kind, state]) => {
      if (kind === 'createLocalNetwork' && state === 'done') finish();
    },
  );

  return { active, displayName, networkName, nodeCount, finish };
});

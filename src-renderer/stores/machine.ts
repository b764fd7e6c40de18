import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { MachineState } from '../../src-main/app/contract/machine.ts';
import { request, subscribe } from '../api.ts';
import { useTaskStore } from './task.ts';

/** The computer under the node. */
export const useMachineStore = defineStore('machine', () => {
  const state = ref<MachineState | null>(null);
  const sleptMs = computed(() => state.value?.sleptMs ?? null);
  const clockSetMs = computed(() => state.value?.clockSetMs ?? null);
  /** Of a disk that is nearly full. */
  const freeBytes = computed(() => (state.value?.disk?.isLow === true ? state.value.disk.freeBytes : null));

  function connect(): () => void {
    return subscribe('machine', (value) => (state.value = value));
  }

  /** Closes the open network and opens it again: for a node that has stopped signing. */
  function reopen(): Promise<boolean> {
    return useTaskStore().start('openNetwork', () => request('reopenNetwork', {}));
  }

  return { sleptMs, clockSetMs, freeBytes, connect, reopen };
});

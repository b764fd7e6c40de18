import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { CreateSharedNetworkRequest } from '../../src-main/app/contract/joining.ts';
import type { CreateLocalNetworkRequest, NetworkSummary } from '../../src-main/app/contract/networks.ts';
import { request, subscribe } from '../api.ts';
import { useTaskStore } from './task.ts';

/** The networks on this machine. */
export const useNetworksStore = defineStore('networks', () => {
  const networks = ref<readonly NetworkSummary[]>([]);
  /** False until the host has said which networks there are. */
  const known = ref(false);
  const open = computed(() => networks.value.find((network) => network.state !== 'closed') ?? null);
  /** The others' nodes run on machines of their own. */
  const isShared = computed(() => open.value?.kind === 'shared');

  function connect(): () => void {
    return subscribe('networks', (list) => {
      networks.value = list.networks;
      known.value = true;
    });
  }

  function createLocal(wish: CreateLocalNetworkRequest): Promise<boolean> {
    return useTaskStore().start('createLocalNetwork', () => request('createLocalNetwork', wish));
  }

  function createShared(wish: CreateSharedNetworkRequest): Promise<boolean> {
    return useTaskStore().start('createSharedNetwork', () => request('createSharedNetwork', wish));
  }

  function openNetwork(networkId: string, newDatabase = false): Promise<boolean> {
    return useTaskStore().start('openNetwork', () => request('openNetwork', { networkId, newDatabase }));
  }

  function closeNetwork(networkId: string): Promise<boolean> {
    return useTaskStore().start('closeNetwork', () => request('closeNetwork', { networkId }));
  }

  function removeNetwork(networkId: string, confirmedName: string): Promise<boolean> {
    return useTaskStore().start('removeNetwork', () =>
      request('removeNetwork', { networkId, confirmedName }),
    );
  }

  return {
    networks,
    known,
    open,
    isShared,
    connect,
    createLocal,
    createShared,
    openNetwork,
    closeNetwork,
    removeNetwork,
  };
});

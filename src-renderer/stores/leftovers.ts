import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Leftovers } from '../../src-main/app/contract/networks.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

export interface LeftNetwork {
  readonly id: string;
  readonly name: string;
  readonly nodes: Leftovers['nodes'];
}

/** Node processes that outlived an earlier start of the app, by network. */
export const useLeftoversStore = defineStore('leftovers', () => {
  const nodes = ref<Leftovers['nodes']>([]);
  /** A network whose processes are being ended. */
  const endingId = ref<string | null>(null);
  const networks = computed(() => {
    const byId = new Map<string, LeftNetwork>();
    for (const { networkId: id, networkName: name } of nodes.value)
      byId.set(id, { id, name, nodes: nodes.value.filter(({ networkId }) => networkId === id) });
    return [...byId.values()];
  });

  function connect(): () => void {
    return subscribe('leftovers', (state) => (nodes.value = state.nodes));
  }

  async function end(networkId: string, restart: boolean): Promise<void> {
    endingId.value = networkId;
    const outcome = await request('endLeftovers', { networkId, restart });
    endingId.value = null;
    if (!outcome.ok) useNoticesStore().fail('endLeftovers', outcome.error);
  }

  return { networks, endingId, connect, end };
});

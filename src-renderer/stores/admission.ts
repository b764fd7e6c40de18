import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { AdmissionSettings, AdmissionState, JoinRequest } from '../../src-main/app/contract/joining.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

/** Who asks to become a member of the open network, and whom the own node lets in. */
export const useAdmissionStore = defineStore('admission', () => {
  const state = shallowRef<AdmissionState>({ settings: null, requests: [] });
  /** Keys about which the host was told, and has not answered yet. */
  const deciding = ref<readonly string[]>([]);

  const settings = computed<AdmissionSettings | null>(() => state.value.settings);
  const requests = computed(() => state.value.requests);
  /** Those that wait for the person at this machine. */
  const open = computed(() => requests.value.filter(isForOwner));

  function connect(): () => void {
    return subscribe('admission', (value) => (state.value = value));
  }

  async function set(change: RequestOf<'setAdmission'>): Promise<void> {
    const outcome = await request('setAdmission', change);
    if (outcome.ok) state.value = { ...state.value, settings: outcome.value };
    else useNoticesStore().fail('setAdmission', outcome.error);
  }

  async function decide({ publicKey }: JoinRequest, accept: boolean): Promise<void> {
    deciding.value = [...deciding.value, publicKey];
    const outcome = await request('decideJoinRequest', { publicKey, accept });
    deciding.value = deciding.value.filter((key) => key !== publicKey);
    if (!outcome.ok) useNoticesStore().fail('decideJoinRequest', outcome.error);
  }

  return { settings, requests, open, deciding, connect, set, decide };
});

function isForOwner({ state, reason }: JoinRequest): boolean {
  return state === 'waiting' && reason === 'owner';
}

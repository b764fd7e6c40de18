import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { IdentityState, SetPassphraseRequest } from '../../src-main/app/contract/identity.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';
import { useTaskStore } from './task.ts';

/** The own key: whose it is, whether it is open, and how its file is closed. */
export const useIdentityStore = defineStore('identity', () => {
  const state = ref<IdentityState | null>(null);
  /** Where the former key is since the person started over. */
  const backupPath = ref<string | null>(null);

  const known = computed(() => state.value !== null);
  const identity = computed(() => state.value?.identity ?? null);
  const problem = computed(() => state.value?.problem ?? null);
  const newKey = computed(() => state.value?.newKey ?? 'unprotected');
  /** There is a key, and it cannot sign. */
  const closed = computed(
    () => problem.value !== null || (identity.value !== null && identity.value.access !== 'open'),
  );

  function connect(): () => void {
    return subscribe('identity', (value) => (state.value = value));
  }

  async function unlock(passphrase: string): Promise<ContractError | null> {
    const outcome = await request('unlockIdentity', { passphrase });
    return outcome.ok ? null : outcome.error;
  }

  async function setPassphrase(change: SetPassphraseRequest): Promise<ContractError | null> {
    const outcome = await request('setPassphrase', change);
    return outcome.ok ? null : outcome.error;
  }

  /** Closes the network and forgets the key, until its passphrase is entered. */
  function lock(): Promise<boolean> {
    return useTaskStore().start('lock', () => request('lockIdentity', {}));
  }

  async function startOver(): Promise<void> {
    const outcome = await request('startOver', {});
    if (outcome.ok) backupPath.value = outcome.value.backupPath;
    else useNoticesStore().fail('startOver', outcome.error);
  }

  return {
    known,
    identity,
    problem,
    newKey,
    closed,
    backupPath,
    connect,
    unlock,
    setPassphrase,
    lock,
    startOver,
  };
});

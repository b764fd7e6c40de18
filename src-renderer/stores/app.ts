import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { AppInfo, Identity } from '../../src-main/app/contract/shell.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

/** The host behind the window: what it is, whether it answers, and whose identity it keeps. */
export const useAppStore = defineStore('app', () => {
  const info = ref<AppInfo | null>(null);
  const identity = ref<Identity | null>(null);
  /** Why the host does not even say what it is. */
  const refusal = ref<ContractError | null>(null);
  /** Whether the host can be reached at all. */
  const linked = ref(true);

  function connect(): () => void {
    void loadInfo();
    void loadIdentity();
    return subscribe('link', ({ connected }) => {
      const returned = connected && !linked.value;
      linked.value = connected;
      if (returned) void Promise.all([loadInfo(), loadIdentity()]);
    });
  }

  async function loadInfo(): Promise<void> {
    const outcome = await request('appInfo', {});
    if (outcome.ok) info.value = outcome.value;
    refusal.value = outcome.ok ? null : outcome.error;
  }

  async function loadIdentity(): Promise<void> {
    const outcome = await request('getIdentity', {});
    if (outcome.ok) identity.value = outcome.value.identity;
  }

  async function openFolder(folder: RequestOf<'openFolder'>['folder']): Promise<void> {
    const outcome = await request('openFolder', { folder });
    if (!outcome.ok) useNoticesStore().fail('openFolder', outcome.error);
  }

  return { info, identity, refusal, linked, connect, loadIdentity, openFolder };
});

import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { RequestOf } from '../../src-main/app/contract/contract.ts';
import type { ContractError } from '../../src-main/app/contract/errors.ts';
import type { AppInfo } from '../../src-main/app/contract/shell.ts';
import { request, subscribe } from '../api.ts';
import { useNoticesStore } from './notices.ts';

/** The host behind the window: what it is, and whether it answers. */
export const useAppStore = defineStore('app', () => {
  const info = ref<AppInfo | null>(null);
  /** Why the host does not even say what it is. */
  const refusal = ref<ContractError | null>(null);
  /** Whether the host can be reached at all. */
  const linked = ref(true);

  function connect(): () => void {
    void loadInfo();
    return subscribe('link', ({ connected }) => {
      const returned = connected && !linked.value;
      linked.value = connected;
      if (returned) void loadInfo();
    });
  }

  async function loadInfo(): Promise<void> {
    const outcome = await request('appInfo', {});
    if (outcome.ok) info.value = outcome.value;
    refusal.value = outcome.ok ? null : outcome.error;
  }

  async function openFolder(folder: RequestOf<'openFolder'>['folder']): Promise<void> {
    const outcome = await request('openFolder', { folder });
    if (!outcome.ok) useNoticesStore().fail('openFolder', outcome.error);
  }

  return { info, refusal, linked, connect, openFolder };
});
